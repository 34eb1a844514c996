/**
 * RDB and append-only files that are cut at any byte, or have a bit flipped in any byte: a server that starts on one
 * either refuses it and says why, or has sound data; and where it can be known which data, exactly those.
 *
 *     rdb, summed      the checksum finds every flip, the missing end every cut: all are refused
 *     rdb, unsummed    a flip may go unseen, a cut may not
 *     aof              a cut leaves the commands before it; a flip may make another command
 *     manifest         a file that is not the one it was is refused, or loads
 */
import { assert } from "../../src/bytes/assert.ts";
import { MemoryFiles } from "../config/memory-files.ts";
import { DurableMachine } from "../crash/durable-machine.ts";
import type { Words } from "../crash/model.ts";
import { AllocationMeter } from "../support/allocation-meter.ts";
import { commandText } from "../support/wire.ts";
import { dumpedKeys, dumpedNames } from "./payloads.ts";

export const subjects = ["rdb, summed", "rdb, unsummed", "aof", "manifest"] as const;
export type DamagedSubject = (typeof subjects)[number];
export type Damage = "cut" | "flip";

const START_MS = 1_700_000_000_000;
const FAR = "4000000000000";
/** What loading may take beyond the file: a window on it, tables, scratch. */
const CONSTANT_BYTES = 4 << 20;
const GROWTH_MAX = 100;
/** From here on collections are as large as to be split up. */
const LARGE_BYTES = 10_000;

export interface DamageReport {
	readonly cases: number;
	readonly loaded: number;
	readonly refused: number;
	readonly largestBytes: number;
}

/** The files of a server that has at least so many bytes of data, of every type. */
export class DamagedFiles {
	/** The file that is damaged. */
	readonly path: string;
	readonly bytes: Uint8Array;
	private readonly files: MemoryFiles;
	private readonly subject: DamagedSubject;
	private readonly directives: readonly string[];
	/** Of an append-only file: what the data are after each command, by the position behind it. */
	private readonly digests: Map<number, string>;

	constructor(subject: DamagedSubject, bytesMin: number) {
		const isAof = subject === "aof" || subject === "manifest";
		const checksum = subject === "rdb, unsummed" ? "no" : "yes";
		this.subject = subject;
		this.directives = [
			'save ""',
			"enable-debug-command yes",
			"rdbcompression no",
			`rdbchecksum ${checksum}`,
			`appendonly ${isAof ? "yes" : "no"}`,
			"appendfsync no",
		];
		const files = new MemoryFiles();
		const machine = new DurableMachine(files, START_MS, 1, this.directives);
		const client = machine.connect();
		for (let bytes = 0, copy = 0; bytes < bytesMin || copy === 0; copy++) {
			const commands = commandsOf(copy, bytesMin < LARGE_BYTES);
			machine.ask(client, commands);
			bytes += commands.reduce((sum, words) => sum + commandText(words).length, 0);
		}
		if (!isAof) machine.ask(client, [["SAVE"]]);
		machine.time.advance(10_000);
		const folder = "/work/appendonlydir";
		this.path =
			subject === "aof"
				? `${folder}/appendonly.aof.1.incr.aof`
				: subject === "manifest"
					? `${folder}/appendonly.aof.manifest`
					: "/work/dump.rdb";
		this.files = files;
		this.bytes = files.contents(this.path)!;
		this.digests = new Map();
		this.check(this.bytes, () => true);
		if (subject === "aof") this.noteDigests();
	}

	/** Every position from `first` on, `stride` apart. */
	run(damage: Damage, first = 0, stride = 1, tell?: (position: number) => void): DamageReport {
		using meter = new AllocationMeter();
		let loaded = 0;
		let refused = 0;
		let largestBytes = 0;
		for (let position = first; position < this.bytes.length; position += stride) {
			const bit = position % 8;
			try {
				meter.reset();
				const damaged = damage === "cut" ? this.bytes.slice(0, position) : flipped(this.bytes, position, bit);
				if (this.check(damaged, (digest) => this.isRight(damage, position, digest))) loaded++;
				else refused++;
				largestBytes = Math.max(largestBytes, meter.largestBytes);
				assert(
					meter.largestBytes <= GROWTH_MAX * this.bytes.length + CONSTANT_BYTES,
					`an array of ${meter.largestBytes} bytes`,
				);
			} catch (error) {
				throw new Error(`${this.subject}, ${damage} at ${position} of ${this.bytes.length}, bit ${bit}`, {
					cause: error,
				});
			}
			tell?.(position);
		}
		return { cases: loaded + refused, loaded, refused, largestBytes };
	}

	/** Whether a server loads it, and so should it. */
	private check(bytes: Uint8Array, isRight: (digest: string) => boolean): boolean {
		const files = new MemoryFiles();
		for (const path of this.files.names.keys())
			files.lay(path, path === this.path ? bytes : this.files.contents(path)!);
		const machine = new DurableMachine(files, START_MS, 1, this.directives);
		const log = machine.logText();
		assert(!/Internal error (while|in ')|AssertionError|RangeError|TypeError/.test(log), log);
		if (machine.exitCode !== null) {
			assert(machine.exitCode === 1, `it ends with ${machine.exitCode}`);
			assert(/# (?!Warning)/.test(log), `it does not say why:\n${log}`);
			assert(isRight("refused"), `it should not be refused:\n${log}`);
			return false;
		}
		const { keyspace } = machine.server;
		for (const { table } of keyspace.databases) if (table.count > 0) table.verify();
		const digest = machine.ask(machine.connect(), [["DEBUG", "DIGEST"]])[0]!;
		assert(digest.kind !== "error" && machine.server.statistics.internalErrors === 0, machine.logText());
		assert(isRight(digest.text), `it should not have loaded, or other data: ${digest.text}\n${log}`);
		assert(keyspace.bytesUsed() <= GROWTH_MAX * bytes.length + CONSTANT_BYTES, `${keyspace.bytesUsed()} bytes used`);
		return true;
	}

	private isRight(damage: Damage, position: number, digest: string): boolean {
		switch (this.subject) {
			case "rdb, summed":
				return digest === "refused";
			case "rdb, unsummed":
				return damage === "flip" || digest === "refused";
			case "aof":
				return damage === "flip" || digest === this.digestAt(position);
			default:
				return true;
		}
	}

	private digestAt(position: number): string {
		let at = position;
		while (!this.digests.has(at)) at--;
		return this.digests.get(at)!;
	}

	/** By executing the file command by command. */
	private noteDigests(): void {
		const machine = new DurableMachine(new MemoryFiles(), START_MS, 1, ['save ""', "enable-debug-command yes"]);
		const client = machine.connect();
		const reader = machine.connect();
		const digest = () => machine.ask(reader, [["DEBUG", "DIGEST"]])[0]!.text;
		this.digests.set(0, digest());
		const text = Buffer.from(this.bytes).toString("latin1");
		let isTogether = false;
		for (let at = 0; at < text.length; ) {
			const { words, end } = commandAt(text, at);
			if (words[0] === "MULTI") isTogether = true;
			else if (words[0] === "EXEC") isTogether = false;
			else machine.ask(client, [words]);
			at = end;
			if (!isTogether) this.digests.set(at, digest());
		}
	}
}

/** Every type, with a deadline here and there, under names of its own; small ones alone fit into 2 KB. */
function commandsOf(copy: number, areSmall: boolean): Words[] {
	const named = (word: string, at: number) => (at > 0 && dumpedNames.includes(word) ? `${word} ${copy}` : word);
	return [
		...dumpedKeys
			.filter(([, key]) => !areSmall || !/large|blocks|^stream|^group/.test(key!))
			.map((words) => words.map(named)),
		["PEXPIREAT", `list ${copy}`, FAR],
		["SET", `brief ${copy}`, "value", "PXAT", FAR],
	];
}

function commandAt(text: string, start: number): { words: string[]; end: number } {
	let at = start;
	const line = () => {
		const end = text.indexOf("\r\n", at);
		const found = text.slice(at, end);
		at = end + 2;
		return found;
	};
	const words = Array.from({ length: Number(line().slice(1)) }, () => {
		const length = Number(line().slice(1));
		at += length + 2;
		return text.slice(at - length - 2, at - 2);
	});
	return { words, end: at };
}

function flipped(bytes: Uint8Array, position: number, bit: number): Uint8Array {
	const copy = bytes.slice();
	copy[position]! ^= 1 << bit;
	return copy;
}
