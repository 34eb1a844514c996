/**
 * Rows made from what a genuine redis-server says of its commands: so the derivations can be tried on all of its commands,
 * not only on those we have.
 */
import type { CommandRow, Group, KeySpec } from "../../src/dispatch/command.ts";
import {
	ADMIN,
	ALLOW_BUSY,
	ASKING,
	BLOCKING,
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
} from "../../src/dispatch/command.ts";
import type { Argument, ArgumentType } from "../../src/dispatch/grammar.ts";
import type { Reply } from "../support/reply.ts";
import type { WireConnection } from "../support/wire.ts";

/** What the server derives itself, beside the row we made. */
export interface ReferenceCommand {
	readonly row: CommandRow;
	readonly name: string;
	readonly arity: number;
	readonly flags: readonly string[];
	readonly range: readonly [first: number, last: number, step: number];
	readonly categories: readonly string[];
	readonly subcommands: readonly ReferenceCommand[];
}

const flagBits: Readonly<Record<string, number>> = {
	write: WRITE,
	readonly: READONLY,
	denyoom: DENYOOM,
	admin: ADMIN,
	pubsub: PUBSUB,
	noscript: NOSCRIPT,
	blocking: BLOCKING,
	loading: LOADING,
	stale: STALE,
	skip_monitor: SKIP_MONITOR,
	skip_slowlog: SKIP_SLOWLOG,
	asking: ASKING,
	fast: FAST,
	no_auth: NO_AUTH,
	no_mandatory_keys: NO_MANDATORY_KEYS,
	no_async_loading: NO_ASYNC_LOADING,
	no_multi: NO_MULTI,
	allow_busy: ALLOW_BUSY,
	movablekeys: 0,
};

/** The connection speaks RESP3 afterwards. */
export async function referenceCommands(connection: WireConnection): Promise<ReferenceCommand[]> {
	await connection.command("HELLO", "3");
	const items = (await connection.command("COMMAND")).tree().items;
	const docs = pairs((await connection.command("COMMAND", "DOCS")).tree());
	return items.map((item) => commandOf(item, docs));
}

function commandOf({ items }: Reply, docs: ReadonlyMap<string, Reply>): ReferenceCommand {
	const name = items[0]!.text;
	const doc = pairs(docs.get(name)!);
	const subcommands = items[9]!.items.map((item) => commandOf(item, pairs(doc.get("subcommands")!)));
	const flags = texts(items[2]!);
	const row: CommandRow = {
		name: name.slice(name.indexOf("|") + 1),
		since: doc.get("since")!.text,
		group: doc.get("group")!.text as Group,
		complexity: "",
		summary: "",
		flags: flags.reduce((bits, flag) => bits | bitOf(flag), 0),
		args: (doc.get("arguments")?.items ?? []).map(argumentOf),
		keySpecs: items[8]!.items.map(keySpecOf),
		run: () => {},
		...(subcommands.length > 0 ? { subcommands: subcommands.map((subcommand) => subcommand.row) } : {}),
	};
	return {
		row,
		name,
		arity: Number(items[1]!.text),
		flags,
		range: [Number(items[3]!.text), Number(items[4]!.text), Number(items[5]!.text)],
		categories: texts(items[6]!),
		subcommands,
	};
}

function bitOf(flag: string): number {
	const bit = flagBits[flag];
	if (bit === undefined) throw new Error(`unknown flag ${flag}`);
	return bit;
}

function argumentOf(reply: Reply): Argument {
	const fields = pairs(reply);
	const text = (name: string) => fields.get(name)?.text ?? "";
	const flags = texts(fields.get("flags"));
	return {
		name: text("name"),
		type: text("type") as ArgumentType,
		token: text("token"),
		since: text("since"),
		deprecatedSince: text("deprecated_since"),
		optional: flags.includes("optional"),
		multiple: flags.includes("multiple"),
		multipleToken: flags.includes("multiple_token"),
		// COMMAND DOCS has it in the key specifications only; of SORT it is known.
		access: text("type") === "key" ? "OW UPDATE" : "",
		displayText: "",
		keySpecIndex: -1,
		children: (fields.get("arguments")?.items ?? []).map(argumentOf),
	};
}

function keySpecOf(reply: Reply): KeySpec {
	const fields = pairs(reply);
	const [beginType, begin] = search(fields.get("begin_search")!);
	const [findType, find] = search(fields.get("find_keys")!);
	return {
		access: texts(fields.get("flags")).join(" ").toUpperCase(),
		begin:
			beginType === "index"
				? { index: Number(begin.get("index")!.text) }
				: beginType === "keyword"
					? { keyword: begin.get("keyword")!.text, startFrom: Number(begin.get("startfrom")!.text) }
					: { unknown: true },
		find:
			findType === "range"
				? {
						last: Number(find.get("lastkey")!.text),
						step: Number(find.get("keystep")!.text),
						limit: Number(find.get("limit")!.text),
					}
				: findType === "keynum"
					? {
							keyNumberIndex: Number(find.get("keynumidx")!.text),
							firstKey: Number(find.get("firstkey")!.text),
							step: Number(find.get("keystep")!.text),
						}
					: { unknown: true },
	};
}

function search(reply: Reply): [type: string, spec: Map<string, Reply>] {
	const fields = pairs(reply);
	return [fields.get("type")!.text, pairs(fields.get("spec")!)];
}

function texts(reply: Reply | undefined): string[] {
	return (reply?.items ?? []).map((item) => item.text);
}

function pairs(map: Reply): Map<string, Reply> {
	const found = new Map<string, Reply>();
	for (let i = 0; i < map.items.length; i += 2) found.set(map.items[i]!.text, map.items[i + 1]!);
	return found;
}
