/**
 * COMMAND INFO and COMMAND DOCS of every command we have, beside a genuine redis-server: same shape, same values, in RESP2
 * and RESP3. What differs on purpose is listed here, with the reason.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { commandRows } from "../support/command-rows.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { latin1, type Reply } from "../support/reply.ts";
import { ServerFixture } from "../support/server-fixture.ts";
import { WireConnection } from "../support/wire.ts";

const ports = { first: 7533, last: 7539 };

/** Wording is our own, so only that it is there counts. */
const WORDINGS = new Set(["summary", "complexity", "replaced_by"]);
/** Redis 7.2 has display_text, the reference not yet; notes are for people, and rows need not have any. */
const LEFT_OUT = new Set(["display_text", "notes"]);
/** Descriptions that differ as a whole, for a reason. */
const different: ReadonlyMap<string, string> = new Map([
	["INFO command|getkeys", "7.2: a command without arguments is accepted"],
	["DOCS command|getkeys", "7.2: documents its arguments"],
	["INFO command|getkeysandflags", "7.2: a command without arguments is accepted"],
	["DOCS command|getkeysandflags", "7.2: documents its arguments"],
	["INFO zrank", "7.2: WITHSCORE"],
	["DOCS zrank", "7.2: WITHSCORE"],
	["INFO zrevrank", "7.2: WITHSCORE"],
	["DOCS zrevrank", "7.2: WITHSCORE"],
	["DOCS hscan", "7.4: NOVALUES"],
	["DOCS function|flush", "7.2: another name for the choice"],
	["DOCS script|flush", "7.2: another name for the choice"],
	["DOCS migrate", "7.2: the empty key is a token"],
]);
/** Commands that came with 7.2, those of 7.4 and 8.0 that hashes have, and one of Valkey 8. */
const newCommands: ReadonlySet<string> = new Set([
	..."client|no-touch client|setinfo waitaof".split(" "),
	..."hexpire hpexpire hexpireat hpexpireat httl hpttl hexpiretime hpexpiretime hpersist".split(" "),
	..."hgetdel hgetex hsetex".split(" "),
	"script|show",
]);

const ours = new ServerFixture(withoutServerGroup());
const names = [...ours.table.all()].map((command) => command.fullName);

function withoutServerGroup() {
	return commandRows().filter((row) => row.group !== "server");
}

describe.if(hasRedisServer())("described as redis-server describes it", () => {
	let server: RedisServer;
	let theirs: WireConnection;

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		theirs = await WireConnection.connect(server);
	});
	afterAll(async () => {
		theirs.close();
		await server.stop();
	});

	for (const protocol of [2, 3] as const) {
		for (const question of ["INFO", "DOCS"]) {
			test(`COMMAND ${question} in RESP${protocol}`, async () => {
				await theirs.command("HELLO", String(protocol));
				ours.protocol = protocol;
				const seen: Record<string, Reply> = {};
				const wanted: Record<string, Reply> = {};
				for (const name of names) {
					if (different.has(`${question} ${name}`)) continue;
					const reply = await theirs.command("COMMAND", question, name);
					if (newCommands.has(name)) {
						expect(isUnknown(reply.tree())).toBe(true);
						continue;
					}
					wanted[name] = withoutWordings(reply.tree());
					seen[name] = withoutWordings(ours.ask("COMMAND", question, name));
				}
				expect(seen).toEqual(wanted);
			});
		}
	}

	test("what is listed as different is different", async () => {
		await theirs.command("HELLO", "3");
		ours.protocol = 3;
		for (const key of different.keys()) {
			const [question, name] = key.split(" ") as [string, string];
			const reply = await theirs.command("COMMAND", question, name);
			expect(withoutWordings(ours.ask("COMMAND", question, name))).not.toEqual(withoutWordings(reply.tree()));
		}
	});
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

test("every command of the table is described", () => {
	expect(names.length).toBeGreaterThan(30);
	ours.protocol = 3;
	const described = ours.ask("COMMAND").items.flatMap((item) => [item, ...item.items[9]!.items]);
	expect(described.map((item) => item.items[0]!.text)).toEqual(names);
	const documented = ours.ask("COMMAND", "DOCS").items;
	expect(documented.length).toBe(2 * ours.table.commands.length);
});

test("RESP3 and RESP2 say the same", () => {
	const told = ([2, 3] as const).map((protocol) => {
		ours.protocol = protocol;
		return [flat(ours.ask("COMMAND")), flat(ours.ask("COMMAND", "DOCS"))];
	});
	expect(told[0]).toEqual(told[1]!);
});

test("arguments of our commands have a text to display, but for choices and blocks", () => {
	ours.protocol = 3;
	const docs = pairs(ours.ask("COMMAND", "DOCS", "set").items[1]!);
	const shown = docs
		.get("arguments")!
		.items.map((item) => [pairs(item).get("name")!.text, pairs(item).get("display_text")?.text]);
	expect(shown).toContainEqual(["value", "value"]);
	expect(shown).toContainEqual(["condition", undefined]);
});

/** The values of a reply without what kinds they have: a map in RESP2 is an array. */
function flat(reply: Reply): unknown {
	if (reply.kind === "null") return null;
	return reply.items.length > 0 || ["array", "map", "set"].includes(reply.kind) ? reply.items.map(flat) : reply.text;
}

function pairs(map: Reply): Map<string, Reply> {
	const found = new Map<string, Reply>();
	for (let i = 0; i < map.items.length; i += 2) found.set(map.items[i]!.text, map.items[i + 1]!);
	return found;
}

function isUnknown(reply: Reply): boolean {
	return reply.items.length === 0 || reply.items[0]!.kind === "null";
}

/**
 * The tree with each wording emptied and later fields left out. Subcommands of a container become the sorted list of those
 * both can have; each is compared by itself.
 */
function withoutWordings(reply: Reply): Reply {
	const items: Reply[] = [];
	for (let i = 0; i < reply.items.length; i++) {
		const item = reply.items[i]!;
		const next = reply.items[i + 1];
		if (item.kind === "bulk" && LEFT_OUT.has(item.text)) i++;
		else if (item.kind === "bulk" && WORDINGS.has(item.text) && next?.kind === "bulk") {
			items.push(item, { ...next, text: "" });
			i++;
		} else if (item.kind === "bulk" && item.text === "history" && next !== undefined) {
			const versions = next.items.map(versionOf).filter((version) => !isNew(version.items[0]!));
			if (versions.length > 0) items.push(item, { ...next, items: versions });
			i++;
		} else if (item.kind === "bulk" && item.text === "subcommands") i++;
		else items.push(withoutWordings(item));
	}
	// An item of COMMAND INFO ends with its subcommands.
	if (isInfoItem(reply)) items[9] = { ...items[9]!, items: [] };
	return { ...reply, items };
}

function isInfoItem({ kind, items }: Reply): boolean {
	return kind === "array" && items.length === 10 && items[1]!.kind === "integer";
}

/** Came with the release after the reference's. */
function isNew(version: Reply): boolean {
	return version.text.startsWith("7.2.");
}

/** Of a pair of version and change. */
function versionOf(pair: Reply): Reply {
	return { ...pair, items: [pair.items[0]!] };
}

test("the reference would notice a difference", () => {
	ours.protocol = 3;
	const set = withoutWordings(ours.ask("COMMAND", "INFO", "set"));
	const get = withoutWordings(ours.ask("COMMAND", "INFO", "get"));
	expect(set).not.toEqual(get);
	expect(latin1(Buffer.from(JSON.stringify(set)))).toContain("variable_flags");
});
