/** From the directives `tls-*` to what the network needs: files are read, and what cannot be had is refused by name. */
import type { Files } from "../adapters/files.ts";
import { type Network, TLS_VERSIONS, type TlsFault, type TlsSettings } from "../adapters/network.ts";
import type { Values } from "../config/directives.ts";
import { systemErrorText } from "../config/system-error.ts";

/** What keeps the settings from being used, in the words of Redis's log. */
export class TlsTrouble extends Error {
	/** Redis could have done it. */
	readonly isOurs: boolean;

	constructor(message: string, isOurs = false) {
		super(message);
		this.isOurs = isOurs;
	}
}

/** As OpenSSL looks them up: by a hash of the name, and a number to tell those with the same hash apart. */
const HASHED_NAME = /^[0-9a-f]{8}\.[0-9]+$/;
const CLIENT_CERTIFICATES = { yes: "required", optional: "optional", no: "ignored" } as const;
const UNSUPPORTED = "is not supported by this version of redis-lite";

interface Surroundings {
	readonly files: Files;
	readonly network: Network;
}

/** `side` is the end of the connection we are. Throws a TlsTrouble. */
export function readTlsSettings(values: Values, around: Surroundings, side: "server" | "client"): TlsSettings {
	refuseUnsupported(values);
	const { files } = around;
	const paths = pathsOf(values, side);
	if (paths.certificate === "") throw new TlsTrouble("No tls-cert-file configured!");
	if (paths.key === "") throw new TlsTrouble("No tls-key-file configured!");
	const settings: TlsSettings = {
		certificate: read(files, paths.certificate, "Failed to load certificate"),
		key: read(files, paths.key, "Failed to load private key"),
		passphrase: paths.passphrase,
		authorities: authoritiesOf(values, files),
		clientCertificate: CLIENT_CERTIFICATES[values["tls-auth-clients"]],
		...versionsOf(values["tls-protocols"]),
		ciphers: values["tls-ciphers"],
		prefersOwnCiphers: values["tls-prefer-server-ciphers"],
		sessions_s: values["tls-session-caching"] ? values["tls-session-cache-timeout"] : 0,
	};
	const fault = around.network.tlsFault(settings);
	if (fault !== null) throw new TlsTrouble(faultText(fault, paths, values));
	return settings;
}

/** What Bun's TLS leaves no choice in. */
function refuseUnsupported(values: Values): void {
	if (values["tls-ciphersuites"] !== "") {
		throw new TlsTrouble(`tls-ciphersuites ${UNSUPPORTED}: the ciphers of TLS 1.3 are fixed`, true);
	}
	if (values["tls-dh-params-file"] !== "") {
		throw new TlsTrouble(`tls-dh-params-file ${UNSUPPORTED}: keys are exchanged over elliptic curves`, true);
	}
}

interface Paths {
	readonly certificate: string;
	readonly key: string;
	readonly passphrase: string;
}

/** For connections that go out there may be a certificate of their own. */
function pathsOf(values: Values, side: "server" | "client"): Paths {
	const { "tls-client-cert-file": certificate, "tls-client-key-file": key } = values;
	if (side === "client" && certificate !== "" && key !== "") {
		return {
			certificate,
			key,
			passphrase: values["tls-client-key-file-pass"],
		};
	}
	return {
		certificate: values["tls-cert-file"],
		key: values["tls-key-file"],
		passphrase: values["tls-key-file-pass"],
	};
}

function read(files: Files, path: string, what: string): string {
	try {
		return files.readText(files.resolve(path));
	} catch (failure) {
		throw new TlsTrouble(`${what}: ${path}: ${systemErrorText(failure)}`);
	}
}

function authoritiesOf(values: Values, files: Files): string {
	const { "tls-ca-cert-file": file, "tls-ca-cert-dir": directory } = values;
	if (file === "" && directory === "") {
		if (values["tls-auth-clients"] === "no" && !values["tls-cluster"] && !values["tls-replication"]) return "";
		throw new TlsTrouble(
			"Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!",
		);
	}
	const what = "Failed to configure CA certificate(s) file/directory";
	const texts = file === "" ? [] : [read(files, file, what)];
	if (directory !== "") {
		for (const path of hashedFiles(files, directory, what)) texts.push(read(files, path, what));
	}
	// Nobody would be believed; and a context without authorities believes those of the whole world.
	if (texts.length === 0) throw new TlsTrouble(`${what}: ${directory}: no certificate found, run openssl rehash`);
	return texts.join("\n");
}

function hashedFiles(files: Files, directory: string, what: string): string[] {
	try {
		const names = files.list(files.resolve(directory));
		return names.filter((name) => HASHED_NAME.test(name)).map((name) => `${directory}/${name}`);
	} catch (failure) {
		throw new TlsTrouble(`${what}: ${directory}: ${systemErrorText(failure)}`);
	}
}

/** Names with one blank between, in any case; "" is what is thought safe. */
function versionsOf(text: string): Pick<TlsSettings, "versionMin" | "versionMax"> {
	if (text === "") return { versionMin: "TLSv1.2", versionMax: "TLSv1.3" };
	const found = new Set<number>();
	for (const word of text.split(" ")) {
		const version = TLS_VERSIONS.findIndex((name) => name.toLowerCase() === word.toLowerCase());
		if (version < 0) {
			throw new TlsTrouble(
				"Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
			);
		}
		found.add(version);
	}
	const min = Math.min(...found);
	const max = Math.max(...found);
	if (found.size !== max - min + 1) throw new TlsTrouble(`tls-protocols with a gap ${UNSUPPORTED}`, true);
	return { versionMin: TLS_VERSIONS[min]!, versionMax: TLS_VERSIONS[max]! };
}

function faultText({ part, reason }: TlsFault, paths: Paths, values: Values): string {
	switch (part) {
		case "certificate":
			return `Failed to load certificate: ${paths.certificate}: ${reason}`;
		case "key":
			return `Failed to load private key: ${paths.key}: ${reason}`;
		case "authorities":
			return `Failed to configure CA certificate(s) file/directory: ${reason}`;
		case "ciphers":
			return `Failed to configure ciphers: ${values["tls-ciphers"]}`;
	}
}
