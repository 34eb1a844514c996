import { geoCommands } from "../../../src/commands/geo.ts";
import { setCommands } from "../../../src/commands/set.ts";
import { parseReply, type Reply } from "../../support/reply.ts";
import { bulk, SortedSetEngine } from "./engine.ts";

export const NULL_ARRAY = "*-1\r\n";

export function error(text: string): string {
	return `-ERR ${text}\r\n`;
}

/** Replies as they are, text as bulk strings. */
export function array(...items: string[]): string {
	return `*${items.length}\r\n${items.map((item) => (/^[*$:,_-].*\r\n$/s.test(item) ? item : bulk(item))).join("")}`;
}

/** Text of leaves, arrays of aggregates, null of nulls. */
export type Tree = string | null | Tree[];

function treeOf(reply: Reply): Tree {
	if (reply.kind === "null") return null;
	return ["array", "map", "set"].includes(reply.kind) ? reply.items.map(treeOf) : reply.text;
}

/** The commands of sorted sets with those that combine them, plain sets and positions among them. */
export class AlgebraEngine extends SortedSetEngine {
	constructor() {
		super([...setCommands, ...geoCommands]);
	}

	/** The reply as a tree. */
	ask(...words: (string | number)[]): Tree {
		return treeOf(parseReply(Buffer.from(this.run(...words), "latin1")));
	}

	/** Members and scores of a sorted set, in order. */
	contents(key: string): Tree {
		return this.ask("ZRANGE", key, 0, -1, "WITHSCORES");
	}
}
