/**
 * COMMAND of a whole server beside a genuine one: which commands there are, by every filter, and the keys of random words.
 * What INFO and DOCS say of each is compared in test/dispatch/describe.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { describeCommand } from "../support/quoting.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { commandText, toBytes, WireConnection } from "../support/wire.ts";
import { Source } from "./source.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of COMMAND skipped: ${missing}`);

/** Commands that came later than the reference, or are Valkey's. */
const newer: ReadonlySet<string> = new Set([
	..."client|no-touch client|setinfo waitaof".split(" "),
	..."hexpire hpexpire hexpireat hpexpireat httl hpttl hexpiretime hpexpiretime hpersist".split(" "),
	..."hgetdel hgetex hsetex".split(" "),
	"script|show",
	..."commandlog commandlog|get commandlog|help commandlog|len commandlog|reset".split(" "),
]);

/**
 * COMMAND, ZRANK and ZREVRANK have another grammar since 7.2. Of a BITFIELD that cannot be read Redis expects that it might
 * write, which it will not.
 */
const otherGrammar: ReadonlySet<string> = new Set(["command", "zrank", "zrevrank", "bitfield"]);

describe.skipIf(missing !== undefined)("COMMAND", () => {
	let reference: RedisServer;
	let subject: Subject;
	let theirs: WireConnection;
	let ours: WireConnection;
	/** Those that the reference has and we do not. */
	let absent: ReadonlySet<string>;

	beforeAll(async () => {
		reference = await RedisServer.start();
		subject = await startSubject();
		theirs = await WireConnection.connect(reference);
		ours = await WireConnection.connect(subject);
		const known = new Set(await list(ours, "PATTERN", "*"));
		absent = new Set((await list(theirs, "PATTERN", "*")).filter((name) => !known.has(name)));
	});
	afterAll(async () => {
		theirs.close();
		ours.close();
		await subject.stop();
		await reference.stop();
	});

	async function list(connection: WireConnection, ...filter: string[]): Promise<string[]> {
		const words = filter.length === 0 ? [] : ["FILTERBY", ...filter];
		const reply = (await connection.command("COMMAND", "LIST", ...words)).tree();
		return reply.items.map(({ text }) => text).sort();
	}

	test("LIST lacks what docs/compatibility.md says, and no more", () => {
		const page = readFileSync(new URL("../../docs/compatibility.md", import.meta.url), "utf8");
		const section = page.slice(page.indexOf("## Not there yet"));
		const told = new Set([...section.matchAll(/`([A-Z][A-Z_ -]+)`/g)].map(([, name]) => name!.toLowerCase()));
		const tops = [...absent].filter((name) => !name.includes("|") || !absent.has(name.split("|")[0]!));
		expect(tops.map((name) => name.replace("|", " ")).sort()).toEqual([...told].sort());
	});

	test("LIST and COUNT tell the same, whatever is filtered", async () => {
		const categories = (await theirs.command("ACL", "CAT")).tree().items.map(({ text }) => text);
		const patterns = ["*", "x*", "*pop*", "*|*", "[bc]*", "nosuch", ""];
		const filters = [
			[],
			...patterns.map((pattern) => ["PATTERN", pattern]),
			...categories.map((category) => ["ACLCAT", category]),
			["ACLCAT", "nosuch"],
			["MODULE", "x"],
		];
		for (const filter of filters) {
			const expected = (await list(theirs, ...filter)).filter((name) => !absent.has(name));
			const actual = (await list(ours, ...filter)).filter((name) => !newer.has(name));
			expect({ filter, names: actual }).toEqual({ filter, names: expected });
		}
		const count = (await ours.command("COMMAND", "COUNT")).text();
		const tops = (await list(ours)).filter((name) => !name.includes("|"));
		expect(count).toBe(`:${tops.length}\r\n`);
	});

	test("GETKEYS and GETKEYSANDFLAGS of random words", async () => {
		const source = new Source(1, 2);
		const names = (await list(theirs, "PATTERN", "*")).filter((name) => !absent.has(name));
		const tops = names.filter((name) => !otherGrammar.has(name.split("|")[0]!));
		const keywords =
			"STREAMS STORE STOREDIST KEYS BY GET WEIGHTS LIMIT COUNT AUTH AUTH2 COPY REPLACE GROUP LEFT SET".split(" ");
		const word = () =>
			source.choose([source.choose(["0", "1", "2", "3", "-1"]), source.choose(keywords), "a", "b", "c"]);
		const batch = 100;
		let withKeys = 0;
		for (let round = 0; round < 120; round++) {
			const questions = Array.from({ length: batch }, () => {
				const verb = source.choose(["GETKEYS", "GETKEYSANDFLAGS"]);
				return ["COMMAND", verb, ...source.choose(tops).split("|"), ...source.several(1, 7, word)];
			});
			const bytes = toBytes(questions.map(commandText).join(""));
			for (const connection of [theirs, ours]) connection.send(bytes);
			const [expected, actual] = await Promise.all([theirs.receive(batch), ours.receive(batch)]);
			for (const [i, question] of questions.entries()) {
				const what = describeCommand(question);
				expect(`${what} ${actual[i]!.text()}`).toBe(`${what} ${expected[i]!.text()}`);
				if (expected[i]!.text().startsWith("*")) withKeys++;
			}
		}
		expect(withKeys).toBeGreaterThan(1000);
	}, 30_000);
});
