/**
 * Damaged files and payloads: small ones here; `npm run test:corruption` takes 100 KB and 100,000 payloads.
 */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { DamagedFiles, type DamagedSubject } from "../fuzzers/damaged-files.ts";
import { sealed } from "../fuzzers/payloads.ts";
import { PayloadTarget, RestoreCampaign } from "../fuzzers/restore.ts";

/** Whether some of the damaged files load, and whether some are refused. */
const expectations: [DamagedSubject, "cut" | "flip", boolean, boolean][] = [
	["rdb, summed", "cut", false, true],
	["rdb, summed", "flip", false, true],
	["rdb, unsummed", "cut", false, true],
	["rdb, unsummed", "flip", true, true],
	["aof", "cut", true, false],
	["aof", "flip", true, true],
	["manifest", "cut", true, true],
	["manifest", "flip", true, true],
];

describe.each(expectations)("%s, %s", (subject, damage, someLoad, someAreRefused) => {
	test("all through a small file", () => {
		const files = new DamagedFiles(subject, 0);
		const stride = subject === "manifest" ? 1 : 3;
		const { cases, loaded, refused } = files.run(damage, 0, stride);
		expect(cases).toBe(Math.ceil(files.bytes.length / stride));
		expect([loaded > 0, refused > 0]).toEqual([someLoad, someAreRefused]);
	});

	test("here and there in one of every encoding", () => {
		const files = new DamagedFiles(subject, 20_000);
		expect(files.run(damage, 5, Math.ceil(files.bytes.length / 40)).cases).toBeGreaterThan(20);
	});
});

test("corrupted payloads are restored soundly or not at all", () => {
	const campaign = new RestoreCampaign();
	expect(campaign.soundCount()).toBeGreaterThan(25);
	campaign.run(new Random(11), 5000);
	expect(campaign.accepted + campaign.refused).toBe(5000);
	expect(campaign.accepted).toBeGreaterThan(500);
	expect(campaign.refused).toBeGreaterThan(2500);
});

test("times that no clock has ever said are no trouble", () => {
	const target = new PayloadTarget();
	const now = Buffer.alloc(8);
	now.writeBigInt64LE(1_700_000_000_000n);
	let changed = 0;
	for (const value of target.values) {
		for (const time of ["ffffffffffffff7f", "0000000000000080"]) {
			const bytes = Buffer.from(value);
			for (let at = bytes.indexOf(now); at >= 0; at = bytes.indexOf(now, at)) {
				bytes.write(time, at, "hex");
				changed++;
			}
			const payload = Buffer.from(sealed(bytes)).toString("latin1");
			expect(target.ask("RESTORE", "key", "0", payload, "REPLACE").text).toBe("OK");
			for (const words of [
				["XINFO", "STREAM", "key", "FULL"],
				["DUMP", "key"],
			])
				target.ask(...words);
			target.checkInside();
		}
	}
	expect(changed).toBeGreaterThan(10);
});
