/** Which of several selectors counts, and that nobody touches a key without the right to it. */
import { describe, expect, test } from "bun:test";
import { Generator } from "../differential/generate.ts";
import { groups } from "../differential/groups/index.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started() {
	const machine = new VirtualMachine();
	const server = machine.start("enable-debug-command yes");
	return { machine, server, admin: machine.network.connect(6379) };
}

describe("several selectors", () => {
	const { admin } = started();
	const ask = (rules: string, ...command: string[]) => {
		expect(admin.run("ACL", "SETUSER", "u", "reset", ...rules.split(" "))).toBe("+OK\r\n");
		return admin.run("ACL", "DRYRUN", "u", ...command).replace(/^\$\d+\r\n/, "");
	};
	const noKey = (key: string) => `User u has no permissions to access the '${key}' key\r\n`;
	const noChannel = (channel: string) => `User u has no permissions to access the '${channel}' channel\r\n`;
	const noCommand = (command: string) => `User u has no permissions to run the '${command}' command\r\n`;

	test("one that allows all of a command is enough", () => {
		expect(ask("+get ~a (+set ~b)", "GET", "a")).toBe("+OK\r\n");
		expect(ask("+get ~a (+set ~b)", "SET", "b", "x")).toBe("+OK\r\n");
	});

	test("one allows the command, another the key: that is none", () => {
		expect(ask("+get ~a (+set ~b)", "GET", "b")).toBe(noKey("b"));
		expect(ask("+mset ~a (+mset ~b)", "MSET", "a", "1", "b", "2")).toBe(noKey("b"));
	});

	test("what comes furthest is told: a channel before a key before the command", () => {
		expect(ask("-@all (-@all)", "GET", "a")).toBe(noCommand("get"));
		expect(ask("-@all (+get ~b)", "GET", "a")).toBe(noKey("a"));
		expect(ask("+get ~b (-@all)", "GET", "a")).toBe(noKey("a"));
		// The last key that some selector did not allow.
		expect(ask("+mget ~a (+mget ~a ~b)", "MGET", "a", "b", "c")).toBe(noKey("c"));
		expect(ask("+mget ~a ~b (+mget ~a)", "MGET", "a", "b", "c")).toBe(noKey("c"));
		expect(ask("+publish (-@all)", "PUBLISH", "c", "x")).toBe(noChannel("c"));
	});

	test("SORT follows patterns only with the right to read all keys, by one selector with all the rest", () => {
		const { admin, machine } = started();
		admin.run("RPUSH", "list", "1", "2");
		const client = machine.network.connect(6379);
		admin.run("ACL", "SETUSER", "u", "on", "nopass");
		client.run("AUTH", "u", "");
		const sort = (rules: string, ...options: string[]) => {
			admin.run("ACL", "SETUSER", "u", "reset", "on", "nopass", ...rules.split(" "));
			return client.run("SORT", "list", ...options).split("\r\n")[0];
		};
		const [by, get] = ["BY", "GET"].map(
			(option) => `-ERR ${option} option of SORT denied due to insufficient ACL permissions.`,
		);
		expect(sort("+@all ~list", "BY", "w*")).toBe(by);
		expect(sort("+@all ~list", "BY", "nosort")).toBe("*2");
		expect(sort("+@all ~list", "GET", "#")).toBe(get);
		expect(sort("+@all ~list %W~*", "GET", "v*")).toBe(get);
		expect(sort("+@all ~list (~*)", "GET", "v*")).toBe(get);
		expect(sort("+@all ~list %R~*", "GET", "v*")).toBe("*2");
		expect(sort("-@all (+sort %R~*)", "BY", "w*")).toBe("*2");
		expect(sort("+@all ~*", "BY", "w*", "GET", "v*")).toBe("*2");
	});
});

test("a refused command is the client's last one, as it is shown in the log", () => {
	const { admin, machine } = started();
	admin.run("ACL", "SETUSER", "u", "on", "nopass", "+ping");
	const client = machine.network.connect(6379);
	client.run("AUTH", "u", "");
	client.run("PING");
	client.run("GET", "a");
	expect(admin.run("ACL", "LOG")).toContain(" cmd=get user=u ");
});

/** What looks at keys without naming them, or changes the connection. */
const KEYLESS =
	/^(keys|scan|randomkey|dbsize|flush(all|db)|swapdb|debug|save|bgsave|bgrewriteaof|shutdown|quit|reset|hello|auth|client|select|config|(un|p|s|pun|sun)?subscribe|multi|exec|discard|acl|monitor|migrate)$/i;

test("whoever has no key touches none, whatever the command", () => {
	const { server, machine, admin } = started();
	admin.run("ACL", "SETUSER", "u", "on", "nopass", "+@all", "&*");
	const client = machine.network.connect(6379);
	client.run("AUTH", "u", "");
	const generator = new Generator(7, 2, groups);
	const { keyspace } = server;
	const touched: string[] = [];
	let denied = 0;
	let count = 0;
	while (count < 30_000) {
		const step = generator.next();
		if (step.kind !== "pipeline") continue;
		for (const { args } of step.commands) {
			if (KEYLESS.test(args[0]!)) continue;
			count++;
			const before = [keyspace.hits, keyspace.misses, keyspace.changes.dirty].join(" ");
			const reply = client.run(...args);
			if (reply.startsWith("-NOPERM")) denied++;
			if ([keyspace.hits, keyspace.misses, keyspace.changes.dirty].join(" ") !== before) touched.push(args.join(" "));
		}
	}
	expect(touched).toEqual([]);
	expect(denied).toBeGreaterThan(20_000);
});
