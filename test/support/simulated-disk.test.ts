import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

function write(disk: SimulatedDisk, path: string, text: string, isSynced = true): void {
	const file = disk.open(path, "append");
	file.write(bytes(text), 0, text.length);
	if (isSynced) file.sync();
	file.close();
}

function read(disk: SimulatedDisk, path: string): string | undefined {
	const found = disk.contents(path);
	return found === undefined ? undefined : Buffer.from(found).toString("latin1");
}

/** Everything on a disk, as seen. */
function everything(disk: SimulatedDisk): Record<string, string> {
	return Object.fromEntries([...disk.names.keys()].sort().map((path) => [path, read(disk, path)!]));
}

/** What a file is found to be after crashes with many seeds; "-" where it is not there. */
function fates(disk: SimulatedDisk, path: string, count = 300): Set<string> {
	const found = new Set<string>();
	for (let seed = 1; seed <= count; seed++) found.add(read(disk.crash(new Random(seed)), path) ?? "-");
	return found;
}

describe("a power cut", () => {
	test("leaves what was synced, contents and name", () => {
		const disk = new SimulatedDisk();
		write(disk, "file", "kept");
		disk.syncDirectory(".");
		expect(fates(disk, "file")).toEqual(new Set(["kept"]));
		expect(disk.isSettled()).toBe(true);
	});

	test("leaves any part of what was not", () => {
		const disk = new SimulatedDisk({ "/work/file": "ab" });
		write(disk, "file", "cd", false);
		write(disk, "file", "ef", false);
		expect(disk.isSettled()).toBe(false);
		const found = fates(disk, "file");
		for (const prefix of ["ab", "abc", "abcd", "abcde", "abcdef"]) expect(found).toContain(prefix);
		// The second write came, the first did not.
		expect(found).toContain("ab\0\0ef");
	});

	test("tears at sectors", () => {
		const disk = new SimulatedDisk({ "/work/file": "" });
		write(disk, "file", "a".repeat(512) + "b".repeat(512) + "c".repeat(512), false);
		const found = [...fates(disk, "file")];
		expect(found).toContain("a".repeat(512));
		expect(found).toContain(`${"a".repeat(512)}${"\0".repeat(512)}${"c".repeat(512)}`);
		disk.makesHoles = false;
		for (const text of fates(disk, "file")) expect(text).not.toContain("\0");
	});

	test("leaves zeros at the end where it is told to", () => {
		const disk = new SimulatedDisk({ "/work/file": "ab" });
		disk.makesZeroTails = true;
		write(disk, "file", "cdef", false);
		const found = fates(disk, "file");
		for (const text of ["ab", "abcdef", "ab\0\0\0\0", "abcd\0\0", "abcd\0"]) expect(found).toContain(text);
	});

	test("leaves a truncation or not, as long as it is not synced", () => {
		const disk = new SimulatedDisk({ "/work/file": "abcdef" });
		const file = disk.open("file", "append");
		file.truncate(2);
		expect(fates(disk, "file")).toEqual(new Set(["abcdef", "ab"]));
		file.sync();
		expect(fates(disk, "file")).toEqual(new Set(["ab"]));
	});

	test("leaves a name or not, as long as its directory is not synced", () => {
		const disk = new SimulatedDisk({ "/work/old": "old" });
		write(disk, "made", "made");
		disk.remove("old");
		expect(fates(disk, "made")).toEqual(new Set(["-", "made"]));
		expect(fates(disk, "old")).toEqual(new Set(["-", "old"]));
		disk.syncDirectory(".");
		expect(fates(disk, "made")).toEqual(new Set(["made"]));
		expect(fates(disk, "old")).toEqual(new Set(["-"]));
	});

	test("leaves names without contents where the file was not synced before the rename", () => {
		const disk = new SimulatedDisk({ "/work/file": "old" });
		write(disk, "temporary", "new", false);
		disk.rename("temporary", "file");
		disk.syncDirectory(".");
		expect(fates(disk, "file")).toContain("");
	});

	test("leaves either of both after a rename, never neither", () => {
		const disk = new SimulatedDisk({ "/work/file": "old" });
		write(disk, "temporary", "new");
		disk.rename("temporary", "file");
		expect(fates(disk, "file")).toEqual(new Set(["old", "new"]));
		for (let seed = 1; seed < 100; seed++) {
			const left = disk.crash(new Random(seed));
			if (read(left, "file") === "new") expect(left.exists("temporary")).toBe(false);
		}
	});

	test("takes the files of a directory with it that was not synced into its parent", () => {
		const disk = new SimulatedDisk();
		disk.makeDirectory("folder");
		write(disk, "folder/file", "text");
		disk.syncDirectory("folder");
		expect(fates(disk, "folder/file")).toEqual(new Set(["-", "text"]));
		disk.syncDirectory(".");
		expect(fates(disk, "folder/file")).toEqual(new Set(["text"]));
	});

	test("leaves a disk that goes on from there", () => {
		const disk = new SimulatedDisk({ "/work/file": "ab" });
		write(disk, "file", "cd", false);
		const left = disk.crash(new Random(5));
		const was = read(left, "file")!;
		expect(left.isSettled()).toBe(true);
		write(left, "file", "xy", false);
		expect([...fates(left, "file")].every((text) => text.startsWith(was))).toBe(true);
		expect(read(disk, "file")).toBe("abcd");
	});
});

describe("a sync", () => {
	test("that is asked for covers what was written before, and is no promise until it is done", () => {
		const disk = new SimulatedDisk({ "/work/file": "" });
		const waiting: (() => void)[] = [];
		disk.later = (action) => waiting.push(action);
		const file = disk.open("file", "append");
		file.write(bytes("ab"), 0, 2);
		const heard: (Error | null)[] = [];
		file.syncLater((failure) => heard.push(failure));
		file.write(bytes("cd"), 0, 2);
		expect(heard).toEqual([]);
		expect(fates(disk, "file")).toContain("");
		for (const action of waiting) action();
		expect(heard).toEqual([null]);
		const found = fates(disk, "file");
		expect(found).toContain("ab");
		expect([...found].every((text) => text.startsWith("ab"))).toBe(true);
	});

	test("that fails loses what was to be synced, also for the next one", () => {
		const disk = new SimulatedDisk({ "/work/file": "a" });
		disk.fault = ({ action }) => (action === "sync" ? "EIO" : null);
		expect(() => write(disk, "file", "bc")).toThrow("EIO: i/o error, sync '/work/file'");
		disk.fault = () => null;
		write(disk, "file", "d");
		expect(read(disk, "file")).toBe("abcd");
		expect(fates(disk, "file")).toEqual(new Set(["a\0\0d"]));
	});

	test("that fails later says so", () => {
		const disk = new SimulatedDisk({ "/work/file": "" });
		disk.fault = ({ action }) => (action === "sync" ? "ENOSPC" : null);
		const heard: unknown[] = [];
		disk.open("file", "append").syncLater((failure) => heard.push(failure));
		expect(heard).toEqual([expect.objectContaining({ code: "ENOSPC" })]);
	});
});

describe("a fault", () => {
	test("of a write takes a part, or nothing", () => {
		const disk = new SimulatedDisk();
		const file = disk.open("file", "create");
		disk.fault = ({ ordinal }) => [null, null, 3, "ENOSPC"][ordinal] ?? null;
		expect(file.write(bytes("abcdef"), 0, 6)).toBe(3);
		expect(() => file.write(bytes("def"), 0, 3)).toThrow("ENOSPC: no space left on device, write '/work/file'");
		expect(file.write(bytes("def"), 0, 3)).toBe(3);
		expect(read(disk, "file")).toBe("abcdef");
	});

	test.each(["rename", "create", "remove", "makeDirectory", "syncDirectory", "truncate"] as const)(
		"of %s leaves everything as it was",
		(failing) => {
			const disk = new SimulatedDisk({ "/work/file": "text" });
			disk.fault = ({ action }) => (action === failing ? "EIO" : null);
			const actions = {
				rename: () => disk.rename("file", "other"),
				create: () => disk.open("other", "create"),
				remove: () => disk.remove("file"),
				makeDirectory: () => disk.makeDirectory("folder"),
				syncDirectory: () => disk.syncDirectory("."),
				truncate: () => disk.open("file", "create"),
			};
			expect(actions[failing]).toThrow("EIO");
			expect(everything(disk)).toEqual({ "/work/file": "text" });
			expect(disk.isSettled()).toBe(true);
		},
	);
});

test("steps are counted, and told when they are done", () => {
	const disk = new SimulatedDisk();
	const told: string[] = [];
	disk.afterOperation = ({ action, path, ordinal }) => told.push(`${ordinal} ${action} ${path}`);
	disk.replaceText("file", "text");
	disk.syncDirectory(".");
	expect(told).toEqual([
		"1 create /work/file.1.tmp",
		"2 write /work/file.1.tmp",
		"3 sync /work/file.1.tmp",
		"4 rename /work/file",
		"5 syncDirectory /work",
	]);
	expect(disk.operations).toBe(5);
});

type Step = { readonly kind: string; readonly name: string; readonly other: string; readonly text: string };

const steps: fc.Arbitrary<Step[]> = fc.array(
	fc.record({
		kind: fc.constantFrom("write", "write", "append", "truncate", "rename", "remove", "sync", "syncDirectory"),
		name: fc.constantFrom("a", "b", "d/c"),
		other: fc.constantFrom("a", "b", "d/c"),
		text: fc.string({ maxLength: 5 }),
	}),
	{ maxLength: 30 },
);

function make(disk: SimulatedDisk, { kind, name, other, text }: Step): void {
	if (kind === "write") write(disk, name, text, text.length % 2 === 0);
	else if (kind === "append") write(disk, name, text, false);
	else if (kind === "syncDirectory") disk.syncDirectory(name === "d/c" ? "d" : ".");
	else if (!disk.exists(name)) return;
	else if (kind === "truncate") disk.open(name, "create").close();
	else if (kind === "rename") disk.rename(name, other);
	else if (kind === "remove") disk.remove(name);
	else disk.open(name, "append").sync();
}

function fresh(): SimulatedDisk {
	const disk = new SimulatedDisk({ "/work/a": "first" });
	disk.makeDirectory("d");
	disk.syncDirectory(".");
	return disk;
}

describe("whatever is done", () => {
	test("all that is synced is found again, and the same seed finds the same", () => {
		fc.assert(
			fc.property(steps, fc.integer(), (list, seed) => {
				const disk = fresh();
				for (const step of list) make(disk, step);
				expect(everything(disk.crash(new Random(seed)))).toEqual(everything(disk.crash(new Random(seed))));
				for (const name of disk.names.keys()) disk.open(name, "append").sync();
				for (const directory of [".", "d"]) disk.syncDirectory(directory);
				expect(disk.isSettled()).toBe(true);
				expect(everything(disk.crash(new Random(seed)))).toEqual(everything(disk));
			}),
		);
	});

	test("a killed process leaves all it wrote, and what was not synced may still be lost later", () => {
		fc.assert(
			fc.property(steps, steps, fc.integer(), (list, more, seed) => {
				const disk = fresh();
				for (const step of list) make(disk, step);
				const left = disk.killed();
				expect(everything(left)).toEqual(everything(disk));
				expect(everything(left.crash(new Random(seed)))).toEqual(everything(disk.crash(new Random(seed))));
				const before = everything(disk);
				for (const step of more) make(left, step);
				expect(everything(disk)).toEqual(before);
				left.settle();
				expect(left.isSettled()).toBe(true);
				expect(everything(left.crash(new Random(seed)))).toEqual(everything(left));
			}),
		);
	});

	test("a file that only grows keeps what was synced of it at its beginning", () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.string(), fc.boolean())), fc.integer(), (writes, seed) => {
				const disk = new SimulatedDisk({ "/work/file": "" });
				disk.makesHoles = false;
				let written = "";
				let synced = "";
				for (const [text, isSynced] of writes) {
					write(disk, "file", text, isSynced);
					written += text;
					if (isSynced) synced = written;
				}
				const found = read(disk.crash(new Random(seed)), "file")!;
				expect(found).toStartWith(synced);
				expect(written).toStartWith(found);
			}),
		);
	});
});
