/** Users and the clients that are they: who is let in, whose permissions follow, who is dismissed. */
import { describe, expect, test } from "bun:test";
import { GATE_PERMISSIONS } from "../../src/dispatch/gates.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const connect = (): VirtualClient => machine.network.connect(6379);
	const clientOf = (end: VirtualClient) =>
		[...server.clients.all()].find((client) => client.link.remoteAddress === end.address());
	return { machine, server, admin: connect(), connect, clientOf };
}

const OK = "+OK\r\n";
const WRONG = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const NOAUTH = "-NOAUTH Authentication required.\r\n";

describe("logging in", () => {
	test("takes a user that is on, and one of its passwords", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", ">one", ">two");
		const client = connect();
		expect(client.run("AUTH", "alice", "one")).toBe(WRONG);
		admin.run("ACL", "SETUSER", "alice", "on");
		for (const password of ["", "o", "on", "one ", "One", "oneone", "two\0", "three"]) {
			expect(client.run("AUTH", "alice", password)).toBe(WRONG);
		}
		expect(client.run("AUTH", "Alice", "one")).toBe(WRONG);
		expect(client.run("AUTH", "nobody", "one")).toBe(WRONG);
		expect(client.run("ACL", "WHOAMI")).toBe("$7\r\ndefault\r\n");
		expect(client.run("AUTH", "alice", "one")).toBe(OK);
		expect(client.run("AUTH", "alice", "two")).toBe(OK);
		admin.run("ACL", "SETUSER", "alice", "<one");
		expect(client.run("AUTH", "alice", "one")).toBe(WRONG);
		expect(client.run("CLIENT", "INFO")).toContain(
			"-NOPERM User alice has no permissions to run the 'client|info' command",
		);
	});

	test("compares every digit of the hash", () => {
		const { admin, connect } = started();
		const hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
		const client = connect();
		for (let at = 0; at < hash.length; at++) {
			const other = hash.slice(0, at) + (hash[at] === "0" ? "1" : "0") + hash.slice(at + 1);
			admin.run("ACL", "SETUSER", "alice", "reset", "on", `#${other}`);
			expect(client.run("AUTH", "alice", "secret")).toBe(WRONG);
		}
		admin.run("ACL", "SETUSER", "alice", `#${hash}`);
		expect(client.run("AUTH", "alice", "secret")).toBe(OK);
	});

	test("takes none of those whose password is not needed", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "bob", "on", "nopass", "+acl|whoami");
		const client = connect();
		expect(client.run("AUTH", "bob", "whatever")).toBe(OK);
		expect(client.run("ACL", "WHOAMI")).toBe("$3\r\nbob\r\n");
	});

	test("with names and passwords that are any bytes", () => {
		const { admin, connect } = started();
		expect(admin.run("ACL", "SETUSER", "b\xf6b", "on", ">\xff\0", "+acl|whoami")).toBe(OK);
		const client = connect();
		expect(client.run("AUTH", "b\xf6b", "\xff\0")).toBe(OK);
		expect(client.run("ACL", "WHOAMI")).toBe("$3\r\nb\xf6b\r\n");
	});

	test("by HELLO", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", "on", ">one", "+ping");
		const client = connect();
		expect(client.run("HELLO", 3, "AUTH", "alice", "no")).toBe(WRONG);
		expect(client.run("HELLO", 2, "AUTH", "alice", "one")).toContain("redis");
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(client.run("GET", "a")).toBe("-NOPERM User alice has no permissions to run the 'get' command\r\n");
	});

	test("a client that has logged in stays when its user is switched off", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "+ping");
		const client = connect();
		client.run("AUTH", "alice", "");
		admin.run("ACL", "SETUSER", "alice", "off");
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(client.run("AUTH", "alice", "")).toBe(WRONG);
		expect(client.run("PING")).toBe("+PONG\r\n");
	});

	test("RESET makes it the default user again", () => {
		const { admin, connect, clientOf } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "-@all");
		const client = connect();
		client.run("AUTH", "alice", "");
		expect(client.run("GET", "a")).toStartWith("-NOPERM");
		expect(client.run("RESET")).toBe("+RESET\r\n");
		expect(client.run("GET", "a")).toBe("$-1\r\n");
		expect(clientOf(client)!.permissions).toBeNull();
	});
});

describe("the default user", () => {
	test("has the password of requirepass", () => {
		const { connect } = started("requirepass secret");
		const client = connect();
		expect(client.run("GET", "a")).toBe(NOAUTH);
		expect(client.run("AUTH", "wrong")).toBe(WRONG);
		expect(client.run("AUTH", "secret")).toBe(OK);
		expect(client.run("GET", "a")).toBe("$-1\r\n");
		expect(client.run("AUTH", "default", "secret")).toBe(OK);
	});

	test("gets another one, and none, by CONFIG SET; who is in stays in", () => {
		const { admin, connect } = started();
		expect(admin.run("CONFIG", "SET", "requirepass", "p\xc3\xa4ss")).toBe(OK);
		expect(admin.run("GET", "a")).toBe("$-1\r\n");
		const client = connect();
		expect(client.run("GET", "a")).toBe(NOAUTH);
		expect(client.run("AUTH", "p\xe4ss")).toBe(WRONG);
		expect(client.run("AUTH", "p\xc3\xa4ss")).toBe(OK);
		const waiting = connect();
		expect(waiting.run("GET", "a")).toBe(NOAUTH);
		expect(admin.run("CONFIG", "SET", "requirepass", "")).toBe(OK);
		expect(waiting.run("GET", "a")).toBe("$-1\r\n");
		expect(admin.run("AUTH", "any")).toStartWith("-ERR AUTH <password> called without any password configured");
		expect(admin.run("AUTH", "default", "any")).toBe(OK);
	});

	test("lets nobody in where it is off", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "default", "off");
		expect(connect().run("GET", "a")).toBe(NOAUTH);
		expect(admin.run("GET", "a")).toBe("$-1\r\n");
		admin.run("ACL", "SETUSER", "default", "on");
		expect(connect().run("GET", "a")).toBe("$-1\r\n");
	});

	test("costs nothing while it may do everything, and is judged as soon as it may not", () => {
		const { admin, connect, clientOf } = started();
		const client = connect();
		const gate = () => clientOf(client)!.gates & GATE_PERMISSIONS;
		expect([gate(), clientOf(client)!.permissions]).toEqual([0, null]);
		admin.run("ACL", "SETUSER", "default", "-flushall");
		expect(gate()).toBe(GATE_PERMISSIONS);
		expect(client.run("FLUSHALL")).toBe("-NOPERM User default has no permissions to run the 'flushall' command\r\n");
		expect(connect().run("FLUSHALL")).toStartWith("-NOPERM");
		admin.run("ACL", "SETUSER", "default", "+flushall");
		expect([gate(), clientOf(client)!.permissions]).toEqual([0, null]);
	});

	test("cannot be deleted", () => {
		const { admin } = started();
		admin.run("ACL", "SETUSER", "alice");
		const reply = "-ERR The 'default' user cannot be removed\r\n";
		expect(admin.run("ACL", "DELUSER", "alice", "default")).toBe(reply);
		expect(admin.run("ACL", "DELUSER", "alice", "nobody", "alice")).toBe(":1\r\n");
	});
});

describe("clients of a user", () => {
	test("feel a change of its rules at the next command, inside a pipeline, too", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "+@all", "~a*");
		const client = connect();
		client.run("AUTH", "alice", "");
		expect(client.run("SET", "a1", "x")).toBe(OK);
		expect(client.run("SET", "b1", "x")).toBe("-NOPERM No permissions to access a key\r\n");
		admin.run("ACL", "SETUSER", "alice", "resetkeys", "~b*");
		expect(client.run("SET", "a1", "x")).toBe("-NOPERM No permissions to access a key\r\n");
		expect(client.run("SET", "b1", "x")).toBe(OK);
		client.send("ACL", "SETUSER", "alice", "-set");
		client.send("SET", "b1", "x");
		expect(client.run("GET", "b1")).toBe(
			"+OK\r\n-NOPERM User alice has no permissions to run the 'set' command\r\n$1\r\nx\r\n",
		);
	});

	test("are closed when it is deleted, the one that does it behind its reply", () => {
		const { admin, connect, clientOf } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "+@all");
		const [one, other] = [connect(), connect()];
		for (const client of [one, other]) client.run("AUTH", "alice", "");
		expect(one.run("ACL", "DELUSER", "alice")).toBe(":1\r\n");
		expect([one.isClosed, other.isClosed, admin.isClosed]).toEqual([true, true, false]);
		expect(clientOf(other)).toBeUndefined();
		expect(admin.run("ACL", "DELUSER", "alice")).toBe(":0\r\n");
	});

	test("who wait for a key are refused when it comes and is not theirs any more", () => {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "+@all", "~*");
		const client = connect();
		client.run("AUTH", "alice", "");
		expect(client.run("BLPOP", "list", "0")).toBe("");
		admin.run("ACL", "SETUSER", "alice", "resetkeys");
		admin.run("RPUSH", "list", "x");
		expect(client.run("PING")).toBe("-NOPERM No permissions to access a key\r\n+PONG\r\n");
		expect(admin.run("LRANGE", "list", "0", "-1")).toBe("*1\r\n$1\r\nx\r\n");
	});
});

describe("clients that listen", () => {
	function listening(...rules: string[]) {
		const { admin, connect } = started();
		admin.run("ACL", "SETUSER", "alice", "on", "nopass", "+@all", ...rules);
		const client = connect();
		client.run("AUTH", "alice", "");
		return { admin, client };
	}

	test("may, where each name matches a pattern and each pattern is one", () => {
		const { client } = listening("resetchannels", "&a*", "&b");
		const denied = "-NOPERM No permissions to access a channel\r\n";
		expect(client.run("SUBSCRIBE", "a1", "c")).toBe(denied);
		expect(client.run("PSUBSCRIBE", "a1*")).toBe(denied);
		expect(client.run("SSUBSCRIBE", "c")).toBe(denied);
		expect(client.run("PUBLISH", "c", "x")).toBe(denied);
		expect(client.run("SPUBLISH", "c", "x")).toBe(denied);
		expect(client.run("PUBLISH", "a1", "x")).toBe(":0\r\n");
		expect(client.run("PSUBSCRIBE", "a*", "b")).toContain("psubscribe");
		// To end it takes no permission.
		expect(client.run("UNSUBSCRIBE", "c")).toContain("unsubscribe");
	});

	const cases: readonly (readonly [
		what: string,
		before: string[],
		subscribe: string[],
		change: string[],
		stays: boolean,
	])[] = [
		["a channel is taken away", ["&a", "&b"], ["SUBSCRIBE", "a"], ["resetchannels", "&b"], false],
		["another channel is taken away", ["&a", "&b"], ["SUBSCRIBE", "a"], ["resetchannels", "&a"], true],
		["a pattern still matches it", ["&a"], ["SUBSCRIBE", "a"], ["resetchannels", "&?"], true],
		["all are taken away", ["&*"], ["SUBSCRIBE", "a"], ["resetchannels"], false],
		["all are taken away but its own", ["&*"], ["SUBSCRIBE", "a"], ["resetchannels", "&a"], true],
		["all are given", ["&a"], ["SUBSCRIBE", "a"], ["allchannels"], true],
		["its pattern is taken away", ["&a*"], ["PSUBSCRIBE", "a*"], ["resetchannels", "&*a*"], false],
		["its pattern stays", ["&a*", "&b*"], ["PSUBSCRIBE", "a*"], ["resetchannels", "&a*"], true],
		["its shard channel is taken away", ["&a"], ["SSUBSCRIBE", "a"], ["resetchannels"], false],
		["a selector still has it", ["&a"], ["SUBSCRIBE", "a"], ["resetchannels", "(&a)"], true],
		["the rules of keys change", ["&a"], ["SUBSCRIBE", "a"], ["resetkeys"], true],
	];
	for (const [what, before, subscribe, change, stays] of cases) {
		test(`${stays ? "stay" : "are closed"} when ${what}`, () => {
			const { admin, client } = listening("resetchannels", ...before);
			expect(client.run(...subscribe)).toContain("subscribe");
			expect(admin.run("ACL", "SETUSER", "alice", ...change)).toBe(OK);
			expect(client.isClosed).toBe(!stays);
		});
	}

	test("to nothing stay whatever happens to channels", () => {
		const { admin, client } = listening("allchannels");
		admin.run("ACL", "SETUSER", "alice", "resetchannels");
		expect(client.isClosed).toBe(false);
	});
});
