/** The programs a comparison needs. Invariant: what is missing is named before anything is measured. */
import { existsSync } from "node:fs";
import { builtSubject, type Options } from "./options.ts";
import type { Cores } from "./processes.ts";
import type { Seats } from "./seats.ts";

const ports = 19;

export function seatsFor(
	options: Pick<Options, "subject" | "reference" | "firstPort">,
	cores: Cores | undefined,
): Seats {
	const common = {
		core: cores?.server,
		allCores: cores === undefined ? undefined : `${cores.server},${cores.load}`,
		firstPort: options.firstPort,
		lastPort: options.firstPort + ports - 1,
	};
	return {
		subject: { name: "subject", argv: options.subject, ...common },
		reference: { name: "reference", argv: options.reference, ...common },
	};
}

/** Throws where something needed is not there; builds the subject where it is ours and missing. */
export function requirePrograms(options: Pick<Options, "subject" | "reference">): void {
	for (const program of ["redis-benchmark", "redis-cli", options.reference[0]!]) {
		if (Bun.which(program) === null)
			throw new Error(`${program} is not installed (apt-get install redis-server redis-tools)`);
	}
	const program = options.subject[0]!;
	if (program === builtSubject && !existsSync(program)) {
		console.error("building redis-lite");
		const built = Bun.spawnSync([process.execPath, "build.ts"], { stdout: "inherit", stderr: "inherit" });
		if (!built.success) throw new Error("the build failed: nothing to measure");
	}
	if (Bun.which(program) === null && !existsSync(program)) throw new Error(`${program} does not exist`);
}
