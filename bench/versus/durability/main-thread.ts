/**
 * `bun bench/versus/durability/main-thread.ts [--bytes N] [--members N]`: what a BGSAVE costs the thread that serves
 * clients, in that thread's own processor time, which no neighbour on the machine changes. The server runs in this process,
 * with its real files and its real writer thread; what it is called back for is timed turn by turn.
 *
 * No turn may be longer than the bound on stalls. Waiting, as for a disk, does not show here: only `npm run bench` sees it.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { parseArgs } from "node:util";
import type { Background } from "../../../src/adapters/background.ts";
import { Config } from "../../../src/config/config.ts";
import type { Adapters } from "../../../src/server/adapters.ts";
import { realAdapters } from "../../../src/server/real/adapters.ts";
import { Server } from "../../../src/server/server.ts";
import { FakeConnection } from "../../../test/support/connections.ts";
import { commandText, toBytes } from "../../../test/support/wire.ts";
import { table } from "../markdown.ts";
import { makeDirectory } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { WriteBatch } from "../write-batch.ts";
import { collectionScenario, type SnapshotScenario, snapshotTargets, stringScenario } from "./rows.ts";

const threadClock = 3;
const library = dlopen("libc.so.6", { clock_gettime: { args: [FFIType.i32, FFIType.pointer], returns: FFIType.i32 } });
const time = new BigInt64Array(2);

/** Processor time of this thread. */
function spent_ms(): number {
	library.symbols.clock_gettime(threadClock, ptr(time));
	return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

/** The turns of one kind. */
class Turns {
	private readonly turns: Map<string, number[]>;

	constructor() {
		this.turns = new Map();
	}

	time<Value>(kind: string, work: () => Value): Value {
		const begun_ms = spent_ms();
		const value = work();
		const seen = this.turns.get(kind) ?? [];
		seen.push(spent_ms() - begun_ms);
		this.turns.set(kind, seen);
		return value;
	}

	longest_ms(): number {
		return Math.max(...[...this.turns.values()].map((all) => percentile(all, 1)));
	}

	lines(): string[][] {
		return [...this.turns].map(([kind, all]) => [
			kind,
			String(all.length),
			percentile(all, 1).toFixed(2),
			percentile(all, 0.999).toFixed(2),
			percentile(all, 0.5).toFixed(3),
			all.reduce((sum, one) => sum + one, 0).toFixed(0),
		]);
	}
}

const saves = 3;
const commandsPerChunk = 50;
const chunksPerTurn = 200;
const batchesAtOnce = 10;
const quiet_ms = 2000;

class Trial {
	private turns: Turns;
	private readonly server: Server;
	private readonly stream: FakeConnection;
	private readonly batch: WriteBatch;

	constructor(scenario: SnapshotScenario) {
		this.turns = new Turns();
		const config = new Config(realAdapters.files);
		const lines = [`dir ${makeDirectory()}`, 'save ""', "port 0"];
		config.load([{ name: "the benchmark", text: lines.join("\n") }]);
		this.server = new Server({ adapters: this.adapters(), config, configFile: "", anyPort: true });
		this.stream = new FakeConnection("127.0.0.1:1");
		this.stream.receiver = this.server.accept(this.stream);
		this.batch = new WriteBatch(Array.from({ length: batchesAtOnce }, () => scenario.batch).flat());
	}

	private adapters(): Adapters {
		const background: Background = {
			startSnapshotWriter: (hear, failed) => {
				const heard = (message: object) =>
					this.turns.time(`hears "${(message as { what: string }).what}"`, () => hear(message));
				return realAdapters.background.startSnapshotWriter(heard, failed);
			},
		};
		const timers = Object.create(realAdapters.timers, {
			soon: { value: (act: () => void) => realAdapters.timers.soon(() => this.turns.time("copies", act)) },
		}) as Adapters["timers"];
		const host = Object.create(realAdapters.host, { print: { value() {} } }) as Adapters["host"];
		return { ...realAdapters, background, timers, host };
	}

	async run({ what, fill }: SnapshotScenario): Promise<number> {
		for (const { command, count } of fill) await this.fill(command, count);
		this.server.log.notice("A first line, since times of day take a while the first time");
		await this.write(Date.now() + quiet_ms);
		this.show(`${what}, nothing saved`);
		let longest_ms = 0;
		for (let save = 1; save <= saves; save++) {
			const begun_ms = Date.now();
			const reply = this.turns.time("BGSAVE", () => this.send(toBytes(commandText(["BGSAVE"]))));
			if (!reply.startsWith("+")) throw new Error(`BGSAVE answered ${reply}`);
			await this.write(Number.POSITIVE_INFINITY);
			longest_ms = Math.max(longest_ms, this.turns.longest_ms());
			this.show(`${what}, BGSAVE ${save}: ${((Date.now() - begun_ms) / 1000).toFixed(1)} s`);
		}
		this.server.stop();
		return longest_ms;
	}

	private send(bytes: Uint8Array): string {
		this.stream.receiver!.receive(bytes);
		return this.stream.take();
	}

	private async fill(command: readonly string[], count: number): Promise<void> {
		for (let from = 0; from < count; from += commandsPerChunk) {
			let text = "";
			for (let index = from; index < Math.min(from + commandsPerChunk, count); index++) {
				const digits = String(index).padStart(12, "0");
				text += commandText(command.map((word) => word.replace("__index__", digits)));
			}
			this.send(toBytes(text));
			if ((from / commandsPerChunk) % chunksPerTurn === 0) await Bun.sleep(0);
		}
	}

	/** A hundred commands a turn until a moment, or until nothing is being saved. */
	private async write(until_ms: number): Promise<void> {
		const isSaving = () => this.server.persistence.saves.isBusy();
		while (until_ms === Number.POSITIVE_INFINITY ? isSaving() : Date.now() < until_ms) {
			this.batch.draw();
			const reply = this.turns.time("100 writes", () => this.send(this.batch.bytes));
			if (reply.length !== this.batch.replyBytes) throw new Error(`a write answered ${reply.slice(0, 100)}`);
			await Bun.sleep(1);
		}
	}

	private show(title: string): void {
		const head = ["turns", "number", "longest ms", "p99.9", "median", "all"];
		console.log(`\n${title}\n\n${table(head, this.turns.lines())}`);
		this.turns = new Turns();
	}
}

const { values } = parseArgs({
	options: { bytes: { type: "string", default: "268435456" }, members: { type: "string", default: "300000" } },
});
const scenarios = [stringScenario(Number(values.bytes)), collectionScenario(Number(values.members))];
let missed = 0;
for (const scenario of scenarios) {
	const longest_ms = await new Trial(scenario).run(scenario);
	const isReached = longest_ms <= snapshotTargets.longest_ms;
	if (!isReached) missed++;
	console.log(
		`\n${isReached ? "pass" : "FAIL"}  ${scenario.what}: ${longest_ms.toFixed(2)} ms, at most ${snapshotTargets.longest_ms} ms`,
	);
}
console.log(`${scenarios.length - missed} passed, ${missed} failed`);
process.exit(missed === 0 ? 0 : 1);
