/** The file of users: what is read, what is told where it is wrong. */
import { describe, expect, test } from "bun:test";
import { readUsers, writeUsers } from "../../src/acl/acl-file.ts";
import { RuleFixture } from "./rule-fixture.ts";

const { users: registry } = new RuleFixture();
const NOTHING_CHANGED = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
const read = (text: string) => readUsers(text, "users.acl", registry);

describe("a file of users", () => {
	test("has a user in each line, and lines without one", () => {
		const { users, errors } = read("user a on nopass ~* +@all\n\n  user b  >x   (~k\t +get)\r\n \t\nuser c");
		expect(errors).toBe("");
		expect(users.map((user) => `${user.name} ${user.describe()}`)).toEqual([
			"a on nopass sanitize-payload ~* resetchannels +@all",
			"b off sanitize-payload #2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 resetchannels -@all (~k resetchannels -@all +get)",
			"c off sanitize-payload resetchannels -@all",
		]);
	});

	test("that is empty has nobody", () => {
		expect(read("")).toEqual({ users: [], errors: "" });
	});

	test("is read back as it was written, whatever bytes are in it", () => {
		const text = "user a\xff on ~k\xfe\x80 %R~'\"\\ &\xc3 +@all -get (~x -@all +set)\nuser default nopass\n";
		const { users } = read(text);
		const written = writeUsers(users);
		expect(written).toContain("~k\xfe\x80 %R~'\"\\ resetchannels &\xc3");
		expect(writeUsers(read(written).users)).toBe(written);
	});

	const wrong: readonly (readonly [text: string, errors: string])[] = [
		["foo bar", "users.acl:1 should start with user keyword followed by the username. "],
		["\nuser", "users.acl:2 should start with user keyword followed by the username. "],
		["USER a on", "users.acl:1 should start with user keyword followed by the username. "],
		["# a comment", "users.acl:1 should start with user keyword followed by the username. "],
		["user a\tb on", "'users.acl:1: username 'a\tb' contains invalid characters. "],
		["user a\nuser a", "WARNING: Duplicate user 'a' found on line 2. "],
		["user a (+get", "users.acl:1: Unmatched parenthesis in selector definition."],
		["user a %Q foo ~*", "users.acl:1: Syntax error. "],
		[
			"user a +nosuch foo -@no %Q\nuser b +no",
			"users.acl:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
				"users.acl:1: Syntax error. " +
				"users.acl:1: Error in applying operation '-@no': Unknown command or category name in ACL. " +
				"users.acl:2: Error in applying operation '+no': Unknown command or category name in ACL. ",
		],
	];
	for (const [text, errors] of wrong) {
		test(`is refused: ${JSON.stringify(text)}`, () => {
			expect(read(text).errors).toBe(errors + NOTHING_CHANGED);
		});
	}
});
