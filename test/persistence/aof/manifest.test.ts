import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
	EMPTY_MANIFEST,
	formatManifest,
	loadedFiles,
	type Manifest,
	ManifestError,
	parseManifest,
	withNewBase,
	withNewIncrement,
	withRewritten,
} from "../../../src/persistence/aof/manifest.ts";

const B = "file appendonly.aof.2.base.rdb seq 2 type b\n";
const H = "file appendonly.aof.1.incr.aof seq 1 type h\n";
const I = "file appendonly.aof.4.incr.aof seq 4 type i\n";

describe("a manifest", () => {
	test("says which files there are", () => {
		expect(parseManifest(`# a comment\n${B}${H}${I}`)).toEqual({
			base: { name: "appendonly.aof.2.base.rdb", sequence: 2 },
			history: [{ name: "appendonly.aof.1.incr.aof", sequence: 1 }],
			increments: [{ name: "appendonly.aof.4.incr.aof", sequence: 4 }],
			baseSequence: 2,
			incrementSequence: 4,
		});
	});

	const refused: readonly (readonly [text: string, reason: string, line: number])[] = [
		["", "Found an empty AOF manifest", 0],
		["\n", "Invalid AOF manifest file format", 1],
		[`${B}\n${I}`, "Invalid AOF manifest file format", 2],
		[`${B}file a seq 1 type i`, "The AOF manifest file contains too long line", 0],
		[`file ${"a".repeat(1100)} seq 1 type i\n`, "The AOF manifest file contains too long line", 0],
		["file a seq 1\n", "Invalid AOF manifest file format", 1],
		["file a seq 1 type i extra\n", "Invalid AOF manifest file format", 1],
		["file a seq 0 type i\n", "Invalid AOF manifest file format", 1],
		["file a seq x type i\n", "Invalid AOF manifest file format", 1],
		['file "a seq 1 type i\n', "Invalid AOF manifest file format", 1],
		["file dir/a seq 1 type i\n", "File can't be a path, just a filename", 1],
		["file a seq 1 type x\n", "Unknown AOF file type", 1],
		[B + B, "Found duplicate base file information", 2],
		[I + I, "Found a non-monotonic sequence number", 2],
		["file a seq -1 type i\n", "Found a non-monotonic sequence number", 1],
	];
	const accepted = [
		B,
		I,
		B + H + I,
		'file "a b" seq 1 type b\n',
		"FILE a SEQ 1 Type i\n",
		" \tfile a seq 1 type i \r\n",
		"file a seq 1 type incremental\n",
		"file a seq 1 type i later thing\n",
		"seq 1 type i file a\n",
		"# only a comment\n",
		"# unended",
	];

	test.each(refused)("%j is refused", (text, reason, line) => {
		let failure: unknown;
		try {
			parseManifest(text);
		} catch (error) {
			failure = error;
		}
		expect(failure).toBeInstanceOf(ManifestError);
		expect((failure as ManifestError).message).toBe(reason);
		expect((failure as ManifestError).lineNumber).toBe(line);
	});

	test.each(accepted)("%j is accepted", (text) => {
		expect(() => parseManifest(text)).not.toThrow();
	});

	const directory = mkdtempSync(join(tmpdir(), "redis-lite-manifest-"));
	afterAll(() => rmSync(directory, { recursive: true }));
	const texts = [...refused.map(([text]) => text), ...accepted].filter(
		(text) => text.length >= 30 && text.startsWith("file"),
	);

	test.skipIf(Bun.which("redis-check-aof") === null).each(texts)("redis-check-aof says the same of %j", (text) => {
		const path = join(directory, "appendonly.aof.manifest");
		writeFileSync(path, text);
		const { stdout } = Bun.spawnSync(["redis-check-aof", path]);
		let isRefused = false;
		try {
			parseManifest(text);
		} catch {
			isRefused = true;
		}
		expect(stdout.toString().includes("FATAL AOF MANIFEST FILE ERROR")).toBe(isRefused);
	});
});

const name = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => !/[/\\]|\p{Surrogate}/u.test(text));
const file = fc.record({ name, sequence: fc.integer({ min: 1, max: 1e9 }) });
const anyManifest: fc.Arbitrary<Manifest> = fc
	.record({
		base: fc.option(file),
		history: fc.array(file),
		increments: fc.uniqueArray(file, { selector: (f) => f.sequence }),
	})
	.map(({ base, history, increments }) => {
		increments.sort((a, b) => a.sequence - b.sequence);
		const last = increments.at(-1);
		return { base, history, increments, baseSequence: base?.sequence ?? 0, incrementSequence: last?.sequence ?? 0 };
	})
	.filter(({ base, history, increments }) => base !== null || history.length + increments.length > 0);

test("what was written is read again", () => {
	fc.assert(
		fc.property(anyManifest, (manifest) => {
			expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
		}),
	);
});

test("a rewrite makes history of what it replaces", () => {
	let manifest = withNewIncrement(withNewBase(EMPTY_MANIFEST, "a", false), "a");
	expect(formatManifest(manifest)).toBe("file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n");
	manifest = withRewritten(withNewBase(withNewIncrement(manifest, "a"), "a", true), 1);
	expect(formatManifest(manifest)).toBe(
		"file a.2.base.rdb seq 2 type b\nfile a.1.incr.aof seq 1 type h\nfile a.1.base.aof seq 1 type h\n" +
			"file a.2.incr.aof seq 2 type i\n",
	);
	expect(loadedFiles(manifest).map((one) => one.name)).toEqual(["a.2.base.rdb", "a.2.incr.aof"]);
});
