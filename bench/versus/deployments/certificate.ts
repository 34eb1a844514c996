/** A certificate that signs itself, for the servers of one comparison. */
import { join } from "node:path";
import { makeDirectory } from "../processes.ts";

export interface Certificate {
	readonly certificate: string;
	readonly key: string;
}

let made: Certificate | undefined;

export function certificate(): Certificate {
	if (made !== undefined) return made;
	const directory = makeDirectory();
	const files = { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem") };
	const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
	const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
	const ran = Bun.spawnSync(
		["openssl", "req", "-x509", ...kind, ...names, "-keyout", files.key, "-out", files.certificate],
		{ stdout: "ignore", stderr: "pipe" },
	);
	if (!ran.success) throw new Error(`openssl: ${ran.stderr.toString()}`);
	made = files;
	return files;
}
