/** cjson: what it makes of any JSON text, beside JavaScript's parser. Transcripts compare exact bytes with Redis's. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();

function reencoded(json: string): string {
	const reply = scripts.eval("return cjson.encode(cjson.decode(ARGV[1]))", [], [json]);
	expect(reply).toStartWith("$");
	return Buffer.from(reply.slice(reply.indexOf("\n") + 1, -2), "latin1").toString();
}

/** As Lua sees it: an object without fields and an array without elements are the same, and so is a list with gaps. */
const value = fc.letrec((tie) => ({
	any: fc.oneof(
		{ maxDepth: 4 },
		fc.string({ unit: fc.constantFrom(...'a"\\/\b\n\r\t é€\u0000\u001f') }),
		fc.integer(),
		fc.boolean(),
		fc.constant(null),
		fc.array(tie("any"), { minLength: 1, maxLength: 5 }),
		fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("any"), { minKeys: 1, maxKeys: 5 }),
	),
})).any;

test("what is decoded and encoded again means the same", () => {
	fc.assert(
		fc.property(value, (one) => {
			const json = Buffer.from(JSON.stringify([one])).toString("latin1");
			expect(JSON.parse(reencoded(json))).toEqual([one]);
		}),
		{ numRuns: 300 },
	);
});

test("an empty array becomes an object, as in Redis", () => {
	expect(reencoded("[[]]")).toBe("[{}]");
});

test("text that is cut off anywhere is refused", () => {
	const json = '{"a":[1,-2.5e3,"x\\u00e9",true,null],"b":{}}';
	for (let length = 1; length < json.length; length++) {
		const reply = scripts.eval("return cjson.decode(ARGV[1])", [], [json.slice(0, length)]);
		expect(reply).toMatch(/^-ERR .*Expected .* at character \d+ script: /);
	}
});
