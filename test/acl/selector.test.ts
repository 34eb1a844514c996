/** What a selector allows: commands by bits, keys by patterns and permissions, channels. */
import { describe, expect, test } from "bun:test";
import { permissionsFor, READ, WRITE } from "../../src/acl/selector.ts";
import type { User } from "../../src/acl/user.ts";
import { latin1Bytes } from "../../src/bytes/ascii.ts";
import { KEY_ACCESS, KEY_DELETE, KEY_INSERT, KEY_RO, KEY_RW, KEY_UPDATE } from "../../src/dispatch/key-rule.ts";
import type { Words } from "../../src/dispatch/keys.ts";
import { RuleFixture } from "./rule-fixture.ts";

const fixture = new RuleFixture();

function userWith(...rules: string[]): User {
	const error = fixture.make(...rules);
	if (error.startsWith("ERR")) throw new Error(error);
	return fixture.users.get("u")!;
}

function wordsOf(text: string): { words: Words; argc: number } {
	const parts = text.split(" ");
	const starts = parts.map((_, index) => parts.slice(0, index).join(" ").length + (index > 0 ? 1 : 0));
	const words = {
		bytes: latin1Bytes(text),
		start: (word: number) => starts[word]!,
		end: (word: number) => starts[word]! + parts[word]!.length,
	};
	return { words, argc: parts.length };
}

function mayRun({ root }: User, text: string): boolean {
	const { words, argc } = wordsOf(text);
	const [name, subcommand] = text.toLowerCase().split(" ");
	const command = fixture.table.named(`${name}|${subcommand}`) ?? fixture.table.named(name!)!;
	return root.mayRun(command, words, 0, argc);
}

describe("commands", () => {
	test("one, all, all but one", () => {
		expect(mayRun(userWith("+get"), "get a")).toBe(true);
		expect(mayRun(userWith("+get"), "set a b")).toBe(false);
		expect(mayRun(userWith("+@all", "-get"), "get a")).toBe(false);
		expect(mayRun(userWith("+@all", "-get"), "set a b")).toBe(true);
	});

	test("a container stands for its subcommands, a subcommand for itself", () => {
		expect(mayRun(userWith("+config"), "config get x")).toBe(true);
		expect(mayRun(userWith("+config|get"), "config get x")).toBe(true);
		expect(mayRun(userWith("+config|get"), "config set x y")).toBe(false);
		expect(mayRun(userWith("+config", "-config|set"), "config set x y")).toBe(false);
		expect(mayRun(userWith("+config", "-config|set"), "config get x")).toBe(true);
	});

	test("a category, and what a later rule takes out of it", () => {
		const user = userWith("+@read", "-get");
		expect([mayRun(user, "get a"), mayRun(user, "mget a"), mayRun(user, "set a b")]).toEqual([false, true, false]);
		// A container in a category takes all its subcommands along.
		expect(mayRun(userWith("+@slow"), "config set x y")).toBe(true);
	});

	test("with one first argument, in any case", () => {
		const user = userWith("+select|1", "+select|Abc");
		expect([mayRun(user, "select 1"), mayRun(user, "select aBC")]).toEqual([true, true]);
		expect([mayRun(user, "select 0"), mayRun(user, "select 11"), mayRun(user, "select")]).toEqual([
			false,
			false,
			false,
		]);
		expect(mayRun(userWith("+select|1", "-@connection"), "select 1")).toBe(false);
	});

	test("who one is may always be said", () => {
		const user = userWith("-@all");
		expect(["auth x", "hello", "quit", "reset"].map((text) => mayRun(user, text))).toEqual([true, true, true, true]);
	});

	test("new ones are included where all were allowed at first", () => {
		expect(userWith("+@all", "-get").root.includesNewCommands).toBe(true);
		expect(userWith("+@read", "+@write").root.includesNewCommands).toBe(false);
	});
});

describe("keys", () => {
	const may = ({ root }: User, key: string, permissions: number): boolean =>
		root.mayUseKey(latin1Bytes(`<${key}>`), 1, 1 + key.length, permissions);

	test("what an access takes", () => {
		expect(permissionsFor(KEY_RO | KEY_ACCESS)).toBe(READ);
		expect(permissionsFor(KEY_RW | KEY_ACCESS | KEY_UPDATE)).toBe(READ | WRITE);
		for (const bit of [KEY_UPDATE, KEY_INSERT, KEY_DELETE]) expect(permissionsFor(KEY_RW | bit)).toBe(WRITE);
		expect(permissionsFor(KEY_RO)).toBe(0);
	});

	test("each permission by itself, and both", () => {
		const user = userWith("%R~r*", "%W~w*", "~b*");
		expect([may(user, "r1", READ), may(user, "r1", WRITE), may(user, "r1", READ | WRITE)]).toEqual([
			true,
			false,
			false,
		]);
		expect([may(user, "w1", READ), may(user, "w1", WRITE), may(user, "w1", READ | WRITE)]).toEqual([
			false,
			true,
			false,
		]);
		expect([may(user, "b1", READ), may(user, "b1", WRITE), may(user, "b1", READ | WRITE)]).toEqual([true, true, true]);
		expect([may(user, "x", READ), may(user, "", READ)]).toEqual([false, false]);
		// Neither read nor written: any pattern will do, but some has to.
		expect([may(user, "r1", 0), may(user, "w1", 0), may(user, "x", 0)]).toEqual([true, true, false]);
	});

	test("two patterns do not add up", () => {
		const user = userWith("%R~a*", "%W~*a");
		expect([may(user, "aa", READ), may(user, "aa", WRITE), may(user, "aa", READ | WRITE)]).toEqual([true, true, false]);
	});

	test("all of them", () => {
		expect(may(userWith("~*"), "", READ | WRITE)).toBe(true);
		expect(userWith("~*").root.mayReadAllKeys()).toBe(true);
		expect(userWith("%R~*").root.mayReadAllKeys()).toBe(true);
		expect(userWith("%W~*", "~a*").root.mayReadAllKeys()).toBe(false);
	});
});

describe("channels", () => {
	const may = ({ root }: User, name: string, isPattern = false): boolean =>
		root.mayUseChannel(latin1Bytes(`<${name}>`), 1, 1 + name.length, isPattern);

	test("names match patterns, patterns are compared with them", () => {
		const user = userWith("&news.*", "&plain");
		expect([may(user, "news.a"), may(user, "plain"), may(user, "news")]).toEqual([true, true, false]);
		expect([
			may(user, "news.*", true),
			may(user, "plain", true),
			may(user, "news.a", true),
			may(user, "*", true),
		]).toEqual([true, true, false, false]);
		expect(may(user, "plain\0", true)).toBe(false);
		expect([may(userWith("&*"), "x"), may(userWith("&*"), "x*", true), may(userWith(), "x")]).toEqual([
			true,
			true,
			false,
		]);
	});
});

test("nothing is left to ask of who may do everything", () => {
	expect(userWith("+@all", "~*", "&*").isUnrestricted()).toBe(true);
	expect(userWith("(+@all ~* &*)").isUnrestricted()).toBe(true);
	expect(userWith("+@all", "-get", "+get", "~*", "&*").isUnrestricted()).toBe(true);
	for (const rules of ["+@all ~*", "+@all &*", "~* &*", "+@all ~* &* -get", "+@all ~* (&*)"]) {
		expect(userWith(...rules.split(" ")).isUnrestricted()).toBe(false);
	}
});

test("a copy is a thing of its own", () => {
	const user = userWith("+get", "+select|0", "%R~a", "&b");
	const copy = user.root.copy();
	const before = copy.describe();
	fixture.set("-get", "+select|1", "%W~a", "&c", "+@all");
	expect(copy.describe()).toBe(before);
	expect(fixture.describe()).not.toContain(before);
});
