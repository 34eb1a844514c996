/**
 * The full state of a server as lines of text: every key of every database with type, encoding, value and deadline.
 *
 * Invariant: two servers hold the same data exactly when their lines agree, deadlines apart, which may lie a few
 * seconds from each other because the same relative deadline reaches the servers at different moments.
 */
import { quote } from "../support/quoting.ts";
import type { Reply } from "../support/reply.ts";
import { commandText, type Frame, toBytes, type WireConnection } from "../support/wire.ts";
import { print } from "./compare.ts";
import { withoutTimes } from "./stream-reply.ts";

export interface KeyState {
	readonly key: string;
	readonly type: string;
	readonly encoding: string;
	readonly value: string;
	/** Milliseconds since the epoch, or -1 without a deadline. */
	readonly expiresAt_ms: number;
}

export interface StateDifference {
	readonly key: string;
	readonly description: string;
}

const databases = 16;
const tolerance_ms = 5000;

/** How a value of each type is read whole; the order of members counts where `ordered`. */
const readers: ReadonlyMap<string, { readonly command: (key: string) => string[]; readonly ordered: boolean }> =
	new Map([
		["string", { command: (key: string) => ["GET", key], ordered: true }],
		["list", { command: (key: string) => ["LRANGE", key, "0", "-1"], ordered: true }],
		["hash", { command: (key: string) => ["HGETALL", key], ordered: false }],
		["set", { command: (key: string) => ["SMEMBERS", key], ordered: false }],
		["zset", { command: (key: string) => ["ZRANGE", key, "0", "-1", "WITHSCORES"], ordered: true }],
		["stream", { command: (key: string) => ["XINFO", "STREAM", key, "FULL", "COUNT", "0"], ordered: true }],
	]);

/** The connection must speak RESP2. */
export async function readState(connection: WireConnection): Promise<Map<string, KeyState>> {
	const state = new Map<string, KeyState>();
	for (let database = 0; database < databases; database++) {
		const [, keysReply] = await pipeline(connection, [
			["SELECT", String(database)],
			["KEYS", "*"],
		]);
		const keys = keysReply!.tree().items.map((item) => item.text);
		const facts = await pipeline(
			connection,
			keys.flatMap((key) => [
				["TYPE", key],
				["OBJECT", "ENCODING", key],
				["PEXPIRETIME", key],
			]),
		);
		const types = keys.map((_, index) => facts[3 * index]!.tree().text);
		const values = await pipeline(
			connection,
			keys.map((key, index) => readers.get(types[index]!)?.command(key) ?? ["TYPE", key]),
		);
		keys.forEach((key, index) => {
			const type = types[index]!;
			state.set(`db ${database} key ${quote(key)}`, {
				key,
				type,
				encoding: facts[3 * index + 1]!.tree().text,
				value: printValue(type, values[index]!.tree()),
				expiresAt_ms: Number(facts[3 * index + 2]!.tree().text),
			});
		});
	}
	return state;
}

export function compareStates(expected: Map<string, KeyState>, actual: Map<string, KeyState>): StateDifference[] {
	const differences: StateDifference[] = [];
	for (const [name, left] of expected) {
		const right = actual.get(name);
		const description = right === undefined ? "missing in the subject" : difference(left, right);
		if (description !== "") differences.push({ key: left.key, description: `${name}: ${description}` });
	}
	for (const [name, right] of actual) {
		if (!expected.has(name)) differences.push({ key: right.key, description: `${name}: only in the subject` });
	}
	return differences;
}

function difference(left: KeyState, right: KeyState): string {
	const isSame =
		left.type === right.type && left.value === right.value && sameEncoding(left.type, left.encoding, right.encoding);
	if (!isSame) return `\n    expected ${describe(left)}\n    actual   ${describe(right)}`;
	if (sameDeadline(left.expiresAt_ms, right.expiresAt_ms)) return "";
	return `expires at ${left.expiresAt_ms} in the reference, ${right.expiresAt_ms} in the subject`;
}

/** As 7.0 and 7.2 differ: small lists, and small sets of other members than integers, are listpacks since. */
function sameEncoding(type: string, expected: string, actual: string): boolean {
	if (expected === actual) return true;
	return actual === "listpack" && expected === { list: "quicklist", set: "hashtable" }[type];
}

const describe = ({ type, encoding, value }: KeyState): string => cut(`${type} ${encoding} ${value}`);

function sameDeadline(left_ms: number, right_ms: number): boolean {
	if (left_ms < 0 || right_ms < 0) return left_ms === right_ms;
	return Math.abs(left_ms - right_ms) <= tolerance_ms;
}

function printValue(type: string, value: Reply): string {
	if (type === "stream") return print(withoutTimes(value));
	if (type === "hash") return print(value, 0, 2);
	if (type === "zset") return print(withPlainScores(value));
	return readers.get(type)?.ordered === false ? print(value, 0) : print(value);
}

/** Scores, which follow their members, in one way: before 7.2 they have 17 digits. */
function withPlainScores(value: Reply): Reply {
	const plain = (score: Reply): Reply => ({
		...score,
		text: score.text.replace(/^-?\d.*$/, (text) => `${Number(text)}`),
	});
	return { ...value, items: value.items.map((item, index) => (index % 2 === 0 ? item : plain(item))) };
}

const cut = (line: string): string => (line.length <= 300 ? line : `${line.slice(0, 300)}…(${line.length} characters)`);

async function pipeline(connection: WireConnection, commands: readonly (readonly string[])[]): Promise<Frame[]> {
	connection.send(toBytes(commands.map(commandText).join("")));
	const frames = await connection.receive(commands.length);
	if (frames.length < commands.length) throw new Error(`the state cannot be read: ${connection.condition()}`);
	return frames;
}
