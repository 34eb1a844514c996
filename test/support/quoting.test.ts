import { expect, test } from "bun:test";
import { quote, quoteAll, splitQuoted } from "./quoting.ts";

test("every byte survives quoting and splitting", () => {
	const all = Array.from({ length: 256 }, (_, index) => String.fromCharCode(index));
	const args = ["plain", "", all.join(""), ...all, "'", "\\x41", "a b"];
	expect(splitQuoted(quoteAll(args))).toEqual(args);
	for (const argument of args) expect(quote(argument)).toMatch(/^[\x20-\x7e]+$/);
});

test("splits as redis-cli does", () => {
	expect(splitQuoted(` set  "a\\x00b\\n" 'it\\'s\\n' plain"quote `)).toEqual([
		"set",
		"a\x00b\n",
		"it's\\n",
		'plain"quote',
	]);
	for (const unbalanced of [`"a`, `'a`, `"a"b`, `'a'b`, `"a\\`]) expect(() => splitQuoted(unbalanced)).toThrow();
});
