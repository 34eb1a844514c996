/**
 * Child processes of the benchmarks with their directories, and the cores they run on.
 *
 * Invariant: no child outlives us. Each is registered until it is gone, killed when we exit or are interrupted, and
 * (where setpriv is installed) killed by the kernel should we be killed ourselves. Directories go with them.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Cores {
	readonly server: number;
	readonly load: number;
}

export interface Output {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

const children = new Set<Bun.Subprocess>();
const directories = new Set<string>();
let guarded = false;

function cleanUp(): void {
	for (const child of children) child.kill("SIGKILL");
	children.clear();
	for (const directory of directories) removeDirectory(directory);
}

function guard(): void {
	if (guarded) return;
	guarded = true;
	process.on("exit", cleanUp);
	const signals = [
		["SIGHUP", 1],
		["SIGINT", 2],
		["SIGTERM", 15],
	] as const;
	for (const [signal, number] of signals) {
		process.on(signal, () => {
			cleanUp();
			process.exit(128 + number);
		});
	}
}

/** An empty directory, removed at the latest when we exit. */
export function makeDirectory(): string {
	guard();
	const directory = mkdtempSync(join(tmpdir(), "redis-lite-bench-"));
	directories.add(directory);
	return directory;
}

export function removeDirectory(directory: string): void {
	directories.delete(directory);
	rmSync(directory, { recursive: true, force: true });
}

const deathPrefix = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];

/** Registers a child; `argv` may be wrapped by programs that exec, so that its pid stays the server's. */
export function spawnChild<
	In extends Bun.SpawnOptions.Writable,
	Out extends Bun.SpawnOptions.Readable,
	Err extends Bun.SpawnOptions.Readable,
>(
	argv: readonly string[],
	options: { readonly stdin: In; readonly stdout: Out; readonly stderr: Err },
): Bun.Subprocess<In, Out, Err> {
	guard();
	const child = Bun.spawn([...deathPrefix, ...argv], { ...options });
	children.add(child);
	void child.exited.then(() => children.delete(child));
	return child;
}

/** Runs a program to its end; one that takes longer than `limit_ms` is killed and reported as an error. */
export async function runChild(argv: readonly string[], limit_ms: number): Promise<Output> {
	const child = spawnChild(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
	let expired = false;
	const timer = setTimeout(() => {
		expired = true;
		child.kill("SIGKILL");
	}, limit_ms);
	const [stdout, stderr, exitCode] = await Promise.all([
		new Response(child.stdout).text(),
		new Response(child.stderr).text(),
		child.exited,
	]);
	clearTimeout(timer);
	if (expired)
		throw new Error(`${argv.join(" ")} did not end within ${limit_ms} ms${stderr === "" ? "" : `: ${stderr}`}`);
	return { exitCode, stdout, stderr };
}

/** The cores we may use, in order. */
function allowedCores(): number[] {
	const status = readFileSync("/proc/self/status", "utf8");
	const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "0";
	return list.split(",").flatMap((part) => {
		const [first, last] = part.split("-").map(Number);
		const count = (last ?? first!) - first! + 1;
		return Array.from({ length: count }, (_, index) => first! + index);
	});
}

/**
 * Keeps the first core for the servers and moves this process, and with it all load it will start, to the second.
 * Undefined, with nothing pinned, where there are not two cores or no taskset.
 */
export function separateCores(): Cores | undefined {
	const [server, load] = allowedCores();
	if (server === undefined || load === undefined || Bun.which("taskset") === null) return undefined;
	const pinned = Bun.spawnSync(["taskset", "-a", "-c", "-p", String(load), String(process.pid)]);
	return pinned.success ? { server, load } : undefined;
}

/** Wraps a command so that it runs on one core, or on those of a list as taskset takes it. */
export function pinnedTo(cores: number | string | undefined, argv: readonly string[]): readonly string[] {
	return cores === undefined ? argv : ["taskset", "-c", String(cores), ...argv];
}

/** What a child prints, line by line. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
	const decoder = new TextDecoder();
	let text = "";
	for await (const chunk of stream) {
		text += decoder.decode(chunk, { stream: true });
		for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
			yield text.slice(0, end);
			text = text.slice(end + 1);
		}
	}
	return undefined;
}
