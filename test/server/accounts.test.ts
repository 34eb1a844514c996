/** Users of the configuration file and of a file of their own: at the start, by ACL LOAD and SAVE, by CONFIG REWRITE. */
import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../src/config/parse.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

const DEFAULT = "user default on nopass sanitize-payload ~* &* +@all";

function started(directives: string, files: Readonly<Record<string, string>> = {}, configFile = "") {
	const machine = new VirtualMachine();
	for (const [path, text] of Object.entries(files)) machine.files.replaceText(path, text);
	const server = machine.start(directives, { configFile });
	return { machine, server, client: machine.network.connect(6379) };
}

/** The lines of ACL LIST. */
function listed(client: VirtualClient): string[] {
	return client
		.run("ACL", "LIST")
		.split("\r\n")
		.filter((line) => line.startsWith("user "));
}

/** Why a server does not start. */
function refusal(directives: string, files: Readonly<Record<string, string>> = {}): string {
	try {
		started(directives, files);
	} catch (failure) {
		if (failure instanceof ConfigError) return failure.message;
		throw failure;
	}
	throw new Error("it has started");
}

describe("users of the configuration", () => {
	test("are there from the start, the default one among them", () => {
		const { client } = started("user alice on >x ~a* (+get ~b)\nuser default on nopass ~* +@all -flushall\nUSER bob");
		expect(listed(client)).toEqual([
			"user alice on sanitize-payload #2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 ~a* resetchannels -@all (~b resetchannels -@all +get)",
			"user bob off sanitize-payload resetchannels -@all",
			"user default on nopass sanitize-payload ~* resetchannels +@all -flushall",
		]);
		expect(client.run("FLUSHALL")).toStartWith("-NOPERM");
	});

	test("begin with all channels where acl-pubsub-default says so", () => {
		const { client } = started("user alice on\nacl-pubsub-default allchannels");
		expect(listed(client)[0]).toBe("user alice on sanitize-payload &* -@all");
	});

	test("a line for the default user counts more than requirepass", () => {
		const { client } = started("user default on nopass +@all ~*\nrequirepass secret");
		expect(client.run("GET", "a")).toBe("$-1\r\n");
	});

	test("who is off is told of", () => {
		const { machine } = started("user alice");
		expect(machine.host.printed.join("\n")).toContain(
			"The user 'alice' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.",
		);
	});

	test("that are wrong keep the server from starting", () => {
		expect(refusal("port 6379\nuser alice %Q on")).toContain(
			">>> 'user alice %Q on'\nError in user declaration '%Q': Syntax error",
		);
		expect(refusal("user a\nuser a on")).toContain(
			"Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files",
		);
		expect(refusal("user a (+get")).toContain("Error in user declaration '(+get': Syntax error");
		expect(refusal("user a +nosuch")).toBe(
			"Error loading ACL rule '+nosuch' for the user named 'a': Unknown command or category name in ACL",
		);
		expect(refusal('user "a b" on')).toBe("Spaces not allowed in ACL usernames");
		expect(refusal("user a on\naclfile users.acl", { "users.acl": "" })).toStartWith(
			"Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid.",
		);
	});

	test("CONFIG REWRITE writes them, so that the same users are read again", () => {
		const file = "/redis.conf";
		const old = "# users\nuser alice on >x\nport 6379\n";
		const { client, machine } = started("user alice on >x", { [file]: old }, file);
		client.run("ACL", "SETUSER", "alice", "~a'\"\\\xc3\xa4*", "+get", '(+set ~"b)');
		client.run("ACL", "SETUSER", "alice", "~a'\"\\\xc3\xa4*", "+get", "(+set ~b)");
		client.run("ACL", "SETUSER", "bob", "on", "nopass", "&c");
		client.run("ACL", "SETUSER", "default", "-flushall");
		const before = listed(client);
		expect(client.run("CONFIG", "REWRITE")).toBe("+OK\r\n");
		const text = machine.files.readText(file);
		expect(text).toStartWith("# users\nuser alice on sanitize-payload #2d71");
		expect(text.match(/^user /gm)).toHaveLength(3);
		const again = started(text.replace(/^dir .*$/m, ""));
		expect(listed(again.client)).toEqual(before);
	});
});

describe("a file of users", () => {
	test("is read at the start, and saved as it is now", () => {
		const { client, machine } = started("aclfile users.acl", { "users.acl": "user alice on nopass +get ~a\u00e4\n" });
		expect(listed(client)).toEqual([
			"user alice on nopass sanitize-payload ~a\xc3\xa4 resetchannels -@all +get",
			DEFAULT,
		]);
		expect(client.run("ACL", "SETUSER", "alice", "-get")).toBe("+OK\r\n");
		expect(client.run("ACL", "SAVE")).toBe("+OK\r\n");
		expect(machine.files.readText("users.acl")).toBe(
			`user alice on nopass sanitize-payload ~a\u00e4 resetchannels -@all -get\n${DEFAULT}\n`,
		);
		expect(machine.files.list("/").filter((name) => name.includes("tmp"))).toEqual([]);
	});

	test("has to be there and to be right at the start", () => {
		expect(refusal("aclfile users.acl")).toBe(
			"Aborting Redis startup because of ACL errors: Error loading ACLs, opening file 'users.acl': No such file or directory",
		);
		expect(refusal("aclfile users.acl", { "users.acl": "user a foo" })).toBe(
			"Aborting Redis startup because of ACL errors: users.acl:1: Syntax error. " +
				"WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
		);
	});

	test("is read again by ACL LOAD, all of it or nothing", () => {
		const { client, machine } = started("aclfile users.acl", { "users.acl": "user alice on nopass +@all ~*\n" });
		const alice = machine.network.connect(6379);
		alice.run("AUTH", "alice", "");
		machine.files.replaceText("users.acl", "user bob on\nuser carl foo");
		expect(client.run("ACL", "LOAD")).toBe(
			"-ERR users.acl:2: Syntax error. WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n",
		);
		expect(alice.run("PING")).toBe("+PONG\r\n");
		machine.files.replaceText("users.acl", "user bob on nopass +@all ~*\nuser default on nopass +@all ~* -set");
		expect(client.run("ACL", "LOAD")).toBe("+OK\r\n");
		expect(listed(client).map((line) => line.split(" ")[1])).toEqual(["bob", "default"]);
		// Her user is not there any more; the default user's clients stay, under its new rules.
		expect(alice.isClosed).toBe(true);
		expect(client.run("SET", "a", "b")).toStartWith("-NOPERM");
		expect(client.run("ACL", "SAVE")).toBe("+OK\r\n");
	});

	test("without a default user gives it back all rights", () => {
		const { client } = started("aclfile users.acl\nrequirepass x", { "users.acl": "" });
		expect(listed(client)).toEqual([DEFAULT]);
	});

	test("who loads it hears of it before the connection is closed", () => {
		const { machine } = started("aclfile users.acl", { "users.acl": "user alice on nopass +@all\n" });
		const alice = machine.network.connect(6379);
		alice.run("AUTH", "alice", "");
		expect(alice.run("ACL", "LOAD")).toBe("+OK\r\n");
		expect(alice.isClosed).toBe(true);
	});

	test("that cannot be written leaves the old one", () => {
		const { client, machine } = started("aclfile users.acl", { "users.acl": "user alice\n" });
		const { rename } = machine.files;
		machine.files.rename = () => {
			throw new Error("EACCES: permission denied");
		};
		expect(client.run("ACL", "SAVE")).toBe(
			"-ERR There was an error trying to save the ACLs. Please check the server logs for more information\r\n",
		);
		machine.files.rename = rename;
		expect(machine.files.readText("users.acl")).toBe("user alice\n");
		expect(machine.host.printed.join("\n")).toContain("Saving the ACL file failed: Permission denied");
		expect(machine.files.list("/").filter((name) => name.includes("tmp"))).toEqual([]);
	});

	test("takes users out of the configuration file at CONFIG REWRITE", () => {
		const files = { "users.acl": "user alice on\n", "/redis.conf": "aclfile users.acl\nuser old on\n" };
		const { client, machine } = started("aclfile users.acl", files, "/redis.conf");
		expect(client.run("CONFIG", "REWRITE")).toBe("+OK\r\n");
		expect(machine.files.readText("/redis.conf")).not.toMatch(/^user /m);
	});
});
