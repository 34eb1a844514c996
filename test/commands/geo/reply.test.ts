import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { latin1 } from "../../../src/bytes/ascii.ts";
import { replyDistance, replyPosition } from "../../../src/commands/geo/reply.ts";
import { ReplyWriter } from "../../../src/resp/reply-writer.ts";
import { bulk } from "../sorted-set/engine.ts";

function written(write: (reply: ReplyWriter) => void, protocol = 2): string {
	const reply = new ReplyWriter();
	reply.protocol = protocol;
	write(reply);
	return latin1(reply.bytes, 0, reply.length);
}

function distance(value: number): string {
	return written((reply) => replyDistance(reply, value));
}

describe("a distance", () => {
	test("has four decimals", () => {
		fc.assert(
			fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (value) => {
				const shown = Number(distance(value).split("\r\n")[1]);
				expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.0000501 + value * 1e-15);
				expect(distance(shown)).toBe(bulk(shown.toFixed(4)));
			}),
			{ seed: 1 },
		);
		expect(distance(0)).toBe(bulk("0.0000"));
		expect(distance(20037726.37)).toBe(bulk("20037726.3700"));
		expect(distance(999.99996)).toBe(bulk("1000.0000"));
	});

	test("half way between two goes to the even one", () => {
		for (const [thirtySeconds, text] of [
			[1, "0.0312"],
			[3, "0.0938"],
			[5, "0.1562"],
			[7, "0.2188"],
			[32 * 500 + 1, "500.0312"],
		] as const) {
			expect(distance(thirtySeconds / 32)).toBe(bulk(text));
		}
	});
});

test("a position is two doubles of many digits", () => {
	const write = (reply: ReplyWriter): void => replyPosition(reply, 3479099956230698);
	expect(written(write)).toBe(`*2\r\n${bulk("13.36138933897018433")}${bulk("38.11555639549629859")}`);
	expect(written(write, 3)).toBe("*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n");
});
