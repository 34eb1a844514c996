import { describe, expect, test } from "bun:test";
import type { Background } from "../../../src/adapters/background.ts";
import type { Clock } from "../../../src/adapters/clock.ts";
import { Random } from "../../../src/bytes/random.ts";
import { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { keyspaceDigest } from "../../../src/persistence/digest.ts";
import { WITHOUT_PAUSE } from "../../../src/persistence/loading.ts";
import { RdbLoader } from "../../../src/persistence/rdb/read/rdb-loader.ts";
import { SnapshotRunner } from "../../../src/persistence/snapshot/runner.ts";
import type { SnapshotRequest, SnapshotResult } from "../../../src/persistence/snapshot/snapshots.ts";
import { SnapshotSubject } from "../../support/snapshot-subject.ts";
import { VirtualBackground } from "../../support/virtual-background.ts";
import { VirtualFiles } from "../../support/virtual-files.ts";

const request: SnapshotRequest = {
	path: "dump.rdb",
	format: "rdb",
	auxiliary: [["redis-ver", "7.2.4"]],
	compresses: true,
	hasChecksum: true,
	syncsIncrementally: true,
	access: "none",
	keyDelay_us: 0,
};

/** A server's data with a snapshot runner on simulated files. */
class Machine {
	readonly subject: SnapshotSubject;
	readonly files = new VirtualFiles();
	readonly time;
	readonly runner: SnapshotRunner;
	background: Background;
	internalErrors = 0;

	constructor(seed: number) {
		this.subject = new SnapshotSubject(seed);
		this.subject.fill();
		this.time = this.subject.fixture.engine.time;
		this.files.later = (action) => this.time.soon(action);
		this.background = new VirtualBackground(this.time, this.files);
		const machine = this;
		// Each look at the clock takes a while, so that a slice is a few pieces.
		let monotonic_us = 0;
		const clock = Object.assign(Object.create(this.time) as Clock, { monotonic_us: () => (monotonic_us += 120) });
		this.runner = new SnapshotRunner({
			internalError: () => this.internalErrors++,
			keyspace: this.subject.keyspace,
			adapters: {
				clock,
				timers: this.time,
				files: this.files,
				get background() {
					return machine.background;
				},
			},
		});
	}

	/** What the file says, loaded into a server of its own. */
	digestOfFile(path = request.path): string {
		const keyspace = new Keyspace(16, this.time, new Random(99));
		const loader = new RdbLoader(this.files.open(path, "read"), keyspace, {
			checksChecksum: true,
			keepsExpired: true,
			merges: false,
			isSlow: false,
			notice() {},
		});
		while (!loader.advance(WITHOUT_PAUSE));
		loader.close();
		for (const { table } of keyspace.databases) table.verify();
		return keyspaceDigest(keyspace);
	}

	/** Changes data and lets time pass, turn by turn, until the snapshot calls back. */
	runToEnd(changes: number): { failure: Error | null; result: SnapshotResult | null } {
		let outcome: { failure: Error | null; result: SnapshotResult | null } | null = null;
		this.runner.start(request, (failure, result) => {
			outcome = { failure, result };
		});
		for (let turn = 0; outcome === null && turn < 100_000; turn++) {
			for (let i = 0; i < changes; i++) this.subject.change();
			this.time.step();
		}
		if (outcome === null) throw new Error("the snapshot never ends");
		return outcome;
	}
}

describe("a snapshot", () => {
	for (const seed of [1, 2, 3]) {
		test(`in the background is the data of the moment it began, seed ${seed}`, () => {
			const machine = new Machine(seed);
			for (let i = 0; i < 200; i++) machine.subject.change();
			const expected = keyspaceDigest(machine.subject.keyspace);
			const { failure, result } = machine.runToEnd(8);
			expect(failure).toBeNull();
			expect(result!.bytes).toBe(machine.files.open(request.path, "read").size());
			expect(machine.digestOfFile()).toBe(expected);
			expect(keyspaceDigest(machine.subject.keyspace)).not.toBe(expected);
			expect(machine.runner.progress()).toBeNull();
			expect(machine.subject.keyspace.snapshot).toBeNull();
		});
	}

	test("taken at once is the same", () => {
		const machine = new Machine(4);
		const expected = keyspaceDigest(machine.subject.keyspace);
		const { keys } = machine.runner.run(request);
		expect(keys).toBe(machine.subject.keyspace.keyCount());
		expect(machine.digestOfFile()).toBe(expected);
	});

	test("can be taken at once while another one is under way", () => {
		const machine = new Machine(5);
		const expected = keyspaceDigest(machine.subject.keyspace);
		let isDone = false;
		machine.runner.start(request, (failure) => {
			isDone = failure === null;
		});
		machine.subject.change();
		machine.subject.run("SET", "in", "between");
		const between = keyspaceDigest(machine.subject.keyspace);
		machine.runner.run({ ...request, path: "other.rdb" });
		while (!isDone) machine.time.step();
		expect(machine.digestOfFile("other.rdb")).toBe(between);
		expect(machine.digestOfFile()).toBe(expected);
	});

	test("tells how far it is", () => {
		const machine = new Machine(6);
		machine.runner.start(request, () => {});
		const { keys, keysTotal, startedAt_ms } = machine.runner.progress()!;
		expect([keys, keysTotal, startedAt_ms]).toEqual([0, machine.subject.keyspace.keyCount(), machine.time.now_ms()]);
	});

	test("that cannot be written leaves no file and no trace", () => {
		const machine = new Machine(7);
		machine.files.refusedWrites.set(machine.files.resolve(request.path), "ENOSPC: no space left on device");
		const { failure, result } = machine.runToEnd(1);
		expect(failure).toBeInstanceOf(Error);
		expect(result).toBeNull();
		expect(machine.files.exists(request.path)).toBe(false);
		expect(machine.subject.keyspace.snapshot).toBeNull();
		expect(() => machine.runner.run(request)).toThrow();
		expect(machine.files.exists(request.path)).toBe(false);
	});

	test("that is cancelled leaves no file and no trace, and another one can follow", () => {
		const machine = new Machine(8);
		let code = "";
		machine.runner.start(request, (failure) => {
			code = (failure as Error & { code: string }).code;
		});
		machine.time.step();
		machine.runner.cancel();
		expect(code).toBe("ECANCELED");
		expect(machine.files.exists(request.path)).toBe(false);
		expect(machine.subject.keyspace.snapshot).toBeNull();
		const expected = keyspaceDigest(machine.subject.keyspace);
		expect(machine.runToEnd(1).failure).toBeNull();
		expect(machine.digestOfFile()).toBe(expected);
	});

	test("whose writer dies is a failure", () => {
		const machine = new Machine(9);
		let die: (reason: Error) => void = () => {};
		machine.background = {
			startSnapshotWriter(_, failed) {
				die = failed;
				return { send() {}, end() {} };
			},
		};
		let message = "";
		machine.runner.start(request, (failure) => {
			message = failure!.message;
		});
		die(new Error("out of memory"));
		expect(message).toBe("out of memory");
		expect(machine.subject.keyspace.snapshot).toBeNull();
	});

	test("does not run ahead of a writer that does not answer", () => {
		const machine = new Machine(10);
		let bytes = 0;
		machine.background = {
			startSnapshotWriter: () => ({
				send(message) {
					bytes += (message as { bytes?: number }).bytes ?? 0;
				},
				end() {},
			}),
		};
		machine.subject.run("SET", "huge", "h".repeat(40 << 20));
		machine.runner.start(request, () => {});
		for (let turn = 0; turn < 1000; turn++) machine.time.step();
		expect(bytes).toBeGreaterThan(2 << 20);
		expect(bytes).toBeLessThan(6 << 20);
		machine.runner.cancel();
	});
});
