import { describe, expect, test } from "bun:test";
import { parseReply, type Reply } from "../../support/reply.ts";
import { Session } from "../../support/session.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	machine.start(`enable-debug-command yes\n${directives}`);
	return { machine, a: new Session(machine), b: new Session(machine) };
}

interface Entry {
	readonly id: number;
	readonly amount: number;
	readonly words: readonly string[];
	readonly address: string;
	readonly name: string;
}

function entries(client: Session, ...words: string[]): Entry[] {
	const reply = parseReply(Buffer.from(client.run(...words), "latin1"));
	return reply.items.map(({ items }: Reply) => ({
		id: Number(items[0]!.text),
		amount: Number(items[2]!.text),
		words: items[3]!.items.map(({ text }) => text),
		address: items[4]!.text,
		name: items[5]!.text,
	}));
}

function slow(client: Session, count = "-1"): string[] {
	return entries(client, "SLOWLOG", "GET", count).map(({ words }) => words.join(" "));
}

describe("SLOWLOG", () => {
	test("has what took longer than the threshold, the newest first, with the client", () => {
		const { a } = started();
		a.run("CLIENT", "SETNAME", "anna");
		a.run("DEBUG", "SLEEP", "0.009");
		expect(slow(a)).toEqual([]);
		a.run("DEBUG", "SLEEP", "0.010");
		a.run("debug", "sleep", "2");
		expect(entries(a, "SLOWLOG", "GET")).toEqual([
			{ id: 1, amount: 2_000_000, words: ["debug", "sleep", "2"], address: a.client.address(), name: "anna" },
			{ id: 0, amount: 10_000, words: ["DEBUG", "SLEEP", "0.010"], address: a.client.address(), name: "anna" },
		]);
		expect(a.run("SLOWLOG", "LEN")).toBe(":2\r\n");
		expect(slow(a, "1")).toEqual(["debug sleep 2"]);
		expect(slow(a, "0")).toEqual([]);
		expect(a.run("SLOWLOG", "RESET")).toBe("+OK\r\n");
		expect(a.run("SLOWLOG", "LEN")).toBe(":0\r\n");
		a.run("DEBUG", "SLEEP", "1");
		expect(entries(a, "SLOWLOG", "GET")[0]!.id).toBe(2);
	});

	test("shows ten at first, and keeps as many as is configured", () => {
		const { a } = started("slowlog-max-len 12\nslowlog-log-slower-than 0");
		for (let i = 0; i < 20; i++) a.run("ECHO", String(i));
		expect(entries(a, "SLOWLOG", "GET")).toHaveLength(10);
		expect(a.run("SLOWLOG", "LEN")).toBe(":12\r\n");
		a.run("CONFIG", "SET", "slowlog-max-len", "3");
		expect(slow(a)).toEqual(["CONFIG SET slowlog-max-len 3", "SLOWLOG LEN", "SLOWLOG GET"]);
		a.run("CONFIG", "SET", "slowlog-max-len", "0");
		expect(slow(a)).toEqual([]);
		a.run("CONFIG", "SET", "slowlog-max-len", "5");
		expect(slow(a)).toEqual(["CONFIG SET slowlog-max-len 5"]);
		a.run("CONFIG", "SET", "slowlog-log-slower-than", "-1");
		a.run("DEBUG", "SLEEP", "1");
		expect(slow(a)).not.toContain("DEBUG SLEEP 1");
	});

	test("cuts what is long", () => {
		const { a } = started("slowlog-log-slower-than 0");
		a.run("ECHO", "x".repeat(128));
		a.run("ECHO", "x".repeat(130));
		a.run("SADD", "s", ...Array.from({ length: 30 }, (_, i) => String(i)));
		a.run("SADD", "s", ...Array.from({ length: 40 }, (_, i) => String(i)));
		const [long, fits, cut, whole] = entries(a, "SLOWLOG", "GET");
		expect(whole!.words[1]).toBe("x".repeat(128));
		expect(cut!.words[1]).toBe(`${"x".repeat(128)}... (2 more bytes)`);
		expect(fits!.words).toHaveLength(32);
		expect(fits!.words[31]).toBe("29");
		expect(long!.words).toHaveLength(32);
		expect(long!.words[31]).toBe("... (11 more arguments)");
	});

	test("has the commands of a transaction, not EXEC", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("GET", "x");
		a.run("DEBUG", "SLEEP", "0.5");
		a.run("GET", "y");
		a.run("EXEC");
		expect(slow(a)).toEqual(["DEBUG SLEEP 0.5"]);
		a.run("CONFIG", "SET", "slowlog-log-slower-than", "0");
		a.run("SLOWLOG", "RESET");
		a.run("MULTI");
		a.run("GET", "x");
		a.run("GET", "y");
		a.run("EXEC");
		expect(slow(a)).toEqual(["GET y", "GET x", "MULTI", "SLOWLOG RESET"]);
	});

	test("has every command of a pipeline where the threshold is small", () => {
		const { a } = started("slowlog-log-slower-than 0");
		a.pipeline("SET k 1\r\nSET k 2\r\nGET k\r\nGET k\r\nPING\r\nNOSUCH\r\nGET\r\n");
		expect(slow(a)).toEqual(["PING", "GET k", "GET k", "SET k 2", "SET k 1"]);
	});

	test("has a command that waited once it is served, behind the one that served it", () => {
		const { a, b } = started("slowlog-log-slower-than 0");
		b.run("BLPOP", "list", "0");
		expect(slow(a)).toEqual([]);
		a.run("RPUSH", "list", "x");
		expect(slow(a)).toEqual(["BLPOP list 0", "RPUSH list x", "SLOWLOG GET -1"]);
	});

	test("shows no passwords", () => {
		const { a } = started("slowlog-log-slower-than 0");
		const secret = [
			["AUTH", "secret"],
			["AUTH", "secret", "secret"],
			["HELLO", "2", "SETNAME", "n", "AUTH", "secret", "secret"],
			["HELLO", "9", "AUTH", "secret", "secret"],
			["CONFIG", "SET", "maxclients", "100", "masterauth", "secret", "REQUIREPASS", ""],
			["MIGRATE", "127.0.0.1", "1", "k", "0", "1", "AUTH", "secret"],
			["MIGRATE", "127.0.0.1", "1", "", "0", "1", "COPY", "AUTH2", "secret", "secret", "KEYS", "auth", "shown"],
			["ACL", "SETUSER", "secret", "on", ">secret"],
			["ACL", "GETUSER", "secret"],
			["ACL", "DELUSER", "secret"],
		];
		for (const words of secret) a.run(...words);
		const shown = slow(a).join("\n");
		expect(shown).not.toContain("secret");
		expect(shown.match(/\(redacted\)/g)).toHaveLength(1 + 2 + 2 + 2 + 2 + 1 + 2 + 3 + 1 + 1);
		expect(shown).toContain("CONFIG SET maxclients 100 masterauth (redacted) REQUIREPASS (redacted)");
		expect(shown).toContain("AUTH2 (redacted) (redacted) KEYS auth shown");
	});

	test("refuses what it does not understand", () => {
		const { a } = started();
		const count = "-ERR count should be greater than or equal to -1\r\n";
		for (const word of ["-2", "x", "9223372036854775808"]) expect(a.run("SLOWLOG", "GET", word)).toBe(count);
		expect(a.run("SLOWLOG", "GET", "9223372036854775807")).toBe("*0\r\n");
		expect(a.run("SLOWLOG", "GET", "1", "2")).toBe(
			"-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.\r\n",
		);
	});
});

describe("COMMANDLOG", () => {
	test("has requests and replies by their size", () => {
		const { a } = started();
		a.run("SET", "k", "x".repeat(1000));
		a.run("CONFIG", "SET", "commandlog-request-larger-than", "1000", "commandlog-reply-larger-than", "1000");
		const request = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n${"x".repeat(1000)}\r\n`;
		a.pipeline(`${request}GET k\r\nPING\r\n`);
		const [large] = entries(a, "COMMANDLOG", "GET", "-1", "large-request");
		expect([large!.amount, large!.words[1]]).toEqual([request.length, "k"]);
		const reply = { id: 0, amount: 1009, words: ["GET", "k"], address: a.client.address(), name: "" };
		expect(entries(a, "COMMANDLOG", "GET", "5", "LARGE-REPLY")).toEqual([reply]);
		expect(a.run("COMMANDLOG", "LEN", "large-request")).toBe(":1\r\n");
		expect(a.run("COMMANDLOG", "RESET", "large-request")).toBe("+OK\r\n");
		expect(a.run("COMMANDLOG", "LEN", "large-request")).toBe(":0\r\n");
		expect(a.run("COMMANDLOG", "LEN", "large-reply")).toBe(":1\r\n");
		expect(a.run("COMMANDLOG", "LEN", "slow")).toBe(":0\r\n");
	});

	test("has what is larger than a megabyte without being asked, also amid short commands", () => {
		const { a } = started();
		const large = "x".repeat(1 << 20);
		const get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
		a.pipeline(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${large.length}\r\n${large}\r\n`);
		a.pipeline(`${get.replace("k", "a").repeat(20)}${get}${get.replace("k", "b").repeat(20)}`);
		const replies = entries(a, "COMMANDLOG", "GET", "-1", "large-reply");
		expect(replies.map(({ words }) => words.join(" "))).toEqual(["GET k"]);
		expect(entries(a, "COMMANDLOG", "GET", "-1", "large-request")).toHaveLength(1);
	});

	test("is the slow log, too, under the names of Valkey's directives", () => {
		const { a } = started("commandlog-execution-slower-than 5000\ncommandlog-slow-execution-max-len 2");
		for (let i = 0; i < 3; i++) a.run("DEBUG", "SLEEP", "0.005");
		expect(slow(a)).toHaveLength(2);
		expect(entries(a, "COMMANDLOG", "GET", "-1", "slow")).toHaveLength(2);
		a.run("COMMANDLOG", "RESET", "slow");
		expect(slow(a)).toEqual([]);
	});

	test("refuses logs that there are not", () => {
		const { a } = started();
		const error = "-ERR type should be one of the following: slow, large-request, large-reply\r\n";
		expect(a.run("COMMANDLOG", "LEN", "x")).toBe(error);
		expect(a.run("COMMANDLOG", "RESET", "x")).toBe(error);
		expect(a.run("COMMANDLOG", "GET", "1", "x")).toBe(error);
		expect(a.run("COMMANDLOG", "GET", "-2", "x")).toBe("-ERR count should be greater than or equal to -1\r\n");
	});
});
