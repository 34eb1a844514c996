import { humanBytes } from "./human-bytes.ts";
import type { MemoryUse } from "./memory-use.ts";

/** Below this nothing that is measured means much. */
const SMALL_BYTES = 5 << 20;
const CLIENT_BYTES_MAX = 200 << 10;

/** What MEMORY DOCTOR says of the memory of a server, in words. */
export function memoryDiagnosis(use: MemoryUse, clients: number): string {
	if (use.used < SMALL_BYTES) {
		return "There is too little in memory to tell anything from it. Ask again when there are some megabytes of data.\n";
	}
	const findings: string[] = [];
	if (use.peak > 1.5 * use.used) {
		findings.push(
			`Peak: ${humanBytes(use.peak)} were in use once, now it is ${humanBytes(use.used)}. Memory is given back to the ` +
				"system as it becomes free, so what the process occupies should have followed; if it has not, MEMORY PURGE helps.",
		);
	}
	if (use.resident > 1.4 * use.used) {
		findings.push(
			`Resident memory: the process occupies ${humanBytes(use.resident)} for ${humanBytes(use.used)} in use. Some tens ` +
				"of megabytes are the runtime's own; what is beyond that is garbage it has not collected. MEMORY PURGE has it do so.",
		);
	}
	if (use.waste > 0.2 * use.used) {
		findings.push(
			`Holes: ${humanBytes(use.waste)} are dead room of removed or overwritten keys. It is used again as keys come, and ` +
				"closed when memory runs short; MEMORY PURGE closes it now.",
		);
	}
	if (clients > 0 && use.clients / clients > CLIENT_BYTES_MAX) {
		findings.push(
			`Clients: on average each uses ${humanBytes(Math.floor(use.clients / clients))}. Look for the ones with a large ` +
				"tot-mem in CLIENT LIST; maxmemory-clients and client-output-buffer-limit set limits.",
		);
	}
	if (findings.length === 0) return "Nothing looks wrong with the memory of this server.\n";
	return `Found ${findings.length === 1 ? "one thing" : `${findings.length} things`} worth a look:\n\n${findings
		.map((finding) => ` * ${finding}\n`)
		.join("\n")}`;
}
