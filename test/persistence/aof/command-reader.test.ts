import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OpenFile } from "../../../src/adapters/files.ts";
import { CommandReader } from "../../../src/persistence/aof/command-reader.ts";
import { MemoryFiles } from "../../config/memory-files.ts";
import { commandText, toBytes } from "../../support/wire.ts";

/** All words of all commands, and how the file ends. */
function readAll(bytes: Uint8Array, from = 0): { commands: string[][]; end: string; validTo: number } {
	const files = new MemoryFiles();
	files.lay("/work/a", bytes);
	const reader = CommandReader.ofFile(files.open("/work/a", "read"), from);
	const commands: string[][] = [];
	let validTo = from;
	while (reader.read()) {
		for (let i = 0; i < reader.count; i++) {
			const words: string[] = [];
			for (let at = reader.firsts[i]!; at < reader.firsts[i + 1]!; at += 2) {
				words.push(Buffer.from(reader.bytes.subarray(reader.ranges[at]!, reader.ranges[at + 1]!)).toString("latin1"));
			}
			commands.push(words);
			validTo = reader.offsetOf(reader.ends[i]!);
		}
	}
	return { commands, end: reader.outcome!, validTo };
}

const word = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const anyCommands = fc.array(fc.array(word, { minLength: 1, maxLength: 12 }), { maxLength: 200 });

describe("the commands of a file", () => {
	test("come back as they were written", () => {
		fc.assert(
			fc.property(anyCommands, (commands) => {
				const bytes = toBytes(commands.map(commandText).join(""));
				expect(readAll(bytes)).toEqual({ commands, end: "complete", validTo: bytes.length });
			}),
		);
	});

	test("may be larger than the window, many, and have many words", () => {
		const commands = [
			["SET", "a", "x".repeat(3_000_000)],
			["RPUSH", "l", ...Array.from({ length: 300_000 }, (_, i) => `element ${i}`)],
			...Array.from({ length: 40_000 }, (_, i) => ["SET", `key:${i}`, "y".repeat(i % 100)]),
		];
		const read = readAll(toBytes(commands.map(commandText).join("")));
		expect(read.end).toBe("complete");
		expect(Bun.hash(JSON.stringify(read.commands))).toBe(Bun.hash(JSON.stringify(commands)));
	});

	const lines = ["#TS:17\r\n", commandText(["SET", "a", "12345678901"]), "#x\r\n", commandText(["DEL", "a"])];
	const whole = toBytes(lines.join(""));
	const first = lines[0]!.length + lines[1]!.length;

	test("cut at any byte, are those before the cut", () => {
		for (let length = 0; length <= whole.length; length++) {
			const { commands, end, validTo } = readAll(whole.slice(0, length));
			const isAll = length === whole.length;
			expect(commands.length).toBe(isAll ? 2 : length >= first ? 1 : 0);
			expect(validTo).toBe(isAll ? length : length >= first ? first : 0);
			const isBetween = [0, 8, first, first + 4, whole.length].includes(length);
			expect([length, end]).toEqual([length, isBetween ? "complete" : "cut off"]);
		}
	});

	test("with a bit flipped, end in good order and in bounds", () => {
		for (let at = 0; at < whole.length; at++) {
			for (let bit = 0; bit < 8; bit++) {
				const bytes = whole.slice();
				bytes[at]! ^= 1 << bit;
				const { commands, end } = readAll(bytes);
				expect(commands.length).toBeLessThanOrEqual(2);
				expect(["complete", "cut off", "malformed"]).toContain(end);
			}
		}
	});

	test.each([
		"PING\r\n",
		"\r\n",
		"*0\r\n",
		"*-1\r\n",
		"*\r\n",
		"*1\n$4\r\nPING\r\n",
		"*1\r\n:4\r\nPING\r\n",
		"*1\r\n$4\r\nPINGxx",
		"*1\r\n$-1\r\n",
		"*1x\r\n",
		"*99999999999999\r\n",
		`#${"x".repeat(2000)}`,
	])("are none in %j", (text) => {
		expect(readAll(toBytes(text)).end).toBe("malformed");
	});

	test("are not believed to be longer than the file", () => {
		const text = "*2\r\n$3\r\nGET\r\n$9999999999\r\nabc";
		const bytes = toBytes(text);
		let asked = 0;
		const file = {
			size: () => bytes.length,
			read(into: Uint8Array, from: number, to: number, position: number) {
				asked = Math.max(asked, into.length);
				const part = bytes.subarray(position, position + to - from);
				into.set(part, from);
				return part.length;
			},
		} as OpenFile;
		const reader = CommandReader.ofFile(file, 0);
		expect(reader.read()).toBe(false);
		expect(reader.outcome).toBe("cut off");
		expect(asked).toBeLessThanOrEqual(bytes.length);
	});
});
