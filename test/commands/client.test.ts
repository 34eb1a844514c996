/** CLIENT and its subcommands, with several connections where it takes several. */
import { beforeEach, describe, expect, test } from "bun:test";
import { type Session, TestHost } from "../support/connections.ts";
import { encodeCommand, toBytes } from "../support/wire.ts";

let host: TestHost;
let session: Session;
let other: Session;
const run = (...words: string[]) => host.ask(session, "CLIENT", ...words);
const notAnInteger = "-ERR value is not an integer or out of range\r\n";
const syntaxError = "-ERR syntax error\r\n";

beforeEach(() => {
	host = new TestHost();
	session = host.connect();
	other = host.connect();
});

const idOf = ({ connection }: Session) => String(connection.client.id);

/** Lines of a CLIENT LIST reply. */
function linesOf(reply: string): string[] {
	const body = /^\$\d+\r\n([\s\S]*)\r\n$/.exec(reply)?.[1];
	if (body === undefined) throw new Error(`no bulk string: ${reply}`);
	return body.split("\n").slice(0, -1);
}
const idsOf = (reply: string) => linesOf(reply).map((line) => /^id=(\d+) /.exec(line)?.[1]);

describe("CLIENT", () => {
	test("is nothing without a subcommand it knows", () => {
		expect(run()).toBe("-ERR wrong number of arguments for 'client' command\r\n");
		for (const name of ["FOO", "TRACKINGS", "no-such"]) {
			expect(run(name, "x")).toBe(`-ERR unknown subcommand '${name}'. Try CLIENT HELP.\r\n`);
		}
		expect(run("ID", "x")).toBe("-ERR wrong number of arguments for 'client|id' command\r\n");
	});

	test("HELP explains every subcommand", () => {
		const lines = run("HELP").split("\r\n").slice(1, -1);
		expect(lines[0]).toBe("+CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
		expect(lines.slice(-2)).toEqual(["+HELP", "+    Print this help."]);
		const explained = new Set(lines.map((line) => line.slice(1).split(" ")[0]));
		const client = host.executor.call.command.parent!;
		expect(client.fullName).toBe("client");
		for (const name of client.subcommands!.keys()) expect(explained).toContain(name.toUpperCase());
	});

	test("ID is the number of the connection", () => {
		expect(run("ID")).toBe(`:${idOf(session)}\r\n`);
		expect(host.ask(other, "CLIENT", "ID")).toBe(`:${idOf(other)}\r\n`);
	});
});

describe("CLIENT SETNAME and SETINFO", () => {
	const bad = ["a b", " ", "a\n", "\0", "\x7f", "\xff", "\t"];

	test("SETNAME takes printable ASCII", () => {
		expect(run("GETNAME")).toBe("$-1\r\n");
		expect(run("SETNAME", "a~!")).toBe("+OK\r\n");
		for (const name of bad) {
			expect(run("SETNAME", name)).toBe("-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
		}
		expect(run("GETNAME")).toBe("$3\r\na~!\r\n");
		expect(run("SETNAME", "")).toBe("+OK\r\n");
		expect(run("GETNAME")).toBe("$-1\r\n");
	});

	test("SETINFO names the library", () => {
		expect(run("SETINFO", "LIB-NAME", "redis-lib(x_v1)")).toBe("+OK\r\n");
		expect(run("setinfo", "lib-ver", "1.2.3")).toBe("+OK\r\n");
		for (const name of bad) {
			expect(run("SETINFO", "lib-Name", name)).toBe(
				"-ERR lib-Name cannot contain spaces, newlines or special characters.\r\n",
			);
		}
		expect(run("SETINFO", "lib-os", "x")).toBe("-ERR Unrecognized option 'lib-os'\r\n");
		expect(run("SETINFO", "lib-name")).toBe("-ERR wrong number of arguments for 'client|setinfo' command\r\n");
		expect(run("INFO")).toContain(" lib-name=redis-lib(x_v1) lib-ver=1.2.3\n");
		run("SETINFO", "LIB-NAME", "");
		expect(run("INFO")).toContain(" lib-name= lib-ver=1.2.3\n");
	});
});

describe("CLIENT LIST and INFO", () => {
	test("describe connections in a line each", () => {
		expect(idsOf(run("LIST"))).toEqual(["1", idOf(session), idOf(other)]);
		expect(idsOf(run("INFO"))).toEqual([idOf(session)]);
		expect(run("INFO")).toContain(" argv-mem=10 ");
		expect(run("INFO")).toContain(" cmd=client|info ");
		host.ask(other, "PING");
		expect(linesOf(run("LIST"))[2]).toContain(" cmd=ping ");
		expect(run("INFO", "x")).toBe("-ERR wrong number of arguments for 'client|info' command\r\n");
	});

	test("can be narrowed", () => {
		expect(idsOf(run("LIST", "type", "Normal"))).toHaveLength(3);
		for (const type of ["master", "replica", "SLAVE", "pubsub"]) expect(run("LIST", "TYPE", type)).toBe("$0\r\n\r\n");
		expect(run("LIST", "TYPE", "foo\r\n")).toBe("-ERR Unknown client type 'foo  '\r\n");
		expect(idsOf(run("LIST", "ID", idOf(other), "99", "-1", idOf(session), idOf(other)))).toEqual([
			idOf(other),
			idOf(session),
			idOf(other),
		]);
		for (const id of ["abc", "01", "", "9223372036854775808"]) {
			expect(run("LIST", "ID", idOf(session), id)).toBe("-ERR Invalid client ID\r\n");
		}
		for (const words of [["ID"], ["TYPE"], ["TYPE", "normal", "x"], ["FOO"], ["FOO", "x"]]) {
			expect(run("LIST", ...words)).toBe(syntaxError);
		}
	});

	test("are verbatim strings in RESP3", () => {
		host.ask(session, "HELLO", "3");
		expect(run("INFO")).toMatch(/^=\d+\r\ntxt:id=\d+ [^\n]* resp=3 lib-name= lib-ver=\n\r\n$/);
		expect(run("LIST", "TYPE", "master")).toBe("=4\r\ntxt:\r\n");
	});

	test("tell age, idleness and buffers", () => {
		host.time.advance(5000);
		host.ask(other, "PING");
		host.time.advance(2500);
		other.stream.deliver(toBytes("*1\r\n$4\r\nPI"));
		host.time.advance(1000);
		const line = linesOf(run("LIST", "ID", idOf(other)))[0];
		expect(line).toContain(" age=8 idle=1 ");
		expect(line).toContain(" qbuf=10 qbuf-free=16374 ");
		expect(line).toContain(" tot-mem=17528 ");
	});
});

test("the last command of a client is the one it asked for, whether it was run or not", () => {
	const last = () => /cmd=\S+/.exec(run("LIST", "ID", idOf(other)))![0];
	for (const [words, name] of [
		["PING", "ping"],
		["PING x y z", "ping"],
		["ECHO", "echo"],
		["NOSUCH", "NULL"],
		["CLIENT ID", "client|id"],
		["CLIENT NOSUCH", "NULL"],
		["CLIENT SETNAME", "client|setname"],
	]) {
		host.ask(other, ...words!.split(" "));
		expect([words, last()]).toEqual([words, `cmd=${name}`]);
	}
});

describe("CLIENT KILL", () => {
	test("by address answers OK or an error", () => {
		expect(run("KILL", other.stream.remoteAddress)).toBe("+OK\r\n");
		expect(other.stream.isTerminated).toBe(true);
		expect(run("KILL", other.stream.remoteAddress)).toBe("-ERR No such client\r\n");
		expect(run("KILL", "ID")).toBe("-ERR No such client\r\n");
		expect(run("KILL")).toBe("-ERR wrong number of arguments for 'client|kill' command\r\n");
	});

	test("of oneself comes behind the reply", () => {
		session.stream.deliver(
			Buffer.concat([encodeCommand("CLIENT", "KILL", session.stream.remoteAddress), toBytes("RECORD a\r\n")]),
		);
		expect(session.stream.take()).toBe("+OK\r\n");
		expect([session.stream.isEnded, session.stream.isTerminated]).toEqual([true, false]);
		expect(host.recorded).toEqual([]);
	});

	test("by conditions counts, and spares oneself unless told otherwise", () => {
		expect(run("KILL", "ID", idOf(session))).toBe(":0\r\n");
		expect(run("KILL", "id", idOf(other), "addr", "1.2.3.4:5")).toBe(":0\r\n");
		expect(run("KILL", "ID", idOf(other), "ADDR", other.stream.remoteAddress)).toBe(":1\r\n");
		expect(run("KILL", "LADDR", "127.0.0.1:6379", "TYPE", "master")).toBe(":0\r\n");
		expect(run("KILL", "USER", "default", "SKIPME", "no", "skipme", "YES", "TYPE", "normal")).toBe(":1\r\n");
		expect(session.stream.isClosed).toBe(false);
		expect(run("KILL", "TYPE", "normal", "SKIPME", "no")).toBe(":1\r\n");
		expect(session.stream.isEnded).toBe(true);
		expect(host.clients.count()).toBe(1);
	});

	test("says what is wrong, from the left", () => {
		for (const id of ["0", "-1", "abc", "007", "9223372036854775808"]) {
			expect(run("KILL", "ID", id, "TYPE", "foo")).toBe("-ERR client-id should be greater than 0\r\n");
		}
		expect(run("KILL", "ID", "9223372036854775807")).toBe(":0\r\n");
		expect(run("KILL", "ID", "5", "TYPE", "foo", "ID", "abc")).toBe("-ERR Unknown client type 'foo'\r\n");
		expect(run("KILL", "USER", "nobody", "FOO", "x")).toBe("-ERR No such user 'nobody'\r\n");
		const wrong = [
			["ID", "99", "FOO"],
			["ID", "99", "FOO", "x"],
			["SKIPME", "maybe"],
			["MAXAGE", "10", "FOO", "x"],
		];
		for (const words of wrong) expect(run("KILL", ...words)).toBe(syntaxError);
		expect(run("KILL", "MAXAGE", "x")).toBe("-ERR maxage is not an integer or out of range\r\n");
		for (const age of ["0", "-1"]) {
			expect(run("KILL", "MAXAGE", age)).toBe("-ERR maxage should be greater than 0\r\n");
		}
	});

	test("by age spares those that have come later", () => {
		host.time.advance(10_000);
		const late = host.connect();
		host.time.advance(5000);
		expect(run("KILL", "MAXAGE", "16")).toBe(":0\r\n");
		expect(run("KILL", "MAXAGE", "6", "ID", idOf(late))).toBe(":0\r\n");
		expect(run("KILL", "MAXAGE", "15", "ID", idOf(other))).toBe(":1\r\n");
		expect(run("KILL", "MAXAGE", "5", "ID", idOf(late))).toBe(":1\r\n");
	});
});

describe("CLIENT NO-EVICT, NO-TOUCH", () => {
	test("are switches", () => {
		for (const name of ["NO-EVICT", "NO-TOUCH"]) {
			expect(run(name, "maybe")).toBe(syntaxError);
			expect(run(name)).toBe(`-ERR wrong number of arguments for 'client|${name.toLowerCase()}' command\r\n`);
			expect(run(name, "ON")).toBe("+OK\r\n");
		}
		expect(run("INFO")).toContain(" flags=eT ");
		expect(host.keyspace.touches).toBe(false);
		expect(run("NO-TOUCH", "off")).toBe("+OK\r\n");
		expect(host.keyspace.touches).toBe(true);
		expect(run("NO-EVICT", "off")).toBe("+OK\r\n");
		expect(run("INFO")).toContain(" flags=N ");
	});

	test("NO-TOUCH holds for its connection alone", () => {
		run("NO-TOUCH", "on");
		host.ask(other, "PING");
		expect(host.keyspace.touches).toBe(true);
		host.ask(session, "PING");
		expect(host.keyspace.touches).toBe(false);
	});
});

describe("CLIENT UNBLOCK, GETREDIR, TRACKINGINFO", () => {
	test("UNBLOCK finds nobody blocked", () => {
		expect(run("UNBLOCK", idOf(other))).toBe(":0\r\n");
		expect(run("UNBLOCK", "9007199254740993", "timeout")).toBe(":0\r\n");
		expect(run("UNBLOCK", "99", "ERROR")).toBe(":0\r\n");
		expect(run("UNBLOCK", "abc")).toBe(notAnInteger);
		expect(run("UNBLOCK", "abc", "FOO")).toBe("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n");
		expect(run("unblock", "99", "error", "x")).toBe(
			"-ERR unknown subcommand or wrong number of arguments for 'unblock'. Try CLIENT HELP.\r\n",
		);
	});

	test("nothing is tracked", () => {
		expect(run("GETREDIR")).toBe(":-1\r\n");
		const fields = (flags: string) => `$5\r\nflags\r\n${flags}$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n`;
		expect(run("TRACKINGINFO")).toBe(`*6\r\n${fields("*1\r\n$3\r\noff\r\n")}`);
		host.ask(session, "HELLO", "3");
		expect(run("TRACKINGINFO")).toBe(`%3\r\n${fields("~1\r\n$3\r\noff\r\n")}`);
	});
});

describe("CLIENT REPLY", () => {
	// What a genuine server answers to the same bytes.
	const cases: readonly (readonly [bytes: string, answer: string])[] = [
		["CLIENT REPLY ON\r\n", "+OK\r\n"],
		["CLIENT REPLY OFF\r\nPING\r\nfoo\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n", "+OK\r\n+PONG\r\n"],
		["CLIENT REPLY SKIP\r\nPING a\r\nPING b\r\n", "$1\r\nb\r\n"],
		["CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING a\r\nPING b\r\n", "$1\r\nb\r\n"],
		["CLIENT REPLY SKIP\r\nfoo\r\nPING b\r\n", "$1\r\nb\r\n"],
		["CLIENT REPLY SKIP\r\nCLIENT REPLY OFF\r\nPING b\r\nCLIENT REPLY ON\r\n", "+OK\r\n"],
		["CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING b\r\n", "+OK\r\n$1\r\nb\r\n"],
		["CLIENT REPLY SKIP\r\nCLIENT REPLY MAYBE\r\nPING b\r\n", "$1\r\nb\r\n"],
		["CLIENT REPLY SKIP\r\nCLIENT REPLY\r\nPING b\r\n", "$1\r\nb\r\n"],
		["CLIENT REPLY MAYBE\r\n", syntaxError],
		["CLIENT REPLY OFF\r\nCLIENT REPLY MAYBE\r\nCLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\n", "+OK\r\n"],
		["CLIENT REPLY OFF\r\nHELLO 3\r\nCLIENT REPLY ON\r\nCLIENT GETNAME\r\n", "+OK\r\n_\r\n"],
		["CLIENT REPLY OFF\r\nQUIT\r\n", ""],
		["CLIENT REPLY SKIP\r\nQUIT\r\n", ""],
	];

	test.each(cases)("%j", (bytes, answer) => {
		session.stream.deliver(toBytes(bytes));
		expect(session.stream.take()).toBe(answer);
		expect(session.stream.isEnded).toBe(bytes.includes("QUIT"));
	});
});
