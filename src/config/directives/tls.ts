/** Directives of encrypted connections. */
import { directive } from "../directive.ts";
import { INT32_MAX, integer, oneOf, PORT_MAX, textOrNone, yesNo } from "../simple-types.ts";

const optional = textOrNone();
const file = { isReference: true };

export const tls = {
	"tls-port": directive(integer(0, PORT_MAX), "0", "TCP port for encrypted connections; 0 listens on none."),
	"tls-cert-file": directive(optional, "", "The server's certificate.", file),
	"tls-key-file": directive(optional, "", "Private key of that certificate.", file),
	"tls-key-file-pass": directive(optional, "", "Passphrase of that key."),
	"tls-client-cert-file": directive(optional, "", "Certificate for outgoing connections.", file),
	"tls-client-key-file": directive(optional, "", "Private key of that certificate.", file),
	"tls-client-key-file-pass": directive(optional, "", "Passphrase of that key."),
	"tls-dh-params-file": directive(optional, "", "Diffie-Hellman parameters.", file),
	"tls-ca-cert-file": directive(optional, "", "Certificates of the authorities we trust.", file),
	"tls-ca-cert-dir": directive(optional, "", "Directory with certificates of the authorities we trust.", file),
	"tls-auth-clients": directive(oneOf("no", "yes", "optional"), "yes", "Whether clients must show a certificate."),
	"tls-replication": directive(yesNo, "no", "Encrypt the link to the master."),
	"tls-cluster": directive(yesNo, "no", "Encrypt the cluster bus."),
	"tls-protocols": directive(optional, "", "Versions of the protocol that are allowed."),
	"tls-ciphers": directive(optional, "", "Ciphers allowed up to TLS 1.2."),
	"tls-ciphersuites": directive(optional, "", "Ciphers allowed in TLS 1.3."),
	"tls-prefer-server-ciphers": directive(yesNo, "no", "Choose the cipher by the server's order."),
	"tls-session-caching": directive(yesNo, "yes", "Let clients resume sessions."),
	"tls-session-cache-size": directive(integer(0, INT32_MAX), "20480", "Sessions remembered; 0 is no limit."),
	"tls-session-cache-timeout": directive(integer(0, INT32_MAX), "300", "Seconds a session is remembered."),
} as const;
