import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkAof } from "../../../src/persistence/aof/check.ts";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import { toBytes } from "../../support/wire.ts";
import { AofMachine, commands } from "./machine.ts";

type Parts = Readonly<Record<string, string>>;
interface Outcome {
	readonly text: string;
	readonly code: number;
	readonly parts: Parts;
}

const FOLDER = "/work/files";
const directory = mkdtempSync(join(tmpdir(), "redis-lite-check-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** What ours makes of the files; `answer` is what somebody types. */
function ours(parts: Parts, words: readonly string[], answer: string | null): Outcome {
	const files = new SimulatedDisk();
	for (const [name, text] of Object.entries(parts)) files.lay(`${FOLDER}/${name}`, toBytes(text));
	files.changeDirectory(FOLDER);
	let text = "";
	const print = (more: string) => {
		text += more;
	};
	const code = checkAof(words, { files, print, ask: () => answer, now_ms: 1_700_000_000_000 });
	const left = Object.keys(parts).map((name) => [name, Buffer.from(files.contents(name)!).toString("latin1")]);
	return { text, code, parts: Object.fromEntries(left) as Parts };
}

function theirs(parts: Parts, words: readonly string[], answer: string | null): Outcome {
	rmSync(join(directory, "files"), { recursive: true, force: true });
	mkdirSync(join(directory, "files"));
	for (const [name, text] of Object.entries(parts)) writeFileSync(join(directory, "files", name), toBytes(text));
	const { stdout, exitCode } = Bun.spawnSync(["redis-check-aof", ...words], {
		cwd: join(directory, "files"),
		stdin: Buffer.from(answer === null ? "" : `${answer}\n`),
	});
	const left = Object.keys(parts).map((name) => [name, readFileSync(join(directory, "files", name), "latin1")]);
	return { text: stdout.toString("latin1"), code: exitCode, parts: Object.fromEntries(left) as Parts };
}

const isThere = Bun.which("redis-check-aof") !== null;
if (!isThere) console.warn("redis-check-aof is not installed: nothing to compare with (apt-get install redis-tools)");
const compared = test.skipIf(!isThere);

function expectSame(parts: Parts, words: readonly string[], answer: string | null = null): void {
	expect(comparable(ours(parts, words, answer))).toEqual(comparable(theirs(parts, words, answer)));
}

/** Behind the end of what it has read, redis-check-aof shows whatever lies in its memory. */
function comparable(outcome: Outcome): Outcome {
	return { ...outcome, text: outcome.text.replaceAll(/got: 00[0-9a-f]{2,8}$/gm, "got: 00…") };
}

const M = "appendonly.aof.manifest";
const manifest = "file base seq 1 type b\nfile one seq 1 type i\nfile two seq 2 type i\n";
const set = commands("SET a 1");
const stamped = `#TS:100\r\n${set}#TS:200\r\n${commands("DEL a")}`;

describe("one file", () => {
	const broken: readonly string[] = [
		set,
		"",
		set + set.slice(0, -3),
		`${set}*2\r\n$4\r\nincr\r\n$1x\r\nx\r\n*`,
		"hello\r\n",
		"*1\r\n#1\r\na\r\n",
		commands("MULTI"),
		commands("MULTI", "SET a 1", "EXEC"),
		commands("multi", "SET a 1", "multi", "EXEC"),
		commands("SET a 1", "EXEC"),
		set + commands("MULTI", "SET a 1"),
		"*1\r\n$-5\r\nabc\r\n",
		"*-1\r\n*0\r\n",
		"*1\r\n$4\r\nPINGxx",
		"*1\r\n$999999999999\r\nPING\r\n",
		"*\r\n",
		"*x\r\n",
		"#no end",
		`${set}\x00\x00\x00\x00\x00\x00\x00`,
	];
	compared.each(broken)("%j", (text) => {
		expectSame({ a: text }, ["a"]);
		expectSame({ a: text }, ["--fix", "a"], "y");
		expectSame({ a: text }, ["--fix", "a"], "no");
		expectSame({ a: text }, ["--fix", "a"]);
	});

	compared("cut off at any byte, mended and not", () => {
		const text = set + commands("MULTI", "DEL a", "EXEC");
		for (let length = 1; length <= text.length; length++) {
			expectSame({ a: text.slice(0, length) }, ["a"]);
			expectSame({ a: text.slice(0, length) }, ["--fix", "a"], "Y");
		}
	});

	compared("with a byte that is another one", () => {
		for (let at = 0; at < set.length; at++) {
			for (const byte of ["\x00", "9", "*", "\xff"]) {
				expectSame({ a: set.slice(0, at) + byte + set.slice(at + 1) }, ["a"]);
			}
		}
	});

	compared.each([["50"], ["100"], ["150"], ["200"], ["300"], ["0"], ["x"], ["-1"]])("back to second %s", (at) => {
		expectSame({ a: stamped }, ["--truncate-to-timestamp", at, "a"]);
	});

	compared("words that mean nothing", () => {
		for (const words of [[], ["a", "b"], ["--fix", "a", "b"], ["--truncate-to-timestamp", "a"], ["missing"]]) {
			expectSame({ a: set }, words);
		}
	});
});

describe("a manifest", () => {
	compared("of files that are sound, empty, or not", () => {
		expectSame({ [M]: manifest, base: set, one: set, two: set }, [M]);
		expectSame({ [M]: manifest, base: "", one: "", two: "" }, [M]);
		expectSame({ [M]: manifest, base: set, one: set, two: set.slice(0, -1) }, [M]);
		expectSame({ [M]: manifest, base: set, one: set.slice(0, -1), two: set }, [M]);
		expectSame({ [M]: manifest, base: set, one: set }, [M]);
	});

	test("that is none", () => {
		const { text, code } = ours({ [M]: `${manifest}rubbish\n` }, [M], null);
		expect([code, text.split("\n").filter((line) => line !== "")]).toEqual([
			1,
			[
				"Start checking Multi Part AOF",
				"*** FATAL AOF MANIFEST FILE ERROR ***",
				"Reading the manifest file, at line 4",
				">>> 'rubbish'",
				"Invalid AOF manifest file format",
			],
		]);
	});

	compared("is mended where the last file is broken, and only there", () => {
		expectSame({ [M]: manifest, base: set, one: set, two: set.slice(0, -1) }, ["--fix", M], "y");
		expectSame({ [M]: manifest, base: set, one: set.slice(0, -1), two: set }, ["--fix", M], "y");
	});

	compared("goes back to a second within its last file", () => {
		const later = stamped.replaceAll("#TS:1", "#TS:3").replaceAll("#TS:2", "#TS:4");
		for (const at of ["150", "300", "350", "500"]) {
			expectSame({ [M]: manifest, base: "", one: stamped, two: later }, ["--truncate-to-timestamp", at, M]);
		}
	});

	compared("of ours is sound for both", () => {
		const machine = new AofMachine();
		machine.run("RPUSH", "l", 1, 2, 3);
		machine.run("BGREWRITEAOF");
		machine.time.advance(1000);
		machine.run("SET", "a", 1);
		const parts: Record<string, string> = {};
		for (const name of machine.disk.list("/work/appendonlydir")) {
			parts[name] = Buffer.from(machine.disk.contents(`/work/appendonlydir/${name}`)!).toString("latin1");
		}
		expect(ours(parts, [M], null).code).toBe(0);
		const { text, code } = theirs(parts, [M], null);
		expect([code, text.trimEnd().split("\n").at(-1)]).toEqual([0, "All AOF files and manifest are valid"]);
		expect(ours(parts, [M], null).text).toBe(text);
	});
});
