/**
 * Long strings in the rooms of their databases, whose memory is used again at once, and buffers that are freed as soon as
 * they may be: whatever is still read after it was given back shows.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Pages } from "../../src/adapters/pages.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

/** Frees what is to be released later when the next command comes. */
class StrictPages implements Pages {
	private readonly waiting: Iterable<Uint8Array>[] = [];

	release(bytes: Uint8Array, from: number, to: number): void {
		if (to - from >= 8192) bytes.fill(0, from + 4096, to - 4096);
	}
	releaseLater(bytes: Uint8Array): void {
		this.waiting.push([bytes]);
	}
	releaseAllLater(buffers: Iterable<Uint8Array>): void {
		this.waiting.push(buffers);
	}
	free(): void {
		for (const buffers of this.waiting.splice(0)) {
			for (const { buffer, length } of buffers) {
				if (length > 0 && buffer.byteLength === length) (buffer as ArrayBuffer).transfer(0);
			}
		}
	}
}

const DATABASES = 3;
type Model = Map<string, string>[];

class Subject {
	readonly pages = new StrictPages();
	readonly machine = new VirtualMachine();
	readonly model: Model = Array.from({ length: DATABASES }, () => new Map());
	private readonly client;
	readonly server;

	constructor() {
		Object.assign(this.machine.adapters, { pages: this.pages });
		this.server = this.machine.start("enable-debug-command yes");
		this.client = this.machine.network.connect(6379);
	}

	run(...words: (string | number)[]): string {
		this.pages.free();
		return this.client.run(...words);
	}

	apply({ kind, database, from, to, length }: Step): void {
		const here = this.model[database]!;
		const there = this.model[(database + 1) % DATABASES]!;
		const text = String.fromCharCode(97 + (length % 26)).repeat(length);
		const old = here.get(from);
		this.run("SELECT", database);
		switch (kind) {
			case "set":
				this.run("SET", from, text);
				here.set(from, text);
				break;
			case "append":
				this.run("APPEND", from, text);
				here.set(from, (old ?? "") + text);
				break;
			case "rename":
				if (old === undefined || from === to) break;
				this.run("RENAME", from, to);
				here.delete(from);
				here.set(to, old);
				break;
			case "move":
				if (old === undefined || there.has(from)) break;
				expect(this.run("MOVE", from, (database + 1) % DATABASES)).toBe(":1\r\n");
				here.delete(from);
				there.set(from, old);
				break;
			case "copy":
				if (old === undefined) break;
				this.run("COPY", from, to, "DB", (database + 1) % DATABASES, "REPLACE");
				there.set(to, old);
				break;
			case "bitop":
				if (old === undefined) break;
				this.run("BITOP", "OR", to, from);
				here.set(to, old);
				break;
			case "swap":
				this.run("SWAPDB", database, (database + 1) % DATABASES);
				[this.model[database], this.model[(database + 1) % DATABASES]] = [there, here];
				break;
			case "flush":
				this.run("FLUSHDB");
				here.clear();
				break;
			case "del":
				this.run("DEL", from);
				here.delete(from);
		}
	}

	/** Whether a server has what the model says. */
	check(run: (...words: (string | number)[]) => string, model: Model): void {
		for (const [database, strings] of model.entries()) {
			run("SELECT", database);
			expect(run("DBSIZE")).toBe(`:${strings.size}\r\n`);
			for (const [key, value] of strings) {
				if (run("GET", key) !== `$${value.length}\r\n${value}\r\n`) throw new Error(`${key} of ${database} is damaged`);
			}
		}
	}

	verify(): void {
		for (const { table } of this.server.keyspace.databases) {
			table.verify();
			table.handles.strings!.verify();
		}
	}
}

interface Step {
	readonly kind: string;
	readonly database: number;
	readonly from: string;
	readonly to: string;
	readonly length: number;
}

const kinds = ["set", "set", "set", "append", "rename", "move", "copy", "bitop", "swap", "flush", "del"];
const steps = fc.array(
	fc.record<Step>({
		kind: fc.constantFrom(...kinds),
		database: fc.nat(DATABASES - 1),
		from: fc.constantFrom("a", "b", "c", "d"),
		to: fc.constantFrom("a", "b", "c", "d"),
		length: fc.oneof(fc.integer({ min: 4000, max: 30_000 }), fc.integer({ min: 1, max: 1_200_000 })),
	}),
	{ minLength: 10, maxLength: 40 },
);

test("strings are what they should be, wherever they were moved", () => {
	fc.assert(
		fc.property(steps, (list) => {
			const subject = new Subject();
			for (const step of list) {
				subject.apply(step);
				subject.verify();
			}
			subject.check((...words) => subject.run(...words), subject.model);
		}),
		{ numRuns: 60 },
	);
}, 30_000);

test("a save has the strings of its moment, whatever becomes of them under way", () => {
	fc.assert(
		fc.property(steps, steps, (before, behind) => {
			const subject = new Subject();
			for (const step of before) subject.apply(step);
			const saved = subject.model.map((strings) => new Map(strings));
			expect(subject.run("BGSAVE")).toBe("+Background saving started\r\n");
			for (const step of behind) subject.apply(step);
			subject.machine.time.advance(60_000);
			subject.check((...words) => subject.run(...words), subject.model);
			subject.verify();
			subject.machine.start("port 6380");
			const loaded = subject.machine.network.connect(6380);
			subject.machine.time.advance(1000);
			subject.check((...words) => loaded.run(...words), saved);
		}),
		{ numRuns: 40 },
	);
}, 60_000);
