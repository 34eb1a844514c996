/** Several connections in lockstep beside a genuine redis-server, see interleaving.ts; and what touches watched keys. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { WRITE } from "../../src/dispatch/flags.ts";
import { commandRows } from "../support/command-rows.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import type { Address } from "../support/wire.ts";
import { runInterleaving } from "./interleaving.ts";
import { countReplies, withOwnPushesBehind } from "./own-pushes.ts";
import { startSteadySubject } from "./steady-subject.ts";
import { comparedCommands, comparePreparedTouches, compareTouches } from "./touching.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of several connections skipped: ${missing}`);
const rounds = 25;

describe.skipIf(missing !== undefined)("several connections", () => {
	let reference: RedisServer;
	let subject: AsyncDisposable & Address;

	beforeAll(async () => {
		reference = await RedisServer.start();
		subject = await startSteadySubject();
	});
	afterAll(async () => {
		await subject[Symbol.asyncDispose]();
		await reference.stop();
	});

	for (const protocol of [2, 3] as const) {
		test(`in lockstep, ${rounds} rounds in RESP${protocol}`, async () => {
			const result = await runInterleaving({ reference, subject }, { seed: protocol, rounds, protocol });
			expect(result.difference).toBe("");
			expect(result.chances).toEqual([]);
			expect(result.commands).toBeGreaterThan(rounds * 100);
			expect(result.executed).toBeGreaterThan(rounds);
			expect(result.untouched).toBeGreaterThan(rounds / 4);
		}, 120_000);
	}

	test("one command too many is noticed", async () => {
		await using other = await RedisServer.start();
		const seats = { reference, subject: other };
		const options = { seed: 9, rounds: 2, protocol: 2 } as const;
		expect((await runInterleaving(seats, options)).difference).toBe("");
		const canary = { round: 1, turn: 30, command: ["SET", "canary", "1"] };
		expect((await runInterleaving(seats, { ...options, canary })).difference).toContain("heard\n  expected");
	}, 120_000);

	test("touch watched keys by the same commands", async () => {
		const prepared = await comparePreparedTouches({ reference, subject });
		expect(prepared.differences).toEqual([]);
		expect(prepared.touching).toBeGreaterThan(prepared.cases / 3);
		const { differences, touches } = await compareTouches({ reference, subject }, { seed: 1, commands: 1500 });
		expect(differences).toEqual([]);
		expect([...touches.values()].filter((count) => count > 0).length).toBeGreaterThan(60);
	}, 120_000);
});

test("the touches of every command that writes are compared, but of those that the reference has not", () => {
	const compared = comparedCommands();
	const writing = commandRows().filter(({ flags = 0 }) => (flags & WRITE) !== 0);
	const left = writing.map(({ name }) => name).filter((name) => !compared.has(name));
	const newer = ["hexpire", "hexpireat", "hgetdel", "hgetex", "hpersist", "hpexpire", "hpexpireat", "hsetex"];
	// It needs another server; its keys go by DEL.
	expect(left.sort()).toEqual([...newer, "migrate"].sort());
});

describe("messages that a client causes itself", () => {
	const message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nv\r\n";
	const push = message.replace("*", ">");

	test("go behind the reply, out of the middle of EXEC, too", () => {
		expect(withOwnPushesBehind(`${push}:1\r\n+OK\r\n`)).toBe(`:1\r\n${push}+OK\r\n`);
		expect(withOwnPushesBehind(`*2\r\n+OK\r\n${message}:1\r\n`)).toBe(`*2\r\n+OK\r\n:1\r\n${message}`);
		expect(withOwnPushesBehind(`$-1\r\n${push}`)).toBe(`$-1\r\n${push}`);
	});

	test("count, as other replies do", () => {
		expect(countReplies(`${message}%1\r\n+a\r\n*-1\r\n_\r\n$3\r\n:1\r\r\n(closed)`)).toBe(5);
	});
});
