/** The subcommands of ACL: replies in both protocols, and their errors. What rules do is in test/acl. */
import { describe, expect, test } from "bun:test";
import { CATEGORIES } from "../../src/dispatch/categories.ts";
import { parseReply, type Reply } from "../support/reply.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const client = machine.network.connect(6379);
	const ask = (...words: string[]): Reply => parseReply(Buffer.from(client.run(...words), "latin1"));
	return { machine, server, client, ask };
}

const textsOf = (reply: Reply): string[] => reply.items.map(({ text }) => text);
const OK = "+OK\r\n";

describe("ACL SETUSER and what shows it", () => {
	test("LIST and USERS are in the order of the names' bytes", () => {
		const { client, ask } = started();
		for (const name of ["b", "a", "B", "\xe4", "aa"]) expect(client.run("ACL", "SETUSER", name)).toBe(OK);
		expect(textsOf(ask("ACL", "USERS"))).toEqual(["B", "a", "aa", "b", "default", "\xe4"]);
		expect(textsOf(ask("ACL", "LIST"))[4]).toBe("user default on nopass sanitize-payload ~* &* +@all");
		expect(textsOf(ask("ACL", "LIST"))[5]).toBe("user \xe4 off sanitize-payload resetchannels -@all");
	});

	test("GETUSER tells each part, selectors by themselves", () => {
		const { client } = started();
		client.run("ACL", "SETUSER", "u", "on", ">x", "~a", "%R~b", "&c", "+get", "-set", "(+del ~d)");
		const hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
		const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
		const rules = ["commands", "-@all +get -set", "keys", "~a %R~b", "channels", "&c"].map(bulk).join("");
		const selector = ["commands", "-@all +del", "keys", "~d", "channels", ""].map(bulk).join("");
		const expected = (set: string, map: (pairs: number) => string) =>
			`${map(6)}${bulk("flags")}${set}2\r\n${bulk("on")}${bulk("sanitize-payload")}${bulk("passwords")}*1\r\n${bulk(hash)}` +
			`${rules}${bulk("selectors")}*1\r\n${map(3)}${selector}`;
		expect(client.run("ACL", "GETUSER", "u")).toBe(expected("*", (pairs) => `*${2 * pairs}\r\n`));
		client.run("HELLO", 3);
		expect(client.run("ACL", "GETUSER", "u")).toBe(expected("~", (pairs) => `%${pairs}\r\n`));
		expect(client.run("ACL", "GETUSER", "nobody")).toBe("_\r\n");
	});

	test("names have no blanks and no zero bytes", () => {
		const { client } = started();
		for (const name of ["a b", "\t", "a\0", "a\n"]) {
			expect(client.run("ACL", "SETUSER", name, "on")).toBe(
				"-ERR Usernames can't contain spaces or null characters\r\n",
			);
		}
		expect(client.run("ACL", "SETUSER", "")).toBe(OK);
	});

	test("all rules are applied, or none", () => {
		const { client, ask } = started();
		client.run("ACL", "SETUSER", "u", "+get");
		expect(client.run("ACL", "SETUSER", "u", "+set", "foo")).toBe(
			"-ERR Error in ACL SETUSER modifier 'foo': Syntax error\r\n",
		);
		expect(client.run("ACL", "SETUSER", "v", "foo")).toStartWith("-ERR");
		expect(textsOf(ask("ACL", "LIST"))).toEqual([
			"user default on nopass sanitize-payload ~* &* +@all",
			"user u off sanitize-payload resetchannels -@all +get",
		]);
	});
});

describe("ACL DRYRUN", () => {
	const { client } = started();
	client.run("ACL", "SETUSER", "u", "+get", "~a", "+publish", "&c", "+config|get");
	const ask = (...words: string[]) => client.run("ACL", "DRYRUN", ...words).replace(/^\$\d+\r\n/, "");

	test("answers OK, or why not", () => {
		expect(ask("u", "GET", "a")).toBe(OK);
		expect(ask("u", "get", "b")).toBe("User u has no permissions to access the 'b' key\r\n");
		expect(ask("u", "PUBLISH", "d", "x")).toBe("User u has no permissions to access the 'd' channel\r\n");
		expect(ask("u", "SET", "a", "x")).toBe("User u has no permissions to run the 'set' command\r\n");
		expect(ask("u", "CONFIG", "GET", "x")).toBe(OK);
		expect(ask("u", "CONFIG", "SET", "x", "y")).toBe("User u has no permissions to run the 'config|set' command\r\n");
		expect(ask("u", "AUTH", "x")).toBe(OK);
		expect(ask("default", "FLUSHALL")).toBe(OK);
	});

	test("of what does not exist, or has too few words", () => {
		expect(ask("v", "GET", "a")).toBe("-ERR User 'v' not found\r\n");
		expect(ask("u", "NOSUCH", "a")).toBe("-ERR Command 'NOSUCH' not found\r\n");
		expect(ask("u", "CONFIG", "NOSUCH")).toBe("-ERR Command 'CONFIG' not found\r\n");
		expect(ask("u", "CONFIG")).toBe("-ERR wrong number of arguments for 'config' command\r\n");
		expect(ask("u", "GET")).toBe("-ERR wrong number of arguments for 'get' command\r\n");
	});

	test("runs nothing and logs nothing", () => {
		expect(ask("default", "SET", "k", "x")).toBe(OK);
		expect(client.run("EXISTS", "k")).toBe(":0\r\n");
		expect(client.run("ACL", "LOG")).toBe("*0\r\n");
	});
});

describe("ACL CAT", () => {
	const { ask, client, server } = started();

	test("lists categories, and the commands of one", () => {
		expect(textsOf(ask("ACL", "CAT"))).toEqual([...CATEGORIES]);
		expect(textsOf(ask("ACL", "CAT", "TRANSACTION")).sort()).toEqual(["discard", "exec", "multi", "unwatch", "watch"]);
		expect(textsOf(ask("ACL", "CAT", "admin"))).toContain("acl|setuser");
		const all = new Set(CATEGORIES.flatMap((category) => textsOf(ask("ACL", "CAT", category))));
		expect([...server.table.all()].filter(({ fullName }) => !all.has(fullName)).map((one) => one.fullName)).toEqual([]);
	});

	test("knows no others", () => {
		expect(client.run("ACL", "CAT", "no\r\nne")).toBe("-ERR Unknown category 'no  ne'\r\n");
		const syntax = "-ERR unknown subcommand or wrong number of arguments for 'cAt'. Try ACL HELP.\r\n";
		expect(client.run("ACL", "cAt", "read", "x")).toBe(syntax);
	});
});

describe("ACL GENPASS", () => {
	const { client } = started();
	const digits = (...bits: string[]) => /^\$(\d+)\r\n([0-9a-f]*)\r\n$/.exec(client.run("ACL", "GENPASS", ...bits))!;

	test("gives as many bits as are wanted, never the same", () => {
		expect(digits()[2]).toHaveLength(64);
		expect(["1", "4", "5", "8", "9", "4096"].map((bits) => digits(bits)[2]!.length)).toEqual([1, 1, 2, 2, 3, 1024]);
		expect(new Set(Array.from({ length: 100 }, () => digits("64")[2]))).toHaveProperty("size", 100);
	});

	test("and no other number", () => {
		const error =
			"-ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096\r\n";
		for (const bits of ["0", "-1", "4097", "99999999999999999999".slice(0, 18)]) {
			expect(client.run("ACL", "GENPASS", bits)).toBe(error);
		}
		expect(client.run("ACL", "GENPASS", "x")).toBe("-ERR value is not an integer or out of range\r\n");
	});
});

describe("ACL LOG", () => {
	function refused() {
		const { machine, server, client, ask } = started();
		client.run("ACL", "SETUSER", "u", "on", ">p", "+get", "~a", "+multi", "+exec", "+discard", "+subscribe", "+ping");
		const other = machine.network.connect(6379);
		other.run("AUTH", "u", "p");
		return { machine, server, client, ask, other };
	}
	const entry = (reply: Reply): Record<string, string> =>
		Object.fromEntries(
			reply.items.flatMap(({ text }, index) => (index % 2 === 0 ? [[text, reply.items[index + 1]!.text]] : [])),
		);

	test("tells who was refused what, and from where", () => {
		const { other, ask } = refused();
		other.run("GET", "b");
		other.run("SET", "a", "x");
		other.run("subscribe", "c");
		other.run("MULTI");
		other.run("DEL", "a");
		other.run("DISCARD");
		other.run("MULTI");
		other.run("aUTh", "u", "wrong");
		expect(other.run("EXEC")).toContain("-WRONGPASS");
		other.run("HELLO", "3", "AUTH", "v", "wrong");
		const entries = ask("ACL", "LOG").items.map(entry);
		expect(
			entries.map(({ reason, context, object, username }) => [reason, context, object, username].join(" ")),
		).toEqual([
			"auth toplevel HELLO v",
			"auth multi aUTh u",
			"command multi del u",
			"channel toplevel c u",
			"command toplevel set u",
			"key toplevel b u",
		]);
		expect(entries.map((one) => one["entry-id"])).toEqual(["5", "4", "3", "2", "1", "0"]);
		expect(Object.keys(entries[0]!)).toEqual([
			...["count", "reason", "context", "object", "username", "age-seconds", "client-info"],
			...["entry-id", "timestamp-created", "timestamp-last-updated"],
		]);
		expect(entries[5]!["client-info"]).toMatch(/^id=2 addr=.* cmd=get user=u redir=-1 resp=2 /);
	});

	test("tells the age, and adds up", () => {
		const { other, ask, machine } = refused();
		other.run("GET", "b");
		machine.time.advance(1500);
		other.run("GET", "b");
		machine.time.advance(250);
		const first = entry(ask("ACL", "LOG").items[0]!);
		expect(first).toMatchObject({ count: "2", "age-seconds": "0.25" });
		expect(Number(first["timestamp-last-updated"]) - Number(first["timestamp-created"])).toBe(1500);
	});

	test("of what was queued, at EXEC", () => {
		const { other, client, ask } = refused();
		other.run("MULTI");
		other.run("GET", "a");
		client.run("ACL", "SETUSER", "u", "-get");
		expect(other.run("EXEC")).toContain("-NOPERM ACLs rules changed");
		expect(entry(ask("ACL", "LOG").items[0]!)).toMatchObject({ context: "multi", object: "get", reason: "command" });
	});

	test("as many as are wanted, ten without a word; RESET forgets them", () => {
		const { other, client, ask } = refused();
		for (let i = 0; i < 15; i++) other.run("GET", `k${i}`);
		expect(ask("ACL", "LOG").items).toHaveLength(10);
		expect(ask("ACL", "LOG", "12").items).toHaveLength(12);
		expect(ask("ACL", "LOG", "9223372036854775807").items).toHaveLength(15);
		expect(ask("ACL", "LOG", "-1").items).toHaveLength(0);
		expect(client.run("ACL", "LOG", "x")).toBe("-ERR value is not an integer or out of range\r\n");
		const syntax = "-ERR unknown subcommand or wrong number of arguments for 'LOG'. Try ACL HELP.\r\n";
		expect(client.run("ACL", "LOG", "RESET", "x")).toBe(syntax);
		expect(client.run("ACL", "LOG", "reset")).toBe(OK);
		expect(client.run("ACL", "LOG")).toBe("*0\r\n");
	});

	test("no more than acllog-max-len; INFO counts on, CONFIG RESETSTAT or not", () => {
		const { other, client, ask } = refused();
		client.run("CONFIG", "SET", "acllog-max-len", "2");
		for (const key of ["b", "c", "d"]) other.run("GET", key);
		other.run("SET", "a", "x");
		other.run("SUBSCRIBE", "c");
		other.run("AUTH", "u", "no");
		expect(ask("ACL", "LOG").items).toHaveLength(2);
		client.run("CONFIG", "RESETSTAT");
		const counts =
			/acl_access_denied_auth:1\r\nacl_access_denied_cmd:1\r\nacl_access_denied_key:3\r\nacl_access_denied_channel:1/;
		expect(client.run("INFO", "stats")).toMatch(counts);
	});
});

test("ACL LOAD and SAVE need a file", () => {
	const { client } = started();
	for (const word of ["LOAD", "SAVE"]) {
		expect(client.run("ACL", word)).toStartWith("-ERR This Redis instance is not configured to use an ACL file.");
	}
});

test("ACL HELP names all subcommands", () => {
	const { ask, server } = started();
	const help = textsOf(ask("ACL", "HELP")).join("\n").toLowerCase();
	for (const name of server.table.named("acl")!.subcommands!.keys()) expect(help).toContain(`\n${name}`);
});
