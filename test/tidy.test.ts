/**
 * Style that a machine can check: each rule names the cure, and shows by an example that it can fail.
 *
 * Invariant: exceptions are listed here by name, never in the files they concern.
 */
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { floorOf, mayImport } from "./support/floors.ts";
import { TemporaryDirectory } from "./support/program.ts";
import { repository, SourceFile } from "./support/source-file.ts";
import { VirtualMachine } from "./support/virtual-machine.ts";

const LINES_MAX = 500;
/** Files that wait to be split, and what they may grow to until then. */
const longFiles: Readonly<Record<string, number>> = {
	"test/commands/server.test.ts": 560,
};
const COLUMNS_MAX = 120;

/** Folders without code that could be tested by itself: interfaces, and tables that other tests walk through. */
const untestedFolders = ["src/adapters", "src/config/directives"];
/** Folders of tests that mirror no folder of src/. */
const otherTestFolders = [
	"bench",
	"clients",
	"crash",
	"differential",
	"fuzzers",
	"hostile",
	"replication/simulation",
	"support",
];
/** Commands whose complexity means nothing. */
const withoutComplexity = ["lolwut", "monitor"];

interface Finding {
	readonly line: number;
	readonly what: string;
}

interface Rule {
	readonly name: string;
	readonly cure: string;
	applies(path: string): boolean;
	find(file: SourceFile): Iterable<Finding>;
	/** A file that breaks the rule. */
	readonly example: readonly [path: string, text: string];
}

const isSource = (path: string) => path.startsWith("src/") && path.endsWith(".ts");
const isCode = (path: string) => path.endsWith(".ts");
/** Where the runtime, the clock and chance may be reached for. */
const isWorldly = (path: string) =>
	path.startsWith("src/server/real/") || ["src/main.ts", "src/snapshot-worker.ts"].includes(path);

const rules: readonly Rule[] = [
	{
		name: "a file imports only from floors below its own",
		cure: "move what both need down, or let the upper floor hand it over as a parameter",
		applies: isSource,
		*find(file) {
			for (const { line, target, isRelative } of file.imports()) {
				if (isRelative && !mayImport(file.path, target)) yield { line, what: `imports ${target}` };
			}
		},
		example: ["src/memory/x.ts", 'import { a } from "../keyspace/a.ts";\n'],
	},
	{
		name: "the runtime is imported by the real adapters alone",
		cure: "add what is needed to an adapter of src/adapters and take it from there",
		applies: (path) => isSource(path) && !isWorldly(path),
		*find(file) {
			for (const { line, target, isRelative } of file.imports())
				if (!isRelative) yield { line, what: `imports ${target}` };
		},
		example: ["src/config/x.ts", 'import { readFileSync } from "node:fs";\n'],
	},
	{
		name: "time, chance and the process come from the adapters",
		cure: "use Clock, Timers, Entropy, Random or Host",
		applies: (path) => isSource(path) && !isWorldly(path),
		find: (file) =>
			file.matches(
				/(?<![.\w])(Math\.random|Date\b(?!:)|performance\.|process\.|Bun\.|crypto\.|console\.|globalThis\b|fetch\(|set(Timeout|Interval|Immediate)\(|queueMicrotask\()/,
				"code",
			),
		example: ["src/types/x.ts", "const a = Math.random();\n"],
	},
	{
		name: `a file has at most ${LINES_MAX} lines`,
		cure: "ask which second idea lives in it, and give that a file of its own",
		applies: isCode,
		*find(file) {
			const lines = file.text.split("\n").length - 1;
			if (lines > (longFiles[file.path] ?? LINES_MAX)) yield { line: lines, what: `${lines} lines` };
		},
		example: ["src/x.ts", "\n".repeat(LINES_MAX + 1)],
	},
	{
		name: `a line has at most ${COLUMNS_MAX} columns, not counting its last word`,
		cure: "break it: Biome does not break comments",
		applies: isCode,
		*find(file) {
			for (const [index, line] of file.unquoted.split("\n").entries()) {
				if (line.replace(/\s\S+$/, "").length > COLUMNS_MAX) yield { line: index + 1, what: `${line.length} columns` };
			}
		},
		example: ["src/x.ts", `// ${"word ".repeat(30)}\n`],
	},
	{
		name: "no default exports",
		cure: "export by name: it reads the same everywhere",
		applies: isCode,
		find: (file) => file.matches(/^export default\b|\bas default\b/m, "code"),
		example: ["src/x.ts", "export default 1;\n"],
	},
	{
		name: "file names are in kebab-case",
		cure: "name the file after the thing it defines: reply-writer.ts for ReplyWriter",
		applies: isCode,
		*find(file) {
			const name = file.path.split("/").at(-1)!;
			if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(name)) yield { line: 1, what: name };
		},
		example: ["src/replyWriter.ts", ""],
	},
	{
		name: "a file says what it is",
		cure: "begin it with a /** comment */, or put one above what it defines: what it is, its main invariant",
		applies: isSource,
		*find(file) {
			const isSaid = /^\/\*\*|\*\/\n(export |abstract )*(class|interface|type|const|function) /.test(file.text);
			if (!isSaid) yield { line: 1, what: "no comment on the file or what it defines" };
		},
		example: ["src/x.ts", "export const x = 1;\n"],
	},
	{
		name: "no any",
		cure: "say the type, or take unknown and narrow it",
		applies: (path) => isSource(path) && !path.startsWith("src/server/real/"),
		find: (file) => file.matches(/(:|\bas|<|\||&|extends)\s*any\b|\bany\[\]/, "code"),
		example: ["src/x.ts", "const x = y as any;\n"],
	},
	{
		name: "nothing is put off in a comment",
		cure: "do it, or drop the comment",
		applies: (path) => path !== "test/tidy.test.ts",
		find: (file) => file.matches(/\b(TODO|FIXME|XXX|HACK)\b/, "text"),
		example: ["src/x.ts", "// TODO later\n"],
	},
	{
		name: "no paths of the machine it was written on",
		cure: "use a path from the repository's root, or one that means the same everywhere",
		applies: (path) => !path.startsWith("test/"),
		find: (file) => file.matches(/(?<![\w./-])\/(work|tmp|root|home)(?=[/"'`\s)]|$)/m, "text"),
		example: ["docs/X.md", "Run it in /work/main.\n"],
	},
	{
		name: "no test is left alone or left out",
		cure: "remove .only; a test that cannot run here is test.skipIf with a printed reason",
		applies: (path) => path.startsWith("test/"),
		find: (file) => file.matches(/\b(test|describe|it)\.(only|skip|todo)\(/, "code"),
		example: ["test/x.test.ts", 'test.only("x", () => {});\n'],
	},
];

const files: readonly SourceFile[] = [
	...["src", "test", "bench"].flatMap((folder) => SourceFile.below(folder, [".ts"])),
	...SourceFile.below("docs", [".md", ".json", ".txt"]),
	...["README.md", "CHANGELOG.md", "build.ts", ".ci/run"]
		.filter((name) => existsSync(join(repository, name)))
		.map(SourceFile.read),
];

function violations(rule: Rule, among: readonly SourceFile[]): string[] {
	return among
		.filter((file) => rule.applies(file.path))
		.flatMap((file) =>
			[...rule.find(file)].map(({ line, what }) => `${file.path}:${line}: ${what}. Cure: ${rule.cure}.`),
		);
}

describe("every file", () => {
	for (const rule of rules) {
		test(rule.name, () => {
			expect(violations(rule, [new SourceFile(...rule.example)])).toHaveLength(1);
			expect(violations(rule, files)).toEqual([]);
		});
	}

	test("is found", () => {
		expect(files.length).toBeGreaterThan(200);
		const floorless = files.filter(({ path }) => isSource(path) && floorOf(path) < 0).map(({ path }) => path);
		expect(floorless).toEqual([]);
	});
});

test.each([
	["src/memory/x.ts", "src/bytes/x.ts", true],
	["src/memory/x.ts", "src/memory/y.ts", true],
	["src/memory/x.ts", "src/resp/x.ts", false],
	["src/resp/x.ts", "src/memory/x.ts", false],
	["src/types/x.ts", "src/resp/x.ts", false],
	["src/dispatch/x.ts", "src/acl/x.ts", false],
	["src/introspection/x.ts", "src/config/x.ts", true],
	["src/config/x.ts", "src/introspection/x.ts", false],
	["src/commands/x.ts", "src/commands/y/z.ts", true],
	["src/commands/x.ts", "src/server/x.ts", false],
	["src/server/x.ts", "src/server/real/x.ts", false],
	["src/server/real/x.ts", "src/server/adapters.ts", true],
	["src/server/real/x.ts", "src/keyspace/x.ts", false],
	["src/main.ts", "src/server/real/x.ts", true],
	["src/main.ts", "src/index.ts", false],
	["src/main.ts", "bench/x.ts", false],
])("the floors: %s may import %s: %p", (from, to, expected) => {
	expect(mayImport(from, to)).toBe(expected);
});

test("no file of src/ imports itself, by whatever way round", () => {
	const graph = new Map(files.filter(({ path }) => isSource(path)).map((file) => [file.path, valueImports(file)]));
	expect(
		cycleIn(
			new Map([
				["a", ["b"]],
				["b", ["c"]],
				["c", ["b"]],
			]),
		),
	).toEqual(["b", "c", "b"]);
	// Cure: what both need goes to a third file that imports neither.
	expect(cycleIn(graph)).toEqual([]);
});

function valueImports(file: SourceFile): string[] {
	return file.imports().flatMap(({ target, isRelative, isTypeOnly }) => (isRelative && !isTypeOnly ? [target] : []));
}

/** The first cycle found, or an empty list. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
	const done = new Set<string>();
	const path: string[] = [];
	const visit = (node: string): string[] => {
		if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
		if (done.has(node)) return [];
		path.push(node);
		for (const next of graph.get(node) ?? []) {
			const cycle = visit(next);
			if (cycle.length > 0) return cycle;
		}
		path.pop();
		done.add(node);
		return [];
	};
	for (const node of graph.keys()) {
		const cycle = visit(node);
		if (cycle.length > 0) return cycle;
	}
	return [];
}

describe("test/ mirrors src/", () => {
	const folders = foldersBelow("src");

	test("every folder with code has tests in a folder or a file of its name", () => {
		const untested = folders
			.filter((folder) => !untestedFolders.includes(folder))
			.filter((folder) => !isTested(folder.replace(/^src/, "test")))
			.map((folder) => `${folder}: nothing tests it. Cure: add ${folder.replace(/^src/, "test")}/ with a test.`);
		expect(untested).toEqual([]);
	});

	test("every folder of tests has its folder with code", () => {
		const strays = foldersBelow("test")
			.map((folder) => folder.slice("test/".length))
			.filter((folder) => !otherTestFolders.some((other) => `${folder}/`.startsWith(`${other}/`)))
			.filter((folder) => !folders.includes(`src/${folder}`))
			.map(
				(folder) => `test/${folder}: there is no src/${folder}. Cure: move it beside what it tests, or to support/.`,
			);
		expect(strays).toEqual([]);
	});

	test("the exceptions are real", () => {
		for (const [path, lines] of Object.entries(longFiles)) {
			expect(lines).toBeGreaterThan(LINES_MAX);
			// Cure: take it off the list.
			expect(SourceFile.read(path).text.split("\n").length - 1).toBeGreaterThan(LINES_MAX);
		}
		for (const folder of untestedFolders) expect(folders).toContain(folder);
		for (const folder of otherTestFolders) expect(existsSync(join(repository, "test", folder))).toBe(true);
	});
});

function foldersBelow(folder: string): string[] {
	return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map((entry) => join(entry.parentPath, entry.name).slice(repository.length).replace(/^\//, ""))
		.sort();
}

function isTested(folder: string): boolean {
	if (existsSync(join(repository, `${folder}.test.ts`))) return true;
	const path = join(repository, folder);
	return existsSync(path) && readdirSync(path).some((name) => name.endsWith(".test.ts"));
}

test("every command says since when, how costly and what it is", () => {
	const commands = [...new VirtualMachine().prepare("").table.all()];
	expect(commands.length).toBeGreaterThan(90);
	const incomplete = commands.flatMap(({ fullName, row }) => {
		const complaints: string[] = [];
		if (!/^\d+\.\d+\.\d+$/.test(row.since)) complaints.push(`since is ${JSON.stringify(row.since)}, not a version`);
		if (row.complexity === "" && !withoutComplexity.includes(fullName)) complaints.push("complexity is empty");
		if (!/^[A-Z].*\.$/.test(row.summary)) complaints.push("summary is not a sentence");
		return complaints.map((complaint) => `${fullName}: ${complaint}. Cure: complete its row.`);
	});
	expect(incomplete).toEqual([]);
});

describe("the linter", () => {
	const globals = "Bun Date performance process setTimeout setInterval setImmediate queueMicrotask".split(" ");
	const probe = globals.map((name, i) => `export const a${i} = ${name}.length;\n`).join("");

	/** Globals it objects to in a file of that name, under our configuration. */
	function refused(path: string): string[] {
		using directory = new TemporaryDirectory();
		for (const name of ["biome.json", ".gitignore"]) copyFileSync(join(repository, name), directory.join(name));
		mkdirSync(join(directory.join(path), ".."), { recursive: true });
		writeFileSync(directory.join(path), probe);
		const biome = join(repository, "node_modules/.bin/biome");
		const ran = Bun.spawnSync([biome, "lint", "--max-diagnostics=none", path], { cwd: directory.path });
		const output = ran.stdout.toString() + ran.stderr.toString();
		expect(output).toContain("Checked 1 file");
		return [...output.matchAll(/Do not use the global variable (\w+)/g)].map(([, name]) => name!);
	}

	test("refuses the clock, the timers and the process outside of the real adapters", () => {
		expect(refused("src/bytes/probe.ts")).toEqual(globals);
	});

	test("allows them there", () => {
		expect(refused("src/server/real/probe.ts")).toEqual([]);
	});
});
