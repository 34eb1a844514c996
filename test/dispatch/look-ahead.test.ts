import { expect, test } from "bun:test";
import type { Call } from "../../src/dispatch/call.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { LookAhead } from "../../src/dispatch/look-ahead.ts";
import { STRING_KIND, StringView } from "../../src/types/string.ts";
import { TestEngine } from "../support/engine.ts";

const lookAhead = new LookAhead();
const view = new StringView();

function row(name: string, run: (call: Call) => void): CommandRow {
	return { name, since: "", group: "generic", complexity: "", summary: "", flags: 0, arity: -1, run };
}

/** Finds every `step`-th argument from `first` on and replies the value's length, or -1 where there is none. */
function lengths(call: Call, first: number, step: number): void {
	call.reply.array(Math.ceil((call.argc - first) / step));
	lookAhead.begin(call, first, step);
	for (let i = first; i < call.argc; i += step) {
		lookAhead.reach(call, i);
		if (call.findForRead(i)) {
			view.load(call.database.table);
			call.reply.integer(view.length);
		} else call.reply.integer(-1);
	}
}

const engine = new TestEngine([
	row("put", (call) => {
		call.findForWrite(1);
		call.database.putString(STRING_KIND, call.bytes, call.start(2), call.length(2), Infinity);
		call.reply.ok();
	}),
	row("lengths", (call) => lengths(call, 1, 1)),
	row("lengths-of-pairs", (call) => lengths(call, 1, 2)),
	row("lengths-of-thirds", (call) => lengths(call, 3, 3)),
]);

test("finds the keys that a plain look-up finds, window by window, whatever call was before", () => {
	for (let i = 0; i < 300; i += 2) engine.run("put", `key:${i}`, "x".repeat(i));
	for (const count of [1, 2, 63, 64, 65, 128, 129, 300]) {
		const keys = Array.from({ length: count }, (_, i) => `key:${i}`);
		const expected = `*${count}\r\n${keys.map((_, i) => `:${i % 2 === 0 ? i : -1}\r\n`).join("")}`;
		expect(engine.run("lengths", ...keys)).toBe(expected);
		expect(engine.run("lengths-of-thirds", "a", ...keys.flatMap((key) => ["b", key, "c"]).slice(0, -1))).toBe(expected);
		expect(engine.run("lengths-of-pairs", ...keys.flatMap((key) => [key, "b"]))).toBe(expected);
	}
});
