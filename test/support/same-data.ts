/**
 * Whether two servers hold the same data to the last bit, as after a move of a file: digest, then key by key type, encoding,
 * content, exact deadline and, of streams, every time and count of their groups.
 */
import { compareStates, type KeyState, readState } from "../differential/state.ts";
import type { ServerMaker } from "./data-server.ts";
import { quote } from "./quoting.ts";
import type { Reply } from "./reply.ts";
import type { Frame, WireConnection } from "./wire.ts";

/** A server that can be asked. */
export interface DataHolder {
	readonly maker: ServerMaker;
	readonly connection: WireConnection;
	command(...args: readonly string[]): Promise<Frame>;
	pipeline(commands: readonly (readonly string[])[]): Promise<Frame[]>;
	digest(): Promise<string>;
}

/**
 * How the data moved: as values, or as the commands that make them. How a value is kept is known again where it is as
 * anybody would keep it; after a life of random changes ("content") it may be kept in another way than before.
 */
export type Carrier = "values" | "commands" | "content";

const shownMax = 20;
const lineMax = 1000;
/** Longer strings have an allocation of their own from the start. */
const EMBEDDED_MAX = 44;
/** Of streams: what came with 7.2, and what Redis's append-only file does not carry. */
const uncarried: Readonly<Record<Carrier, readonly string[]>> = {
	values: ["active-time"],
	commands: ["active-time", "seen-time", "entries-read", "lag"],
	content: ["active-time", "seen-time", "entries-read", "lag", "radix-tree-keys", "radix-tree-nodes"],
};

/** What differs, in words; empty where nothing does. */
export async function differences(one: DataHolder, other: DataHolder, carrier: Carrier): Promise<string[]> {
	// What 7.2 calls by another name than 7.0 is known of ours as the second.
	const [expected, actual] = one.maker === "redis-lite" ? [other, one] : [one, other];
	const found: string[] = [];
	const digests = [await expected.digest(), await actual.digest()];
	const before = await exactState(expected, carrier);
	const after = await exactState(actual, carrier);
	for (const { description } of compareStates(before, after)) found.push(description);
	for (const [name, left] of before) {
		const right = after.get(name);
		if (right === undefined) continue;
		if (left.value !== right.value) found.push(`${name}: ${firstDifference(left.value, right.value)}`);
		if (left.expiresAt_ms === right.expiresAt_ms) continue;
		// In 285,000 years; our deadlines are doubles.
		if (Math.min(left.expiresAt_ms, right.expiresAt_ms) > Number.MAX_SAFE_INTEGER) continue;
		found.push(
			`${name}: expires at ${left.expiresAt_ms} in ${expected.maker}, ${right.expiresAt_ms} in ${actual.maker}`,
		);
	}
	if (digests[0] !== digests[1]) {
		const named = await digestDifferences(before, expected, actual);
		const isExcused = carrier === "content" && found.length === 0 && named.length > 0 && named.every(mayBeMinusZero);
		if (!isExcused) found.unshift(`DEBUG DIGEST: ${digests.join(" ")}`, ...named);
	}
	return found.slice(0, shownMax).map((line) => line.slice(0, lineMax));
}

/** A small sorted set has no negative zero, a large one keeps it; which of them it is may change on the way. */
const mayBeMinusZero = (difference: string): boolean => / of the zset .*bulk\("0"\)/s.test(difference);

/** For what no reply shows, as a score that is zero and negative. */
async function digestDifferences(
	states: ReadonlyMap<string, KeyState>,
	expected: DataHolder,
	actual: DataHolder,
): Promise<string[]> {
	const found: string[] = [];
	for (const [name, { key, type, value }] of states) {
		const command = ["DEBUG", "DIGEST-VALUE", key];
		const [left, right] = [words(await ask(expected, name, command), []), words(await ask(actual, name, command), [])];
		if (left !== right) found.push(`${name}: digests ${left} ${right} of the ${type} ${value}`);
	}
	return found;
}

function firstDifference(left: string, right: string): string {
	let at = 0;
	while (left[at] === right[at]) at++;
	const shown = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
	return `from character ${at} on:\n    ${shown(left)}\n    ${shown(right)}`;
}

async function exactState(server: DataHolder, carrier: Carrier): Promise<Map<string, KeyState>> {
	const states = await readState(server.connection);
	for (const [name, state] of states) {
		states.set(name, {
			...state,
			encoding: await encodingOf(server, name, state, carrier),
			value: state.type === "stream" ? await describeStream(server, name, state, carrier) : state.value,
		});
	}
	await server.command("SELECT", "0");
	return states;
}

async function encodingOf(server: DataHolder, name: string, state: KeyState, carrier: Carrier): Promise<string> {
	if (carrier === "content") return "";
	if (state.encoding !== "raw") return state.encoding;
	// That a short string had been changed is known to the server where it was.
	const length = Number((await ask(server, name, ["STRLEN", state.key])).text);
	return length <= EMBEDDED_MAX ? "embstr" : "raw";
}

async function describeStream(server: DataHolder, name: string, { key }: KeyState, carrier: Carrier): Promise<string> {
	return words(await ask(server, name, ["XINFO", "STREAM", key, "FULL", "COUNT", "0"]), uncarried[carrier]);
}

/** The reply to a command in the database that the name of the state tells. */
async function ask(server: DataHolder, name: string, command: readonly string[]): Promise<Reply> {
	const database = /^db (\d+)/.exec(name)![1]!;
	const frames = await server.pipeline([["SELECT", database], command]);
	return frames[1]!.tree();
}

/** A reply as text, without the fields named, and without what follows their names. */
export function words({ items, text }: Reply, without: readonly string[]): string {
	if (items.length === 0) return quote(text);
	const isLeft = (index: number) => without.includes(items[index]?.text ?? "");
	return `(${items
		.filter((_, index) => !isLeft(index) && !isLeft(index - 1))
		.map((item) => words(item, without))
		.join(" ")})`;
}
