/** The Markdown page. Invariant: every target stands beside its result, a miss is called a miss. */
import { deploymentTables } from "./deployments/report.ts";
import { durabilityTables } from "./durability/report.ts";
import type { DurabilityResults } from "./durability/results.ts";
import { table } from "./markdown.ts";
import { replicationTables } from "./replication/report.ts";
import type {
	CollectionMemoryResult,
	DropResult,
	Machine,
	MemoryResult,
	Results,
	StallResult,
	ThroughputResult,
} from "./results.ts";
import { scriptingTables } from "./scripting/report.ts";
import { median } from "./statistics.ts";
import { longestStall_ms, medians, ratio, thousands, times, verdictsOf } from "./verdicts.ts";

export function markdown(results: Results): string {
	const parts = [heading(results), verdictTable(results)];
	for (const keys of new Set(results.throughput.map((result) => result.keys))) {
		parts.push(throughputTable(keys, results));
	}
	if (results.memory.length > 0) parts.push(memoryTable(results.memory));
	if (results.collectionMemory.length > 0) parts.push(collectionMemoryTable(results.collectionMemory));
	if (results.drops.length > 0) parts.push(dropTable(results.drops));
	if (results.start_ms !== null) {
		const { subject, reference } = results.start_ms;
		const [ours, theirs] = [median(subject), median(reference)];
		parts.push(
			`## Start-up\n\nFrom exec to the first PONG, median of ${subject.length}: redis-lite ${ours.toFixed(1)} ms, ` +
				`Redis ${theirs.toFixed(1)} ms (${times(ours / theirs)}).`,
		);
	}
	if (results.stall !== null) parts.push(stallTable(results.stall));
	if (results.durability !== null) parts.push(...durabilityParts(results.durability));
	if (results.deployments.length > 0) parts.push(...deploymentTables(results.deployments));
	if (results.scripting !== null) parts.push(...scriptingTables(results.scripting));
	if (results.replication !== null) parts.push(...replicationTables(results.replication));
	return `${parts.join("\n\n")}\n`;
}

function heading(results: Results): string {
	const { machine } = results;
	const quick = results.quick ? "\n\n**A quick run: rough numbers, for trying out only.**" : "";
	return `# redis-lite beside Redis${quick}

${machineList(machine)}
- ${results.clients} connections, 3-byte values, random keys, medians of ${results.rounds} rounds after a warm-up; who goes first
  alternates
- CPU is the server's user and system time of all threads, divided by the requests; p50, p99 and p99.9 are
  redis-benchmark's, in milliseconds, at saturation; ratios are redis-lite to Redis`;
}

function machineList(machine: Machine): string {
	return [
		`- ${machine.date}, ${machine.processor}, ${machine.cores} cores, ${machine.memory_GiB} GiB, ${machine.system}`,
		`- redis-lite: \`${machine.commands.subject}\`, ${machine.versions.subject}, commit ${machine.commit}, Bun ${machine.bun}`,
		`- Redis: \`${machine.commands.reference}\`, ${machine.versions.reference}`,
		`- load: ${machine.loadGenerator}; ${machine.pinning}`,
	].join("\n");
}

function verdictTable(results: Results): string {
	const verdicts = verdictsOf(results);
	if (verdicts.length === 0) return "No target applies to what was measured.";
	const reached = verdicts.filter((verdict) => verdict.isReached).length;
	const body = verdicts.map(({ what, wanted, measured, isReached }) => [
		what,
		wanted,
		measured,
		isReached ? "reached" : "**missed**",
	]);
	return `## Targets: ${reached} of ${verdicts.length} reached\n\n${table(["target", "wanted", "measured", ""], body)}`;
}

function durabilityParts(results: DurabilityResults): string[] {
	const parts = durabilityTables(results);
	if (results.appending.length > 0) parts.push(throughputRows("SET with an append-only file", results.appending));
	return parts;
}

function throughputTable(keys: number, results: Results): string {
	const title = keys === 0 ? "Collections" : `${thousands(keys)} keys`;
	return throughputRows(
		title,
		results.throughput.filter((result) => result.keys === keys),
	);
}

export function throughputRows(title: string, results: readonly ThroughputResult[]): string {
	const head = ["row", "-P", "thousand/s", "Redis", "ratio", "p50", "Redis", "p99", "Redis", "p99.9", "Redis"];
	const body = results.map(throughputLine);
	return `## ${title}\n\n${table([...head, "CPU µs", "Redis", "ratio"], body)}`;
}

function throughputLine(result: ThroughputResult): string[] {
	const speed = medians(result, "requests_per_s");
	const cpu = medians(result, "cpu_us");
	const latencies = (["p50_ms", "p99_ms", "p999_ms"] as const).flatMap((figure) => {
		const both = medians(result, figure);
		return [both.subject.toFixed(2), both.reference.toFixed(2)];
	});
	const inThousands = (perSecond: number) => Math.round(perSecond / 1000).toString();
	const speeds = [inThousands(speed.subject), inThousands(speed.reference), times(ratio(speed))];
	const processor = [cpu.subject.toFixed(2), cpu.reference.toFixed(2), times(ratio(cpu))];
	return [result.row, String(result.depth), ...speeds, ...latencies, ...processor];
}

function memoryTable(memory: readonly MemoryResult[]): string {
	const body = memory.map(({ keys, valueBytes, bytesPerKey }) => [
		`${thousands(keys)} keys of 16 bytes, values of ${valueBytes} bytes`,
		bytesPerKey.subject.toFixed(1),
		bytesPerKey.reference.toFixed(1),
		times(ratio(bytesPerKey)),
	]);
	const text = "Growth of the resident set from empty to filled, divided by the keys.";
	return `## Memory per key\n\n${text}\n\n${table(["", "bytes per key", "Redis", "ratio"], body)}`;
}

function collectionMemoryTable(memory: readonly CollectionMemoryResult[]): string {
	const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
	const body = memory.map(({ what, bytes }) => [
		what,
		megabytes(bytes.subject),
		megabytes(bytes.reference),
		times(ratio(bytes)),
	]);
	const text = "Growth of the resident set from empty to filled.";
	return `## Memory of collections\n\n${text}\n\n${table(["", "MB", "Redis", "ratio"], body)}`;
}

function dropTable(drops: readonly DropResult[]): string {
	const body = drops.map(({ type, members, dropping_ms, idle_ms }) => [
		`${type} of ${thousands(members)}`,
		median(dropping_ms.subject).toFixed(2),
		median(dropping_ms.reference).toFixed(2),
		idle_ms.subject.toFixed(2),
		idle_ms.reference.toFixed(2),
	]);
	const text =
		"A PING every millisecond while one collection is deleted with DEL and for two seconds afterwards: the longest wait, " +
		"in milliseconds, median of the runs. The last two columns: the longest of the idle server.";
	return `## Deleting\n\n${text}\n\n${table(["", "longest", "Redis", "idle", "Redis"], body)}`;
}

function stallTable(stall: StallResult): string {
	const longest = longestStall_ms(stall);
	const body = (["subject", "reference"] as const).flatMap((seat) =>
		stall.runs[seat].map(({ filling, again, idle, serverSide_ms }, run) => [
			`${seat === "subject" ? "redis-lite" : "Redis"}, run ${run + 1}`,
			filling.max_ms.toFixed(2),
			filling.p999_ms.toFixed(2),
			again.max_ms.toFixed(2),
			again.p999_ms.toFixed(2),
			serverSide_ms === null ? "" : serverSide_ms.toFixed(2),
			idle.max_ms.toFixed(2),
			Math.max(filling.lateness_ms_max, idle.lateness_ms_max).toFixed(2),
		]),
	);
	const text = `A PING every millisecond while ${thousands(stall.keys)} keys are set at ${thousands(
		Math.round(stall.rate_per_s / 1000) * 1000,
	)} a second, in milliseconds. Longest: redis-lite ${longest.subject.toFixed(2)}, Redis ${longest.reference.toFixed(2)}.
The first two columns are from a fresh start, code still being compiled; "again" is the same fill after FLUSHALL.
The last two columns are the measurement's own: the longest reply of the idle server, and the latest the prober woke.`;
	const head = [
		"",
		"longest",
		"p99.9",
		"again: longest",
		"p99.9",
		"server's own record",
		"longest when idle",
		"prober late",
	];
	return `## The longest stall\n\n${text}\n\n${table(head, body)}`;
}
