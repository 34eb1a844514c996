/**
 * The program as a process of its own: from source, or, with PROGRAM=path in the environment, a binary.
 *
 * Invariant: a process handed out is gone once it is disposed of, and with it the directory it was given.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "./wire.ts";

const patience_ms = 10_000;
const source = new URL("../../src/main.ts", import.meta.url).pathname;
export const program: readonly string[] =
	process.env["PROGRAM"] === undefined ? [process.execPath, source] : [process.env["PROGRAM"]];

export interface SpawnOptions {
	readonly stdin?: string;
	readonly environment?: Readonly<Record<string, string>>;
	readonly directory?: string;
}

export class Program implements AsyncDisposable {
	readonly child: Bun.Subprocess<"ignore" | Blob, "pipe", "pipe">;
	readonly exited: Promise<number>;
	stdout: string;
	stderr: string;
	private readonly reading: Promise<unknown>;
	private readonly readers: { cancel(): Promise<void> }[];
	private wake: () => void;
	/** Where it runs if nothing else was given: what it leaves there is nobody else's to find. */
	private readonly home: TemporaryDirectory;

	private constructor(args: readonly string[], options: SpawnOptions) {
		const { NOTIFY_SOCKET: _, UPSTART_JOB: __, ...environment } = process.env;
		this.home = new TemporaryDirectory();
		this.child = Bun.spawn([...program, ...args], {
			cwd: options.directory ?? this.home.path,
			env: { ...environment, ...options.environment },
			stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
			stdout: "pipe",
			stderr: "pipe",
		});
		this.stdout = "";
		this.stderr = "";
		this.readers = [];
		this.wake = () => {};
		this.reading = Promise.all([
			this.read(this.child.stdout, (text) => {
				this.stdout += text;
			}),
			this.read(this.child.stderr, (text) => {
				this.stderr += text;
			}),
		]);
		this.exited = this.end();
	}

	static spawn(args: readonly string[], options: SpawnOptions = {}): Program {
		return new Program(args, options);
	}

	/** A server on `port` that is ready. */
	static async serve(port: number, args: readonly string[] = [], options: SpawnOptions = {}): Promise<Program> {
		const ran = Program.spawn([...args, "--port", String(port), "--bind", "127.0.0.1", "--save", ""], options);
		await ran.says("Ready to accept connections tcp");
		return ran;
	}

	/** Runs to the end. */
	static async run(args: readonly string[], options: SpawnOptions = {}): Promise<Program & { exitCode: number }> {
		const ran = Program.spawn(args, options);
		return Object.assign(ran, { exitCode: await ran.exited });
	}

	/** Waits until standard output has the text; fails where the process ends without. */
	async says(text: string): Promise<void> {
		while (!this.stdout.includes(text)) {
			const woken = new Promise<boolean>((resolve) => {
				this.wake = () => resolve(true);
			});
			const goesOn = await Promise.race([woken, this.exited.then(() => this.stdout.includes(text))]);
			if (!goesOn) throw new Error(`it ended without saying "${text}":\n${this.stdout}${this.stderr}`);
		}
	}

	/** Closes the other ends of its standard output and standard error. */
	async stopListening(): Promise<void> {
		for (const reader of this.readers) await reader.cancel();
	}

	/** Sends a signal and returns the exit code. */
	async signal(name: NodeJS.Signals): Promise<number> {
		this.child.kill(name);
		return await this.exited;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.child.kill("SIGKILL");
		await this.exited;
	}

	private async end(): Promise<number> {
		const timer = setTimeout(() => this.child.kill("SIGKILL"), patience_ms);
		await this.child.exited;
		clearTimeout(timer);
		await this.reading;
		this.home[Symbol.dispose]();
		return this.child.exitCode ?? -1;
	}

	private async read(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
		const decoder = new TextDecoder();
		const reader = stream.getReader();
		this.readers.push(reader);
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return;
			add(decoder.decode(value, { stream: true }));
			this.wake();
		}
	}
}

/** A port that was free a moment ago. */
export function freePort(): number {
	const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
	const { port } = listener;
	listener.stop(true);
	return port;
}

export function local(port: number): Address {
	return { host: "127.0.0.1", port };
}

/** An empty directory that is removed with everything in it. */
export class TemporaryDirectory implements Disposable {
	readonly path: string;

	constructor() {
		this.path = mkdtempSync(join(tmpdir(), "redis-lite-test-"));
	}

	join(name: string): string {
		return join(this.path, name);
	}

	[Symbol.dispose](): void {
		rmSync(this.path, { recursive: true, force: true });
	}
}

/** Looks again and again until something is there, or fails after a while. */
export async function eventually<Value>(what: string, look: () => Value | undefined): Promise<Value> {
	const deadline_ms = Date.now() + patience_ms;
	for (;;) {
		const value = look();
		if (value !== undefined) return value;
		if (Date.now() > deadline_ms) throw new Error(`it never came: ${what}`);
		await Bun.sleep(3);
	}
}
