#!/usr/bin/env bash
# Makes the certificates of the tests anew, here. They are worth nothing: the keys lie beside them, for everyone to read.
#
#   authority      signs server, second and client       stranger-authority   signs stranger
#   server         localhost and 127.0.0.1               second               another name, another address
#   client         what a client shows                   server-locked.key    server.key behind the passphrase "secret"
set -eu
cd "$(dirname "$0")"
days=36500
organization="/O=redis-lite tests, not to be trusted"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

authority() {
	key "$1"
	openssl req -x509 -new -key "$1.key" -days $days -subj "$organization/CN=$1" -out "$1.crt"
}

signed() { # name, authority, names it is for
	key "$1"
	openssl req -new -key "$1.key" -subj "$organization/CN=$1" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -set_serial "0x$(openssl rand -hex 8)" -days $days \
		-extfile <(printf 'subjectAltName=%s\n' "$3") -out "$1.crt"
	rm "$1.csr"
}

authority authority
authority stranger-authority
signed server authority DNS:localhost,IP:127.0.0.1
signed second authority DNS:second.invalid
signed client authority DNS:client.invalid
signed stranger stranger-authority DNS:stranger.invalid
openssl pkcs8 -topk8 -in server.key -passout pass:secret -out server-locked.key
rm authority.key stranger-authority.key
