import type { ReplyWriter } from "../resp/reply-writer.ts";
import { categoriesOf } from "./categories.ts";
import {
	ADMIN,
	ALLOW_BUSY,
	ASKING,
	BLOCKING,
	type Command,
	type CommandRow,
	DENYOOM,
	FAST,
	LOADING,
	NO_ASYNC_LOADING,
	NO_AUTH,
	NO_MANDATORY_KEYS,
	NO_MULTI,
	NOSCRIPT,
	PUBSUB,
	READONLY,
	SKIP_MONITOR,
	SKIP_SLOWLOG,
	STALE,
	WRITE,
} from "./command.ts";
import type { Argument } from "./grammar.ts";
import {
	accessNames,
	BEGIN_INDEX,
	BEGIN_KEYWORD,
	FIND_COUNT,
	FIND_RANGE,
	hasMovableKeys,
	type KeyRule,
	legacyRange,
} from "./key-rule.ts";

/** Replies that describe commands, an item of COMMAND INFO or an entry of COMMAND DOCS: all derived from the rows. */

/** In the order in which COMMAND INFO gives them; flags that are not here it does not show. */
const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
	[WRITE, "write"],
	[READONLY, "readonly"],
	[DENYOOM, "denyoom"],
	[ADMIN, "admin"],
	[PUBSUB, "pubsub"],
	[NOSCRIPT, "noscript"],
	[BLOCKING, "blocking"],
	[LOADING, "loading"],
	[STALE, "stale"],
	[SKIP_MONITOR, "skip_monitor"],
	[SKIP_SLOWLOG, "skip_slowlog"],
	[ASKING, "asking"],
	[FAST, "fast"],
	[NO_AUTH, "no_auth"],
	[NO_MANDATORY_KEYS, "no_mandatory_keys"],
	[NO_ASYNC_LOADING, "no_async_loading"],
	[NO_MULTI, "no_multi"],
	[ALLOW_BUSY, "allow_busy"],
];

export function flagNames(command: Command): string[] {
	const names = FLAG_NAMES.filter(([flag]) => (command.flags & flag) !== 0).map(([, name]) => name);
	return hasMovableKeys(command.keyRules) ? [...names, "movablekeys"] : names;
}

/** The item COMMAND INFO has for a command. */
export function replyInfo(reply: ReplyWriter, command: Command): void {
	const [first, last, step] = legacyRange(command.keyRules);
	reply.array(10);
	reply.bulkText(command.fullName);
	reply.integer(command.arity);
	replyWords(reply, flagNames(command));
	reply.integer(first);
	reply.integer(last);
	reply.integer(step);
	replyWords(
		reply,
		categoriesOf(command).map((category) => `@${category}`),
	);
	const tips = command.row.tips ?? [];
	reply.set(tips.length);
	for (const tip of tips) reply.bulkText(tip);
	reply.set(command.keyRules.length);
	for (const rule of command.keyRules) replyKeyRule(reply, rule);
	const subcommands = command.subcommands === null ? [] : [...command.subcommands.values()];
	// Redis has them as an array, but where there are none as an empty set.
	if (subcommands.length === 0) reply.set(0);
	else reply.array(subcommands.length);
	for (const subcommand of subcommands) replyInfo(reply, subcommand);
}

/** What COMMAND DOCS has for a command, its name before it. */
export function replyDocs(reply: ReplyWriter, command: Command): void {
	const { row } = command;
	const { history, args } = row;
	const documentFlags = documentFlagsOf(row);
	reply.bulkText(command.fullName);
	replyMap(reply, [
		text(reply, "summary", row.summary),
		text(reply, "since", row.since),
		text(reply, "group", row.group),
		text(reply, "complexity", row.complexity),
		documentFlags.length > 0 && ["doc_flags", () => replyWords(reply, documentFlags)],
		text(reply, "deprecated_since", row.deprecatedSince),
		text(reply, "replaced_by", row.replacedBy),
		history !== undefined && ["history", () => replyHistory(reply, history)],
		args !== undefined && args.length > 0 && ["arguments", () => replyArguments(reply, args, counterOf(command))],
		command.subcommands !== null && ["subcommands", () => replyDocsOf(reply, [...command.subcommands!.values()])],
	]);
}

export function replyDocsOf(reply: ReplyWriter, commands: readonly Command[]): void {
	reply.map(commands.length);
	for (const command of commands) replyDocs(reply, command);
}

type Field = readonly [name: string, value: () => void];

/** A map of those fields that are there. */
function replyMap(reply: ReplyWriter, fields: readonly (Field | false)[]): void {
	const present = fields.filter((field) => field !== false);
	reply.map(present.length);
	for (const [name, value] of present) {
		reply.bulkText(name);
		value();
	}
}

function text(reply: ReplyWriter, name: string, value = ""): Field | false {
	return value !== "" && [name, () => reply.bulkText(value)];
}

function replyWords(reply: ReplyWriter, words: readonly string[]): void {
	reply.set(words.length);
	for (const word of words) reply.simple(word);
}

function documentFlagsOf(row: CommandRow): string[] {
	const flags: string[] = [];
	if (row.deprecatedSince !== undefined) flags.push("deprecated");
	if (row.systemCommand) flags.push("syscmd");
	return flags;
}

function replyHistory(reply: ReplyWriter, history: NonNullable<CommandRow["history"]>): void {
	reply.set(history.length);
	for (const [version, change] of history) {
		reply.array(2);
		reply.bulkText(version);
		reply.bulkText(change);
	}
}

/** Numbers the keys of a grammar as they come: each has a key specification of its own, or shares the last one. */
interface KeyCounter {
	next: number;
	readonly last: number;
}

function counterOf(command: Command): KeyCounter {
	return { next: 0, last: command.keyRules.length - 1 };
}

function replyArguments(reply: ReplyWriter, parts: readonly Argument[], keys: KeyCounter): void {
	reply.array(parts.length);
	for (const part of parts) {
		const hasChildren = part.type === "oneof" || part.type === "block";
		const turn = part.type === "key" ? Math.min(keys.next++, keys.last) : -1;
		const keySpec = part.keySpecIndex >= 0 ? part.keySpecIndex : turn;
		const flags = argumentFlags(part);
		replyMap(reply, [
			text(reply, "name", part.name),
			text(reply, "type", part.type),
			!hasChildren && text(reply, "display_text", part.displayText || part.name),
			keySpec >= 0 && ["key_spec_index", () => reply.integer(keySpec)],
			text(reply, "token", part.token),
			text(reply, "since", part.since),
			text(reply, "deprecated_since", part.deprecatedSince),
			flags.length > 0 && ["flags", () => replyWords(reply, flags)],
			hasChildren && ["arguments", () => replyArguments(reply, part.children, keys)],
		]);
	}
}

function argumentFlags(part: Argument): string[] {
	const flags: string[] = [];
	if (part.optional) flags.push("optional");
	if (part.multiple) flags.push("multiple");
	if (part.multipleToken) flags.push("multiple_token");
	return flags;
}

function replyKeyRule(reply: ReplyWriter, rule: KeyRule): void {
	replyMap(reply, [
		text(reply, "notes", rule.notes),
		["flags", () => replyWords(reply, accessNames(rule.access))],
		["begin_search", () => replySearch(reply, beginOf(rule))],
		["find_keys", () => replySearch(reply, findOf(rule))],
	]);
}

/** A way to search: its type, and the numbers and words that belong to it. */
type Search = readonly [type: string, spec: readonly (readonly [name: string, value: number | string])[]];

function beginOf(rule: KeyRule): Search {
	if (rule.begin === BEGIN_INDEX) return ["index", [["index", rule.index]]];
	if (rule.begin !== BEGIN_KEYWORD) return ["unknown", []];
	return [
		"keyword",
		[
			["keyword", rule.keyword],
			["startfrom", rule.startFrom],
		],
	];
}

function findOf(rule: KeyRule): Search {
	if (rule.find === FIND_RANGE) {
		return [
			"range",
			[
				["lastkey", rule.last],
				["keystep", rule.step],
				["limit", rule.limit],
			],
		];
	}
	if (rule.find !== FIND_COUNT) return ["unknown", []];
	return [
		"keynum",
		[
			["keynumidx", rule.keyNumberIndex],
			["firstkey", rule.firstKey],
			["keystep", rule.step],
		],
	];
}

function replySearch(reply: ReplyWriter, [type, spec]: Search): void {
	replyMap(reply, [
		text(reply, "type", type),
		[
			"spec",
			() => {
				reply.map(spec.length);
				for (const [name, value] of spec) {
					reply.bulkText(name);
					if (typeof value === "number") reply.integer(value);
					else reply.bulkText(value);
				}
			},
		],
	]);
}
