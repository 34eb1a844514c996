/** Publish and subscribe between whole clients, in virtual time: replies and messages byte for byte, in their order. */
import { describe, expect, test } from "bun:test";
import { message } from "../pubsub/listener.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const connect = (protocol = 2): VirtualClient => {
		const client = machine.network.connect(6379);
		if (protocol === 3) client.run("HELLO", 3);
		return client;
	};
	return { machine, server, connect };
}

/** The reply that tells of a subscription which began or ended. */
function reply(protocol: number, word: string, name: string | null, count: number): string {
	const text = name === null ? (protocol === 3 ? "_\r\n" : "$-1\r\n") : `$${name.length}\r\n${name}\r\n`;
	return `${protocol === 3 ? ">" : "*"}3\r\n$${word.length}\r\n${word}\r\n${text}:${count}\r\n`;
}

describe.each([2, 3])("in RESP%d", (protocol) => {
	test("each channel is replied to, with the count of all", () => {
		const client = started().connect(protocol);
		const told = (word: string, name: string | null, count: number) => reply(protocol, word, name, count);
		expect(client.run("SUBSCRIBE", "a", "b", "a")).toBe(
			told("subscribe", "a", 1) + told("subscribe", "b", 2) + told("subscribe", "a", 2),
		);
		expect(client.run("PSUBSCRIBE", "*")).toBe(told("psubscribe", "*", 3));
		expect(client.run("SSUBSCRIBE", "s", "")).toBe(told("ssubscribe", "s", 1) + told("ssubscribe", "", 2));
		expect(client.run("UNSUBSCRIBE", "x", "a")).toBe(told("unsubscribe", "x", 3) + told("unsubscribe", "a", 2));
		expect(client.run("PUNSUBSCRIBE", "x")).toBe(told("punsubscribe", "x", 2));
		expect(client.run("SUNSUBSCRIBE", "a")).toBe(told("sunsubscribe", "a", 2));
	});

	test("without names all end, in the order in which they began", () => {
		const client = started().connect(protocol);
		const told = (word: string, name: string | null, count: number) => reply(protocol, word, name, count);
		client.run("SUBSCRIBE", "b", "a", "c");
		client.run("PSUBSCRIBE", "y*", "x*");
		client.run("SSUBSCRIBE", "s");
		expect(client.run("UNSUBSCRIBE")).toBe(
			told("unsubscribe", "b", 4) + told("unsubscribe", "a", 3) + told("unsubscribe", "c", 2),
		);
		expect(client.run("UNSUBSCRIBE")).toBe(told("unsubscribe", null, 2));
		expect(client.run("PUNSUBSCRIBE")).toBe(told("punsubscribe", "y*", 1) + told("punsubscribe", "x*", 0));
		expect(client.run("PUNSUBSCRIBE")).toBe(told("punsubscribe", null, 0));
		expect(client.run("SUNSUBSCRIBE")).toBe(told("sunsubscribe", "s", 0));
		expect(client.run("SUNSUBSCRIBE")).toBe(told("sunsubscribe", null, 0));
	});

	test("messages come as they are published, and PUBLISH counts who received them", () => {
		const { connect } = started();
		const [client, other] = [connect(protocol), connect()];
		client.run("SUBSCRIBE", "a");
		client.run("PSUBSCRIBE", "?");
		client.run("SSUBSCRIBE", "a");
		expect(other.run("PUBLISH", "a", "text")).toBe(":2\r\n");
		expect(other.run("SPUBLISH", "a", "text")).toBe(":1\r\n");
		expect(other.run("PUBLISH", "b", "")).toBe(":1\r\n");
		expect(other.run("PUBLISH", "bb", "text")).toBe(":0\r\n");
		expect(client.take()).toBe(
			message(protocol, "message", "a", "text") +
				message(protocol, "pmessage", "?", "a", "text") +
				message(protocol, "smessage", "a", "text") +
				message(protocol, "pmessage", "?", "b", ""),
		);
	});

	test("CLIENT REPLY drops neither messages nor what SUBSCRIBE says", () => {
		const { connect } = started();
		const [client, other] = [connect(protocol), connect()];
		client.sendText("CLIENT REPLY OFF\r\nSUBSCRIBE a\r\nUNSUBSCRIBE b\r\n");
		expect(client.run("PING")).toBe(reply(protocol, "subscribe", "a", 1) + reply(protocol, "unsubscribe", "b", 1));
		other.run("PUBLISH", "a", "text");
		expect(client.take()).toBe(message(protocol, "message", "a", "text"));
		client.sendText("UNSUBSCRIBE a\r\nCLIENT REPLY ON\r\nCLIENT REPLY SKIP\r\nSUBSCRIBE a\r\nSUBSCRIBE\r\nPING\r\n");
		const pong = protocol === 3 ? "+PONG\r\n" : "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
		expect(client.run("PING")).toBe(
			`${reply(protocol, "unsubscribe", "a", 0)}+OK\r\n${reply(protocol, "subscribe", "a", 1)}` +
				`-ERR wrong number of arguments for 'subscribe' command\r\n${pong}${pong}`,
		);
	});
});

describe("a client that listens, in RESP2", () => {
	const onlyFew = (name: string) =>
		`-ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET ` +
		"are allowed in this context\r\n";

	test.each([
		["SUBSCRIBE", "UNSUBSCRIBE"],
		["PSUBSCRIBE", "PUNSUBSCRIBE"],
		["SSUBSCRIBE", "SUNSUBSCRIBE"],
	])("by %s may do little else", (begin, end) => {
		const client = started().connect();
		client.run(begin, "a");
		expect(client.run("GET", "a")).toBe(onlyFew("get"));
		expect(client.run("CLIENT", "LIST")).toBe(onlyFew("client|list"));
		expect(client.run("HELLO", 3)).toBe(onlyFew("hello"));
		expect(client.run("publish", "a", "b")).toBe(onlyFew("publish"));
		expect(client.run("FOO")).toBe("-ERR unknown command 'FOO', with args beginning with: \r\n");
		expect(client.run("GET")).toBe("-ERR wrong number of arguments for 'get' command\r\n");
		client.run(end);
		expect(client.run("GET", "a")).toBe("$-1\r\n");
	});

	test("is answered PING as a message", () => {
		const client = started().connect();
		client.run("SSUBSCRIBE", "a");
		expect(client.run("PING")).toBe("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
		expect(client.run("PING", "text")).toBe("*2\r\n$4\r\npong\r\n$4\r\ntext\r\n");
		expect(client.run("PING", "a", "b")).toBe("-ERR wrong number of arguments for 'ping' command\r\n");
		client.run("SUNSUBSCRIBE", "a");
		expect(client.run("PING")).toBe("+PONG\r\n");
	});

	test("may QUIT, and RESET, which ends all subscriptions", () => {
		const { server, connect } = started();
		const [client, other] = [connect(), connect()];
		client.run("SUBSCRIBE", "a", "b");
		client.run("PSUBSCRIBE", "*");
		client.run("SSUBSCRIBE", "s");
		expect(client.run("RESET")).toBe("+RESET\r\n");
		expect(server.pubSub.counts()).toEqual({ clients: 0, channels: 0, patterns: 0, shardChannels: 0 });
		expect(other.run("PUBLISH", "a", "1")).toBe(":0\r\n");
		expect(client.run("GET", "a")).toBe("$-1\r\n");
		client.run("SUBSCRIBE", "a");
		expect(client.run("QUIT")).toBe("+OK\r\n");
		expect(other.run("PUBLISH", "a", "1")).toBe(":0\r\n");
	});

	test("came from RESP3 by HELLO", () => {
		const { connect } = started();
		const [client, other] = [connect(3), connect()];
		client.run("SUBSCRIBE", "a");
		expect(client.run("GET", "a")).toBe("_\r\n");
		client.run("HELLO", 2);
		expect(client.run("GET", "a")).toBe(onlyFew("get"));
		other.run("PUBLISH", "a", "1");
		expect(client.take()).toBe(message(2, "message", "a", "1"));
	});
});

describe("the order on one connection", () => {
	test("what a client sends itself follows the reply that counts it", () => {
		const client = started("notify-keyspace-events KEA").connect(3);
		client.run("SUBSCRIBE", "a", "__keyevent@0__:set");
		client.sendText("PUBLISH a 1\r\nGET k\r\nPUBLISH a 2\r\nSET k v\r\nGET k\r\n");
		expect(client.run("PING")).toBe(
			`:1\r\n${message(3, "message", "a", "1")}_\r\n:1\r\n${message(3, "message", "a", "2")}+OK\r\n` +
				`${message(3, "message", "__keyevent@0__:set", "k")}$1\r\nv\r\n+PONG\r\n`,
		);
	});

	test("a reply that CLIENT REPLY drops leaves its messages", () => {
		const client = started().connect(3);
		client.run("SUBSCRIBE", "a");
		client.sendText("CLIENT REPLY SKIP\r\nPUBLISH a 1\r\n");
		expect(client.run("PING")).toBe(`${message(3, "message", "a", "1")}+PONG\r\n`);
	});

	test("what others published before its command comes before the reply", () => {
		const { machine, connect } = started();
		const [client, other] = [connect(3), connect()];
		client.run("SUBSCRIBE", "a");
		// Both arrive in the same turn of the event loop.
		other.send("PUBLISH", "a", "1");
		client.send("PING");
		other.send("PUBLISH", "a", "2");
		machine.network.settle();
		expect(client.take()).toBe(`${message(3, "message", "a", "1")}+PONG\r\n${message(3, "message", "a", "2")}`);
		expect(other.take()).toBe(":1\r\n:1\r\n");
	});

	test("what comes while it is blocked does not wait for the late reply", () => {
		const { machine, connect } = started();
		const [client, other] = [connect(3), connect()];
		client.run("SUBSCRIBE", "a");
		client.sendText("WAIT 1 1000\r\nPING\r\n");
		machine.network.settle();
		other.run("PUBLISH", "a", "1");
		expect(client.take()).toBe(message(3, "message", "a", "1"));
		machine.time.advance(1000);
		expect(client.take()).toBe(":0\r\n+PONG\r\n");
	});

	test("what came before its late reply is received before it", () => {
		const { machine, connect } = started();
		const [client, other] = [connect(3), connect()];
		const id = /:(\d+)/.exec(client.run("CLIENT", "ID"))![1]!;
		client.run("SUBSCRIBE", "a");
		client.send("WAIT", 1, 0);
		machine.network.settle();
		other.sendText(`PUBLISH a 1\r\nCLIENT UNBLOCK ${id}\r\nPUBLISH a 2\r\n`);
		machine.network.settle();
		expect(client.take()).toBe(`${message(3, "message", "a", "1")}:0\r\n${message(3, "message", "a", "2")}`);
	});

	test("its own pipeline is answered in one piece with what it published to others", () => {
		const { machine, connect } = started();
		const [client, other] = [connect(3), connect(3)];
		for (const one of [client, other]) one.run("SUBSCRIBE", "a");
		client.sendText("PUBLISH a 1\r\nUNSUBSCRIBE a\r\nPUBLISH a 2\r\nSUBSCRIBE a\r\nPUBLISH a 3\r\n");
		machine.network.settle();
		expect(client.take()).toBe(
			`:2\r\n${message(3, "message", "a", "1")}${reply(3, "unsubscribe", "a", 0)}:1\r\n` +
				`${reply(3, "subscribe", "a", 1)}:2\r\n${message(3, "message", "a", "3")}`,
		);
		expect(other.take()).toBe(["1", "2", "3"].map((text) => message(3, "message", "a", text)).join(""));
	});
});

describe("PUBSUB", () => {
	test("tells channels, patterns and how many listen", () => {
		const { connect } = started();
		const [a, b, other] = [connect(), connect(3), connect()];
		a.run("SUBSCRIBE", "news:1", "x");
		b.run("SUBSCRIBE", "news:1");
		a.run("PSUBSCRIBE", "*", "n*");
		b.run("PSUBSCRIBE", "*");
		b.run("SSUBSCRIBE", "shard");
		const names = (text: string) =>
			text
				.split("\r\n")
				.slice(2)
				.filter((_, index) => index % 2 === 0)
				.sort();
		expect(names(other.run("PUBSUB", "CHANNELS"))).toEqual(["news:1", "x"]);
		expect(other.run("PUBSUB", "CHANNELS", "news*")).toBe("*1\r\n$6\r\nnews:1\r\n");
		expect(other.run("PUBSUB", "CHANNELS", "N*")).toBe("*0\r\n");
		expect(other.run("PUBSUB", "SHARDCHANNELS")).toBe("*1\r\n$5\r\nshard\r\n");
		expect(other.run("PUBSUB", "SHARDCHANNELS", "")).toBe("*0\r\n");
		expect(other.run("PUBSUB", "NUMPAT")).toBe(":2\r\n");
		expect(other.run("PUBSUB", "NUMSUB", "news:1", "none", "x")).toBe(
			"*6\r\n$6\r\nnews:1\r\n:2\r\n$4\r\nnone\r\n:0\r\n$1\r\nx\r\n:1\r\n",
		);
		expect(other.run("PUBSUB", "SHARDNUMSUB", "shard", "x")).toBe("*4\r\n$5\r\nshard\r\n:1\r\n$1\r\nx\r\n:0\r\n");
		expect(other.run("PUBSUB", "NUMSUB")).toBe("*0\r\n");
	});

	test("explains itself, and refuses what it does not know", () => {
		const client = started().connect();
		expect(client.run("PUBSUB", "HELP")).toStartWith("*13\r\n+PUBSUB <subcommand>");
		expect(client.run("PUBSUB")).toBe("-ERR wrong number of arguments for 'pubsub' command\r\n");
		expect(client.run("PUBSUB", "FOO")).toBe("-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.\r\n");
		for (const name of ["CHANNELS", "shardchannels"]) {
			expect(client.run("PUBSUB", name, "a", "b")).toBe(
				`-ERR unknown subcommand or wrong number of arguments for '${name}'. Try PUBSUB HELP.\r\n`,
			);
		}
	});
});
