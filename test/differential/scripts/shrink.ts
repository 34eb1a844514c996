/** A script that two servers answer differently, made smaller for as long as they do. */
import { quote } from "../../support/quoting.ts";
import type { WireConnection } from "../../support/wire.ts";
import { prelude } from "./lua-text.ts";

export interface Smaller {
	readonly args: readonly string[];
	/** As the reference and the subject answer. */
	readonly replies: readonly [string, string];
}

const tries = 300;

/** Asks both servers, empty each time; null where they then agree. */
export async function shrinkScript(
	reference: WireConnection,
	subject: WireConnection,
	args: readonly string[],
	protocol: number,
): Promise<Smaller | null> {
	const ask = async (connection: WireConnection, words: readonly string[]): Promise<string> => {
		await connection.command("HELLO", String(protocol));
		await connection.command("FLUSHALL");
		const text = (await connection.command(...words)).text();
		return text.replaceAll(/[0-9a-f]{40}/g, "(sha)");
	};
	const differ = async (words: readonly string[]): Promise<Smaller | null> => {
		const [left, right] = await Promise.all([ask(reference, words), ask(subject, words)]);
		return left === right ? null : { args: words, replies: [quote(left), quote(right)] };
	};
	let best = await differ(args);
	if (best === null) return null;
	let left = tries;
	for (let isSmaller = true; isSmaller && left > 0; ) {
		isSmaller = false;
		for (const candidate of candidates(best.args)) {
			if (left-- === 0) break;
			// An error without a text ends redis-server.
			if (textCount(candidate) !== textCount(args)) continue;
			const found = await differ(candidate);
			if (found === null) continue;
			best = found;
			isSmaller = true;
			break;
		}
	}
	return best;
}

const textCount = (args: readonly string[]): number => args[1]!.split("err=").length;

/** The words without one of those at the end, without a line of the script, without a pair of brackets within. */
function* candidates(args: readonly string[]): Generator<string[]> {
	const [name = "", script = "", ...rest] = args;
	if (rest.length > 1 && rest[0] === "0") yield [name, script, ...rest.slice(0, -1)];
	const head = script.startsWith(prelude) ? prelude : "";
	const body = script.slice(head.length);
	if (head !== "") yield [name, body, ...rest];
	const lines = body.split("\n");
	for (let i = 0; i < lines.length && lines.length > 1; i++) {
		yield [name, head + lines.filter((_, line) => line !== i).join("\n"), ...rest];
	}
	for (const match of body.matchAll(/[{(,][^{}(),]*(?=[,})])/g)) {
		const keep = match[0][0] === "," ? "" : match[0][0]!;
		if (match[0].length > keep.length) {
			yield [name, head + body.slice(0, match.index) + keep + body.slice(match.index + match[0].length), ...rest];
		}
	}
}
