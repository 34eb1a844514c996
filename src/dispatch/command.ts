import { bytesOf } from "../bytes/ascii.ts";
import type { Call } from "./call.ts";
import { GATES_OF_SCRIPTS, gatesOf } from "./gates.ts";
import { type Argument, arityOf, type KeyRange, keyRangesOf } from "./grammar.ts";
import { KEY_NOT_KEY, type KeyRule, keyRulesOf } from "./key-rule.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/** Rows are written with them. */
export * from "./flags.ts";

export type Group =
	| "generic"
	| "string"
	| "list"
	| "set"
	| "sorted-set"
	| "hash"
	| "pubsub"
	| "transactions"
	| "connection"
	| "server"
	| "scripting"
	| "hyperloglog"
	| "cluster"
	| "geo"
	| "stream"
	| "bitmap";

/** A key specification that does not follow from the grammar's shape, in the words of COMMAND INFO. */
export interface KeySpec {
	readonly access: string;
	/** One sentence for people. */
	readonly notes?: string;
	readonly begin:
		| { readonly index: number }
		| { readonly keyword: string; readonly startFrom: number }
		| { readonly unknown: true };
	readonly find:
		| { readonly last: number; readonly step: number; readonly limit: number }
		| { readonly keyNumberIndex: number; readonly firstKey: number; readonly step: number }
		| { readonly unknown: true };
}

/** What a command does to a key of VARIABLE_FLAGS: it depends on whether one of these words is among its arguments. */
export interface VariableAccess {
	/** In lower case. */
	readonly words: readonly string[];
	/** The first argument that may be such a word. */
	readonly from: number;
	readonly present: string;
	readonly absent: string;
}

/** Which words of a command are channels. */
export interface ChannelRange {
	readonly first: number;
	/** Negative: counted from the end. */
	readonly last: number;
	/** They are patterns that channels are matched by. */
	readonly isPattern: boolean;
}

export interface CommandRow {
	readonly name: string;
	readonly since: string;
	readonly group: Group;
	/** "" where it has no meaning. */
	readonly complexity: string;
	/** One sentence in our own words. */
	readonly summary: string;
	readonly flags: number;
	/** ACL categories beyond those that follow from flags and group, without '@'. */
	readonly categories?: readonly string[];
	/** Categories that would follow but do not apply, without '@'. */
	readonly withoutCategories?: readonly string[];
	readonly args?: readonly Argument[];
	readonly subcommands?: readonly CommandRow[];
	/** Where it differs from what the grammar gives. */
	readonly arity?: number;
	/** Replaces what the grammar gives. */
	readonly keySpecs?: readonly KeySpec[];
	readonly variableAccess?: VariableAccess;
	/** Channels that it sends to or begins to listen to. */
	readonly channels?: ChannelRange;
	/** Word that is, or most often is, a member of the collection at the key; it is looked up ahead in pipelines. */
	readonly memberAt?: number;
	/** "nondeterministic_output", "request_policy:all_shards" … */
	readonly tips?: readonly string[];
	readonly history?: readonly (readonly [version: string, change: string])[];
	readonly deprecatedSince?: string;
	readonly replacedBy?: string;
	/** Made for the server's own use or its developers', as DEBUG. */
	readonly systemCommand?: boolean;
	/** It runs a script, whose commands are judged by themselves; the script may say that it does less than `flags`. */
	readonly flagsOfScript?: (call: Call) => number;
	/** Containers that are nothing but their subcommands have none. */
	readonly run?: (call: Call) => void;
}

/** One command of one server: the row, what is derived from it, and its statistics. All share this one shape. */
export class Command {
	readonly row: CommandRow;
	/** "get", "config|set". */
	readonly fullName: string;
	readonly nameBytes: Uint8Array;
	readonly flags: number;
	/** What may keep it from being run at once: bits of `gates.ts`. */
	readonly gates: number;
	readonly arity: number;
	readonly ranges: readonly KeyRange[];
	/** All key specifications, from the grammar or the row: what `keys.ts` finds keys by and COMMAND INFO shows. */
	readonly keyRules: readonly KeyRule[];
	/** Whether words of it can be keys. */
	readonly hasKeys: boolean;
	/** Word of the first key when it is at a fixed place, else 0. */
	readonly firstKey: number;
	/** The word that look-ahead hashes: the first key, of scripts the one behind the number of keys; 0 for none. */
	readonly aheadKey: number;
	/** Word of the member to look ahead at, 0 for none. */
	readonly memberAt: number;
	readonly run: (call: Call) => void;
	readonly parent: Command | null;
	readonly subcommands: Map<string, Command> | null;
	/** Among all commands and subcommands of its table, from 0. */
	number: number;
	// INFO commandstats
	calls: number;
	duration_us: number;
	rejectedCalls: number;
	failedCalls: number;
	/** INFO latencystats; null until the command was called with latency-tracking on. */
	latency: LatencyHistogram | null;

	constructor(row: CommandRow, parent: Command | null) {
		const nameWords = parent === null ? 1 : 2;
		const parts = row.args ?? [];
		this.row = row;
		this.fullName = parent === null ? row.name : `${parent.row.name}|${row.name}`;
		this.nameBytes = bytesOf(row.name);
		this.flags = row.flags;
		this.gates = gatesOf(row.flags, row.subcommands !== undefined);
		if (row.flagsOfScript !== undefined) this.gates |= GATES_OF_SCRIPTS;
		this.arity = row.arity ?? (row.subcommands === undefined ? arityOf(nameWords, parts) : -2);
		this.ranges = row.keySpecs === undefined ? keyRangesOf(nameWords, parts) : [];
		this.keyRules = keyRulesOf(row, this.ranges);
		this.hasKeys = this.keyRules.some((rule) => (rule.access & KEY_NOT_KEY) === 0);
		this.firstKey = this.ranges.length > 0 ? this.ranges[0]!.first : fixedFirstKey(row);
		this.aheadKey = row.flagsOfScript === undefined ? this.firstKey : KEY_OF_SCRIPTS;
		this.memberAt = this.firstKey === 1 ? (row.memberAt ?? 0) : 0;
		this.run = row.run ?? missingSubcommand;
		this.parent = parent;
		this.subcommands = null;
		this.number = 0;
		this.calls = 0;
		this.duration_us = 0;
		this.rejectedCalls = 0;
		this.failedCalls = 0;
		this.latency = null;
		if (row.subcommands !== undefined) {
			this.subcommands = new Map();
			for (const sub of row.subcommands) this.subcommands.set(sub.name, new Command(sub, this));
		}
	}

	accepts(argc: number): boolean {
		return this.arity >= 0 ? argc === this.arity : argc >= -this.arity;
	}

	/** Counts calls in the latency histogram, each with the mean of their time. */
	recordLatency(calls: number, elapsed_us: number): void {
		this.latency ??= new LatencyHistogram();
		this.latency.record((elapsed_us * 1000) / calls, calls);
	}

	resetStatistics(): void {
		this.calls = 0;
		this.duration_us = 0;
		this.rejectedCalls = 0;
		this.failedCalls = 0;
		this.latency = null;
	}
}

/** Behind their name, what is called, and the number of keys. */
const KEY_OF_SCRIPTS = 3;

function fixedFirstKey(row: CommandRow): number {
	const spec = row.keySpecs?.[0];
	return spec !== undefined && "index" in spec.begin && "last" in spec.find ? spec.begin.index : 0;
}

function missingSubcommand(): void {
	throw new Error("a container is never run itself");
}
