import { halfSipHash } from "../bytes/siphash.ts";
import type { Database } from "../keyspace/database.ts";
import type { Touchable } from "../memory/handles.ts";
import type { Table } from "../memory/table.ts";
import { BATCH_COMMANDS_MAX, type RequestParser } from "../resp/request-parser.ts";
import type { Command } from "./command.ts";
import type { CommandTable } from "./command-table.ts";

const ZERO = 0x30;

/**
 * Looks ahead at a whole batch of commands: looks all names up, hashes all first keys and touches the memory behind them,
 * so that the cache misses of a pipeline overlap instead of queueing. Nothing of it is observable but its speed.
 */
export class BatchAhead {
	/** By number in the batch: its command, null for an unknown one, and the hash of its first key. */
	readonly commands: (Command | null)[];
	readonly hashes: Int32Array;
	/** Batches so far. */
	count: number;
	/** Sum of what was read: keeps the loads from being optimised away. */
	touched: number;
	private readonly table: CommandTable;
	/** Of members, and the tables they are in; null where there is nothing to look ahead at. */
	private readonly memberHashes: Int32Array;
	private readonly memberTables: (Touchable | null)[];

	constructor(table: CommandTable) {
		this.commands = new Array<Command | null>(BATCH_COMMANDS_MAX).fill(null);
		this.hashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.count = 0;
		this.touched = 0;
		this.table = table;
		this.memberHashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.memberTables = new Array<Touchable | null>(BATCH_COMMANDS_MAX).fill(null);
	}

	/** The commands of the parser, which will work on this database first. */
	read(database: Database, parser: RequestParser, bytes: Uint8Array): void {
		const { ranges, firsts, count } = parser;
		const { commands, hashes } = this;
		this.count++;
		const { table } = database;
		let touched = 0;
		let hasMembers = false;
		for (let i = 0; i < count; i++) {
			const first = firsts[i]!;
			const command = this.table.find(bytes, ranges[first]!, ranges[first + 1]!);
			commands[i] = command;
			hashes[i] = 0;
			if (command === null || command.aheadKey === 0) continue;
			const at = first + 2 * command.aheadKey;
			if (at >= firsts[i + 1]!) continue;
			// A script without keys: the word is an argument.
			if (command.firstKey === 0 && bytes[ranges[at - 2]!] === ZERO) continue;
			const start = ranges[at]!;
			const hash = database.hash(bytes, start, ranges[at + 1]! - start);
			hashes[i] = hash;
			if (command.memberAt !== 0) hasMembers = true;
		}
		if (count > 1) {
			for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
			for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
			if (hasMembers) touched += this.touchMembers(table, parser, bytes);
		}
		this.touched = touched | 0;
	}

	/** The same for the members of big collections, once their keys are at hand. */
	private touchMembers(table: Table, parser: RequestParser, bytes: Uint8Array): number {
		const { ranges, firsts, count } = parser;
		const { commands, hashes, memberHashes, memberTables } = this;
		let members: Touchable | null = null;
		let membersOf = 0;
		let touched = 0;
		for (let i = 0; i < count; i++) {
			memberTables[i] = null;
			const at = firsts[i]! + 2 * (commands[i]?.memberAt ?? 0);
			if (at === firsts[i]! || at >= firsts[i + 1]!) continue;
			const hash = hashes[i]!;
			// A big collection is worth it where neighbours work on it; most keys hold small ones, and are not looked up twice.
			if (hash !== membersOf) {
				if (i + 1 === count || hashes[i + 1] !== hash) continue;
				const key = firsts[i]! + 2;
				const start = ranges[key]!;
				members = table.find(bytes, start, ranges[key + 1]! - start, hash) ? memberTableAt(table) : null;
				membersOf = hash;
			}
			if (members === null) continue;
			const memberHash = halfSipHash(bytes, ranges[at]!, ranges[at + 1]!, members.seed0, members.seed1);
			memberHashes[i] = memberHash;
			memberTables[i] = members;
			touched += members.touchIndex(memberHash);
		}
		for (let i = 0; i < count; i++) touched += memberTables[i]?.touchEntry(memberHashes[i]!) ?? 0;
		return touched;
	}

	/** The first `count` of these keys, whose hashes are known. */
	touch(table: Table, hashes: Int32Array, count: number): void {
		let touched = 0;
		for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
		for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
		this.touched = touched | 0;
	}
}

function memberTableAt(table: Table): Touchable | null {
	return table.isExternal() ? (table.external().memberTable ?? null) : null;
}
