/** ACL LOG: entries, what is counted in one of them, and what is forgotten. */
import { describe, expect, test } from "bun:test";
import { AccessLog, type Refusal } from "../../src/acl/access-log.ts";
import { DENIED_AUTHENTICATION, DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from "../../src/acl/denial.ts";

function opened(entriesMax = 128) {
	const counts = { authenticationFailures: 0, deniedCommands: 0, deniedKeys: 0, deniedChannels: 0 };
	const limit = { entriesMax };
	return { counts, limit, log: new AccessLog(counts, () => limit.entriesMax) };
}

const refusal = (object: string, more: Partial<Refusal> = {}): Refusal => ({
	reason: DENIED_COMMAND,
	context: "toplevel",
	object,
	user: "u",
	client: "c1",
	...more,
});

const shown = (log: AccessLog) => log.entries.map(({ object, count, number }) => `${object} ${count} ${number}`);

describe("the log of refusals", () => {
	test("has the newest first", () => {
		const { log } = opened();
		for (const [index, object] of ["get", "set", "del"].entries()) log.add(refusal(object), index);
		expect(shown(log)).toEqual(["del 1 2", "set 1 1", "get 1 0"]);
	});

	test("counts what happens again within a minute, which becomes the newest", () => {
		const { log } = opened();
		log.add(refusal("get"), 1000);
		log.add(refusal("set"), 2000);
		log.add(refusal("get", { client: "c2" }), 61_000);
		expect(shown(log)).toEqual(["get 2 0", "set 1 1"]);
		expect(log.entries[0]).toMatchObject({ createdAt_ms: 1000, updatedAt_ms: 61_000, client: "c2" });
		// From the last time on, and not a millisecond more.
		log.add(refusal("get"), 121_000);
		log.add(refusal("get"), 181_001);
		expect(shown(log)).toEqual(["get 1 2", "get 3 0", "set 1 1"]);
	});

	test("tells events apart by each of what they are", () => {
		const { log } = opened();
		const others: Partial<Refusal>[] = [
			{},
			{ reason: DENIED_KEY },
			{ context: "multi" },
			{ context: "lua" },
			{ object: "x" },
			{ user: "v" },
		];
		for (const other of others) log.add(refusal("get", other), 0);
		expect(log.entries).toHaveLength(others.length);
		log.add(refusal("get", { client: "another" }), 0);
		expect(log.entries).toHaveLength(others.length);
	});

	test("looks for the same event among the ten newest", () => {
		const { log } = opened();
		for (let i = 0; i < 10; i++) log.add(refusal(`c${i}`), 0);
		log.add(refusal("c0"), 0);
		expect(shown(log)[0]).toBe("c0 2 0");
		log.add(refusal("new"), 0);
		log.add(refusal("c1"), 0);
		expect(shown(log)[0]).toBe("c1 1 11");
	});

	test("keeps no more than it may, and nothing where that is none", () => {
		const { log, limit, counts } = opened(3);
		for (let i = 0; i < 5; i++) log.add(refusal(`c${i}`), 0);
		expect(shown(log)).toEqual(["c4 1 4", "c3 1 3", "c2 1 2"]);
		limit.entriesMax = 1;
		log.add(refusal("c4"), 0);
		expect(shown(log)).toEqual(["c4 2 4"]);
		limit.entriesMax = 0;
		log.add(refusal("c4"), 0);
		expect(log.entries).toEqual([]);
		expect(counts.deniedCommands).toBe(7);
	});

	test("counts by reason", () => {
		const { log, counts } = opened();
		const reasons = [DENIED_AUTHENTICATION, DENIED_COMMAND, DENIED_KEY, DENIED_KEY, DENIED_CHANNEL];
		for (const reason of reasons) log.add(refusal("x", { reason }), 0);
		expect(counts).toEqual({ authenticationFailures: 1, deniedCommands: 1, deniedKeys: 2, deniedChannels: 1 });
		log.clear();
		expect(log.entries).toEqual([]);
		expect(counts.deniedKeys).toBe(2);
	});

	test("does not keep names of any length", () => {
		const { log } = opened();
		log.add(refusal("k".repeat(1_000_000), { user: "v".repeat(5000) }), 0);
		expect([log.entries[0]!.object.length, log.entries[0]!.user.length]).toEqual([1024, 1024]);
		log.add(refusal("k".repeat(1_000_000), { user: "v".repeat(5000) }), 0);
		expect(log.entries).toHaveLength(1);
	});
});
