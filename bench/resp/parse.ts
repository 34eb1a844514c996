/**
 * `RequestParser` on chunks as clients send them, and `ReplyWriter` on what they are answered. Each benchmark is named
 * by what one of its rounds is; divide by the commands in it for the cost of one.
 */
import { bench, do_not_optimize, run } from "mitata";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { RequestParser } from "../../src/resp/request-parser.ts";

function encode(words: readonly string[]): string {
	return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function repeated(count: number, make: (index: number) => string): Uint8Array {
	return new Uint8Array(Buffer.from(Array.from({ length: count }, (_, index) => make(index)).join(""), "latin1"));
}

const key = (index: number) => `key:${String(index * 7919).padStart(12, "0")}`;

const chunks: readonly (readonly [name: string, bytes: Uint8Array])[] = [
	["1 GET", repeated(1, (index) => encode(["GET", key(index)]))],
	["64 GET", repeated(64, (index) => encode(["GET", key(index)]))],
	["64 SET of 3 bytes", repeated(64, (index) => encode(["SET", key(index), "xxx"]))],
	["64 SET of 200 bytes", repeated(64, (index) => encode(["SET", key(index), "x".repeat(200)]))],
	["1 MSET of 10 keys", repeated(1, () => encode(["MSET", ...Array.from({ length: 20 }, (_, index) => key(index))]))],
	["1 command of 1,000 arguments", repeated(1, () => encode(Array.from({ length: 1000 }, (_, index) => key(index))))],
	["64 inline PING", repeated(64, () => "PING\r\n")],
	["64 inline SET with quotes", repeated(64, (index) => `SET ${key(index)} "a b"\r\n`)],
];

/** Parses a whole chunk, batch by batch; returns something of it, lest the work be optimised away. */
function parseChunk(parser: RequestParser, bytes: Uint8Array): number {
	let sum = 0;
	parser.begin(0);
	for (;;) {
		const more = parser.parse(bytes, bytes.length);
		sum += parser.count + parser.ranges[0]!;
		parser.nextBatch();
		if (!more) return sum;
	}
}

export function benches(): void {
	for (const [name, source] of chunks) {
		const parser = new RequestParser();
		// Quotes are decoded where they lie, so these chunks are made anew for each round.
		const isDecoded = name.includes("quotes");
		const bytes = source.slice();
		bench(`parse ${name}`, () => {
			if (isDecoded) bytes.set(source);
			return do_not_optimize(parseChunk(parser, bytes));
		});
	}
	for (const length of [3, 64, 1024]) {
		const writer = new ReplyWriter();
		const value = new Uint8Array(length).fill(0x78);
		bench(`write 64 bulk strings of ${length} bytes`, () => {
			writer.clear();
			for (let count = 0; count < 64; count++) writer.bulk(value, 0, length);
			return do_not_optimize(writer.length);
		});
	}
	const writer = new ReplyWriter();
	bench("write 64 integers", () => {
		writer.clear();
		for (let value = 0; value < 64; value++) writer.integer(value * 977);
		return do_not_optimize(writer.length);
	});
}

if (import.meta.main) {
	benches();
	await run();
}
