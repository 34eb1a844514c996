/** The connection group, and the protocol below it: inline commands, replies turned off, broken frames. */
import type { Reply } from "../../support/reply.ts";
import { exact, normalized, typeOnly } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, type PlannedCommand, planned, type SessionStep, type Step, sequence } from "../step.ts";
import { database } from "./generic.ts";

/** HELLO's reply without the server's version and the client's number. */
export const helloVerb = normalized((reply) => {
	const { kind, items } = reply;
	const kept = items.filter((_, index) => {
		const name = items[index - (index % 2)]!.text;
		return name !== "version" && name !== "id";
	});
	return JSON.stringify({ kind, kept });
});

const stableClientFields = new Set(["name", "db", "sub", "psub", "multi", "cmd", "user", "redir", "resp"]);

/** CLIENT INFO reduced to what does not depend on time, memory or addresses. */
export const clientInfoVerb = normalized((reply: Reply) => {
	const fields = reply.text.trim().split(" ");
	return `${reply.kind} ${fields.filter((field) => stableClientFields.has(field.split("=", 1)[0]!)).join(" ")}`;
});

function hello(source: Source): Step {
	const version = source.choose(["2", "3", "3", "1", "4", "abc", "", "-1", "3.0", "99999999999999999999"]);
	// At most one option that may fail, and that last: 7.0 carries options out one by one, 7.2 reads all of them first.
	const options = source.several(0, 1, () => ["AUTH", "default", "anything"]);
	const last = [
		["AUTH", "nobody", "password"],
		["AUTH", "default"],
		["SETNAME", source.choose(["one", "two", "", "two words", "new\nline", "\xff"])],
		["SETNAME"],
		["FOO"],
	];
	if (source.chance(60)) options.push(source.choose(last));
	const args = source.chance(10) ? [] : [version, ...options.flat()];
	const command = planned(helloVerb, source.word("HELLO"), ...args);
	// Most of the time straight back, so that a run stays in its protocol.
	const back = planned(helloVerb, "HELLO", String(source.protocol));
	const between = source.choose([
		planned(exact, "GET", "no such key"),
		planned(exact, "GET", source.key()),
		planned(exact, "CLIENT", "GETNAME"),
		planned(clientInfoVerb, "CLIENT", "INFO"),
	]);
	return sequence(command, between, ...(source.chance(95) ? [back] : []));
}

function reset(source: Source): Step {
	const commands = [planned(exact, source.word("RESET")), planned(exact, "CLIENT", "GETNAME")];
	return sequence(...commands, planned(helloVerb, "HELLO", String(source.protocol)));
}

const names = ["", "a", "worker-1", "two words", "new\nline", "\x00", "\xff", "\x7f", "~", "!", "x".repeat(200)];

// None of these may end a connection of the run, stop commands for a while, or turn replies off.
const clientCommands: readonly (readonly string[])[] = [
	["KILL"],
	["KILL", "127.0.0.1:1"],
	["KILL", "no address"],
	["KILL", "ID"],
	["KILL", "ID", "0"],
	["KILL", "ID", "-5"],
	["KILL", "ID", "abc"],
	["KILL", "ID", "9007199254740993"],
	["KILL", "ID", "9223372036854775808"],
	["KILL", "TYPE", "pubsub"],
	["KILL", "TYPE", "foo"],
	["KILL", "TYPE", "replica", "SKIPME", "no"],
	["KILL", "SKIPME", "maybe"],
	["KILL", "USER", "nobody"],
	["KILL", "ADDR", "127.0.0.1:1", "ID", "9007199254740993"],
	["KILL", "LADDR", "127.0.0.1:1"],
	["KILL", "ID", "9007199254740993", "FOO", "bar"],
	["KILL", "ID", "9007199254740993", "TYPE"],
	["LIST", "TYPE", "foo"],
	["LIST", "TYPE", "pubsub"],
	["LIST", "ID", "9007199254740993"],
	["LIST", "ID", "abc"],
	["LIST", "ID"],
	["LIST", "FOO"],
	["LIST", "TYPE"],
	["INFO", "extra"],
	["ID", "extra"],
	["GETNAME", "extra"],
	["SETNAME"],
	["PAUSE"],
	["PAUSE", "abc"],
	["PAUSE", "-1"],
	["PAUSE", "1.5"],
	["PAUSE", "10", "FOO"],
	["PAUSE", "10", "WRITE", "extra"],
	["PAUSE", "9223372036854775808"],
	["UNPAUSE"],
	["UNPAUSE", "extra"],
	["UNBLOCK", "9007199254740993"],
	["UNBLOCK", "abc"],
	["UNBLOCK", "1", "FOO"],
	["UNBLOCK", "9007199254740993", "TIMEOUT"],
	["UNBLOCK", "9007199254740993", "error"],
	["REPLY"],
	["REPLY", "ON"],
	["REPLY", "MAYBE"],
	["REPLY", "ON", "extra"],
	["NO-EVICT"],
	["NO-EVICT", "ON"],
	["NO-EVICT", "off"],
	["NO-EVICT", "maybe"],
	["TRACKINGINFO"],
	["TRACKINGINFO", "extra"],
	["GETREDIR"],
	["FOO"],
	[""],
	[],
	["foo\r\nbar"],
];

function client(source: Source): Step {
	const [subcommand, ...rest] = source.choose(clientCommands);
	const words = subcommand === undefined ? [] : [source.word(subcommand), ...rest];
	return fixed(exact, source.word("CLIENT"), ...words);
}

const authentications: readonly (readonly string[])[] = [
	[],
	["secret"],
	["default", "secret"],
	["nobody", "secret"],
	["default", "a", "b"],
	["", ""],
];

function authenticate(source: Source): PlannedCommand {
	return planned(exact, source.word("AUTH"), ...source.choose(authentications));
}

const unbalanced = ['GET "a\r\n', "GET 'a\r\n", 'GET "a"b\r\n', "GET 'a'b\r\n", 'GET "\\x4\r\n', 'SET a "b\\"\r\n'];
const broken = [
	"*abc\r\n",
	"*1.5\r\n",
	"*2147483648\r\n",
	"*-2147483649\r\n",
	"*99999999999999999999\r\n",
	"*1\r\nGET\r\n",
	"*1\r\n:1\r\n",
	"*1\r\n$-1\r\n",
	"*1\r\n$abc\r\n",
	"*1\r\n$\r\n",
	"*1\r\n$536870913\r\n",
	"*2\r\n$4\r\nPING\r\n+x\r\n",
];

/** Commands that end or silence a connection, and bytes that are no command at all, on a connection of their own. */
function session(source: Source): SessionStep {
	const lead = source.several(0, 2, () =>
		source.choose(["PING\r\n", "\r\n", "*0\r\n", "*-1\r\n", "*1\r\n$4\r\nping\r\n", "ECHO x\n"]),
	);
	const middle = source.choose([
		source.choose(unbalanced),
		source.choose(broken),
		"QUIT\r\n",
		"quit now\r\nPING\r\n",
		"CLIENT REPLY OFF\r\nPING\r\nGET a\r\nCLIENT REPLY ON\r\nPING\r\n",
		"CLIENT REPLY SKIP\r\nPING\r\nPING after\r\n",
		"CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\nPING after\r\n",
		"CLIENT REPLY OFF\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n",
		"CLIENT REPLY OFF\r\nHELLO 3\r\nCLIENT REPLY ON\r\nGET nothing\r\n",
		"CLIENT REPLY OFF\r\nRESET\r\nPING\r\n",
		inlineNoise(source),
	]);
	return { kind: "session", bytes: lead.join("") + middle };
}

/**
 * A line of random bytes. A quote or an asterisk would make it a different test; after a NUL the reference never sees
 * the end of the line and waits for more.
 */
function inlineNoise(source: Source): string {
	return `${source.bytes(source.between(1, 40)).replace(/[\0\r\n*"']/g, "x")}${source.choose(["\n", "\r\n"])}`;
}

export const connectionGroup: Group = {
	name: "connection",
	makers: [
		{ weight: 3, make: () => one(exact, "PING") },
		{ weight: 3, make: (source) => one(exact, "PING", source.shortValue()) },
		{ weight: 4, make: (source) => one(exact, "ECHO", source.value()) },
		{ weight: 14, make: (source) => one(exact, "SELECT", database(source)) },
		{ weight: 4, make: hello },
		{ weight: 2, make: reset },
		{ weight: 3, make: (source) => sequence(authenticate(source)) },
		{ weight: 5, make: (source) => one(exact, "CLIENT", source.word("SETNAME"), source.choose(names)) },
		{ weight: 5, make: (source) => one(exact, "CLIENT", source.word("GETNAME")) },
		{ weight: 1, make: (source) => fixed(typeOnly, "CLIENT", source.word("ID")) },
		{ weight: 2, make: (source) => fixed(clientInfoVerb, "CLIENT", source.word("INFO")) },
		{ weight: 14, make: client },
		{ weight: 1, make: session },
	],
};
