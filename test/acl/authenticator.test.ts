import { describe, expect, test } from "bun:test";
import { DEFAULT_USER, DefaultUserAuthenticator } from "../../src/acl/authenticator.ts";
import { bytesOf } from "../../src/bytes/ascii.ts";

describe("the default user alone", () => {
	test("without a password is open, to any password", () => {
		const open = new DefaultUserAuthenticator("");
		expect(open.defaultUserIsOpen()).toBe(true);
		expect(open.accepts(DEFAULT_USER, bytesOf("anything"))).toBe(true);
		expect(open.accepts(DEFAULT_USER, bytesOf(""))).toBe(true);
		expect(open.accepts("nobody", bytesOf(""))).toBe(false);
	});

	test("with a password accepts that one and nothing near it", () => {
		const guarded = new DefaultUserAuthenticator("abcabc");
		expect(guarded.defaultUserIsOpen()).toBe(false);
		expect(guarded.accepts(DEFAULT_USER, bytesOf("abcabc"))).toBe(true);
		// The expected password repeats while a longer one is compared, and must not pass for it.
		const wrong = ["", "a", "abc", "abcab", "abcabcabc", "abcabcabcabc", "abcabd", "Abcabc", "abcabc\0", "\0abcabc"];
		for (const password of wrong) expect(guarded.accepts(DEFAULT_USER, bytesOf(password))).toBe(false);
		expect(guarded.accepts("nobody", bytesOf("abcabc"))).toBe(false);
		expect(guarded.accepts("Default", bytesOf("abcabc"))).toBe(false);
	});

	test("compares UTF-8", () => {
		const guarded = new DefaultUserAuthenticator("pässwörd");
		expect(guarded.accepts(DEFAULT_USER, bytesOf("pässwörd"))).toBe(true);
		expect(guarded.accepts(DEFAULT_USER, new Uint8Array(Buffer.from("pässwörd", "latin1")))).toBe(false);
	});

	test("changes its password and takes it away", () => {
		const changing = new DefaultUserAuthenticator("old");
		changing.setPassword("new");
		expect(changing.accepts(DEFAULT_USER, bytesOf("old"))).toBe(false);
		expect(changing.accepts(DEFAULT_USER, bytesOf("new"))).toBe(true);
		changing.setPassword("");
		expect(changing.defaultUserIsOpen()).toBe(true);
	});

	test("exists, and nobody else", () => {
		const authenticator = new DefaultUserAuthenticator("");
		expect(authenticator.exists(DEFAULT_USER)).toBe(true);
		expect(authenticator.exists("nobody")).toBe(false);
	});
});
