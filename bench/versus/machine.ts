/** Where and with what the comparison ran. */
import { cpus, release, totalmem, type } from "node:os";
import type { Cores } from "./processes.ts";
import type { Machine } from "./results.ts";
import type { Seats } from "./seats.ts";

export function describeMachine(seats: Seats, cores: Cores | undefined): Machine {
	const processors = cpus();
	return {
		processor: processors[0]?.model.trim() ?? "unknown",
		cores: processors.length,
		memory_GiB: Math.round(totalmem() / 2 ** 30),
		system: `${type()} ${release()} ${process.arch}`,
		bun: Bun.version,
		versions: { subject: versionOf(seats.subject.argv), reference: versionOf(seats.reference.argv) },
		commands: { subject: seats.subject.argv.join(" "), reference: seats.reference.argv.join(" ") },
		loadGenerator: firstLine(["redis-benchmark", "--version"]),
		commit: firstLine(["git", "describe", "--always", "--dirty"]),
		date: new Date().toISOString().slice(0, 10),
		pinning:
			cores === undefined
				? "nothing pinned: servers and load disturb each other"
				: `servers on core ${cores.server}, load on core ${cores.load}`,
	};
}

function versionOf(argv: readonly string[]): string {
	return firstLine([...argv, "--version"]);
}

function firstLine(argv: readonly string[]): string {
	try {
		const ran = Bun.spawnSync([...argv], { stdin: "ignore", timeout: 5000 });
		return ran.stdout.toString().split("\n")[0]!.trim() || "unknown";
	} catch {
		return "unknown";
	}
}
