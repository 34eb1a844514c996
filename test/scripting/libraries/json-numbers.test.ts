import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import Redis from "ioredis";
import { formatG } from "../../../src/bytes/printf.ts";
import { RedisLite } from "../../../src/index.ts";

/** Numbers as they are stored: fractions of a few places, counts, and anything else. */
const numbers = fc.oneof(
	fc.double({ noNaN: true, noDefaultInfinity: true }),
	fc.tuple(fc.integer(), fc.nat(6)).map(([digits, places]) => digits / 10 ** places),
	fc.maxSafeInteger(),
	fc.constantFrom(0, -0, 1e14, 1e14 - 1, 1e15, 99999.99995, 0.1 + 0.2, 1e9 - 0.5, 999999999.9999, 0.001, 0.00099),
);

let server: RedisLite;
let client: Redis;

beforeAll(async () => {
	server = await RedisLite.start();
	client = new Redis(server.port);
});

afterAll(async () => {
	client.disconnect();
	await server.stop();
});

test("numbers are read exactly, and written as %.<precision>g writes them", async () => {
	const script = `cjson.encode_keep_buffer(true)
cjson.encode_number_precision(tonumber(ARGV[2]))
local numbers = cjson.decode(ARGV[1])
local exact = {}
for i, number in ipairs(numbers) do exact[i] = string.format("%.17g", number) end
local text = cjson.encode(numbers)
cjson.encode_number_precision(14)
return { text, unpack(exact) }`;
	await fc.assert(
		fc.asyncProperty(
			fc.array(numbers, { minLength: 1, maxLength: 60 }),
			fc.integer({ min: 1, max: 14 }),
			async (list, precision) => {
				const source = `[${list.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(",")}]`;
				const [text, ...exact] = (await client.eval(script, 0, source, precision)) as string[];
				expect(exact.map(Number)).toEqual(list);
				expect(text).toBe(`[${list.map((value) => formatG(value, precision)).join(",")}]`);
			},
		),
		{ numRuns: 300, seed: 1 },
	);
});
