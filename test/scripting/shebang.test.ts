/** The first line of a script: what it says, and what is wrong with it. */
import { expect, test } from "bun:test";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { codeStart, flagsOf, PLAIN } from "../../src/scripting/shebang.ts";

const flags = (source: string) => flagsOf(bytesOf(source));
const none = { ...PLAIN, isPlain: false };

test("a script without such a line has no flags, and is told apart from one with none", () => {
	for (const source of ["", "#", "return 1", " #!lua\n", "-- #!lua"]) expect(flags(source)).toEqual(PLAIN);
	expect(flags("#!lua\n")).toEqual(none);
});

test("flags are words of one field or of several", () => {
	expect(flags("#!lua flags=no-writes\n")).toEqual({ ...none, noWrites: true });
	expect(flags("#!lua flags=no-writes,allow-oom\n")).toEqual({ ...none, noWrites: true, allowOom: true });
	expect(flags("#!lua  flags=allow-stale  flags=no-cluster\n")).toEqual({ ...none, allowStale: true, noCluster: true });
	expect(flags("#!lua flags=allow-cross-slot-keys\n")).toEqual({ ...none, allowCrossSlotKeys: true });
});

test("what is wrong is said", () => {
	expect(flags("#!lua")).toBe("Invalid script shebang");
	expect(flags("#!luajit\n")).toBe("Unexpected engine in script shebang: #!luajit");
	expect(flags("#! lua\n")).toBe("Unexpected engine in script shebang: #!");
	expect(flags("#!lua name=x\n")).toBe("Unknown lua shebang option: name=x");
	expect(flags("#!lua flags=no-writes,nonsense\n")).toBe("Unexpected flag in script shebang: nonsense");
	expect(flags("#!lua flags=,no-writes\n")).toBe("Unexpected flag in script shebang: ");
	expect(flags("#!lua flags=No-Writes\n")).toBe("Unexpected flag in script shebang: No-Writes");
});

test("the line stays as an empty one, so that numbers of lines are right", () => {
	expect(codeStart(bytesOf("return 1"))).toBe(0);
	expect(codeStart(bytesOf("#!lua\nreturn 1"))).toBe(5);
});
