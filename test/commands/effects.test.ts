/** Commands whose effect is another one than they are; test/differential/effects.test.ts has them beside Redis. */
import { beforeEach, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { EffectsEngine } from "../support/effects-engine.ts";
import { splitQuoted } from "../support/quoting.ts";

let engine: EffectsEngine;
/** When `now` is in the lines below. */
let now_ms: number;

beforeEach(() => {
	engine = new EffectsEngine();
	now_ms = engine.time.now_ms();
	engine.tell("SET first v");
});

type Case = readonly [lines: readonly string[], effects: readonly string[]];

/** `{+N}` is N ms from now. */
function moments(line: string): string {
	return line.replace(/\{\+(\d+)\}/g, (_, ms: string) => String(now_ms + Number(ms)));
}

function check(cases: readonly Case[]): void {
	test.each(cases.map(([lines, effects]) => [lines.join("; "), lines, effects] as const))("%s", (_, lines, effects) => {
		expect(engine.tell(...lines.map(moments))).toEqual(effects.map(moments));
	});
}

describe("strings and deadlines", () => {
	check([
		[["SET k v EX 10"], ["SET k v PXAT {+10000}"]],
		[["set k v px 10 nx"], ["SET k v PXAT {+10}"]],
		[["SET k v EXAT 4102444800"], ["SET k v PXAT 4102444800000"]],
		[["SET k v PXAT 4102444800000 GET"], ["SET k v PXAT 4102444800000"]],
		[["set k v get nx GET"], ["set k v nx"]],
		[["SET k v KEEPTTL"], ["SET k v KEEPTTL"]],
		[["SETEX k 10 v"], ["SET k v PXAT {+10000}"]],
		[["PSETEX k 10 v"], ["SET k v PXAT {+10}"]],
		[["getset k v"], ["SET k v"]],
		[["SET k v", "GETDEL k"], ["DEL k"]],
		[["SET k v", "GETEX k"], []],
		[["SET k v", "GETEX k EX 10"], ["PEXPIREAT k {+10000}"]],
		[["SET k v EX 10", "GETEX k PERSIST"], ["PERSIST k"]],
		[["SET k v", "GETEX k PERSIST"], []],
		[["SET k v", "GETEX k EXAT 1"], ["DEL k"]],
		[["SET n 1", "INCRBYFLOAT n 0.5"], ["SET n 1.5 KEEPTTL"]],
		[["BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1"], ["BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1"]],
		[["SET k v", "BITFIELD k OVERFLOW FAIL INCRBY u2 0 9"], []],
		[["SET k v", "EXPIRE k 10"], ["PEXPIREAT k {+10000}"]],
		[["SET k v", "PEXPIRE k 10 NX"], ["PEXPIREAT k {+10} NX"]],
		[["SET k v", "EXPIREAT k 4102444800"], ["PEXPIREAT k 4102444800000"]],
		[["SET k v", "pexpireat k 4102444800000"], ["pexpireat k 4102444800000"]],
		[["SET k v", "EXPIRE k 0"], ["DEL k"]],
		[["SET k v EX 10", "EXPIRE k 10 NX"], []],
	]);
});

describe("lists and sorted sets", () => {
	check([
		[["RPUSH l 1 2 3", "LMPOP 2 none l LEFT COUNT 2"], ["LPOP l 2"]],
		[["RPUSH l 1", "LMPOP 1 l RIGHT COUNT 5"], ["RPOP l 1"]],
		[["LMPOP 1 none LEFT"], []],
		[["RPUSH l 1", "BLPOP none l 0"], ["LPOP l"]],
		[["RPUSH l 1", "BRPOP l 0"], ["RPOP l"]],
		[["RPUSH l 1 2", "BLMPOP 0 1 l RIGHT"], ["RPOP l 1"]],
		[["RPUSH l 1", "BLMOVE l m left RIGHT 0"], ["LMOVE l m left RIGHT"]],
		[["RPUSH l 1", "BRPOPLPUSH l m 0"], ["RPOPLPUSH l m"]],
		[["RPUSH l 1", "BRPOPLPUSH l first 0"], []],
		[["BLPOP none 0.1"], []],
		[["ZADD z 1 a 2 b", "BZPOPMIN none z 0"], ["ZPOPMIN z"]],
		[["ZADD z 1 a 2 b", "BZPOPMAX z 0"], ["ZPOPMAX z"]],
		[["ZADD z 1 a 2 b", "ZMPOP 1 z MAX COUNT 9"], ["ZPOPMAX z 2"]],
		[["ZADD z 1 a 2 b", "BZMPOP 0 2 none z MIN"], ["ZPOPMIN z 1"]],
		[["GEOADD g CH 0 0 zero"], ["zadd g CH 3377699720527872 zero"]],
	]);
});

describe("sets", () => {
	check([
		[["SADD s a", "SPOP s"], ["SREM s a"]],
		[["SADD s a b", "SPOP s 2"], ["DEL s"]],
		[["SADD s a b", "SPOP s 0"], []],
	]);

	test.each([2, 3])("members that SPOP takes are removed by name, in RESP%i", (protocol) => {
		engine.client.protocol = protocol;
		engine.tell("SADD s a b c d e");
		const reply = engine.run("SPOP", "s", "3");
		const members = [...reply.matchAll(/\$1\r\n(.)\r\n/g)].map((match) => match[1]!);
		expect(members).toHaveLength(3);
		expect(engine.take()).toEqual([`SREM s ${members.join(" ")}`]);
	});

	test("also where few of many are left", () => {
		const all = Array.from({ length: 1000 }, (_, i) => `member:${i}`);
		engine.run("SADD", "s", ...all);
		engine.take();
		engine.run("SPOP", "s", "990");
		const [removed] = engine.take();
		const kept = engine.run("SMEMBERS", "s").match(/member:\d+/g)!;
		expect([...removed!.split(" ").slice(2), ...kept].sort()).toEqual(all.sort());
	});
});

describe("fields of hashes", () => {
	check([
		[["HSET h n 1", "HINCRBYFLOAT h n 0.5"], ["HSET h n 1.5"]],
		[["HSETEX h EX 9 FIELDS 1 n 1", "HINCRBYFLOAT h n 0.5"], ["HSETEX h KEEPTTL FIELDS 1 n 1.5"]],
		[["HSETEX h EX 9 FIELDS 1 m 1", "HINCRBYFLOAT h n 0.5"], ["HSET h n 0.5"]],
		[["HSET h n 1", "HINCRBY h n 1"], ["HINCRBY h n 1"]],
		[["HSET h f v g w", "HEXPIRE h 10 FIELDS 3 f none g"], ["HPEXPIREAT h {+10000} FIELDS 2 f g"]],
		[["HSET h f v", "HPEXPIRE h 10 NX FIELDS 1 f"], ["HPEXPIREAT h {+10} FIELDS 1 f"]],
		[["HSET h f v g w", "HEXPIREAT h 1 FIELDS 2 g none"], ["HDEL h g"]],
		[["HSET h f v", "HEXPIRE h 10 XX FIELDS 1 f"], []],
		[["HSET h f v g w", "HEXPIRE h 10 FIELDS 1 f", "HPERSIST h FIELDS 2 f g"], ["HPERSIST h FIELDS 1 f"]],
		[["HSET h f v g w", "HGETDEL h FIELDS 2 f none"], ["HDEL h f"]],
		[["HSET h f v", "HGETEX h FIELDS 1 f"], []],
		[["HSET h f v", "HGETEX h EX 10 FIELDS 2 f none"], ["HPEXPIREAT h {+10000} FIELDS 1 f"]],
		[["HSET h f v", "HGETEX h PXAT 1 FIELDS 1 f"], ["HDEL h f"]],
		[["HSET h f v", "HEXPIRE h 10 FIELDS 1 f", "HGETEX h PERSIST FIELDS 1 f"], ["HPERSIST h FIELDS 1 f"]],
		[["HSETEX h FNX FIELDS 1 f v"], ["HSET h f v"]],
		[["HSETEX h EX 10 FIELDS 2 f v g w"], ["HSETEX h PXAT {+10000} FIELDS 2 f v g w"]],
		[["HSETEX h KEEPTTL FIELDS 1 f v"], ["HSETEX h KEEPTTL FIELDS 1 f v"]],
		[["HSET h f v", "HSETEX h PXAT 1 FIELDS 1 f w"], ["HDEL h f"]],
		[["HSET h f v", "HSETEX h FNX FIELDS 1 f w"], []],
	]);

	test("expired ones are removed by name, in one with the effect of the command that met them", () => {
		engine.tell("HSET h f v g w x y", "HPEXPIRE h 10 FIELDS 2 f x");
		engine.advance(11);
		expect(engine.tell("HSET h g 1")).toEqual(["MULTI", "HDEL h f x", "HSET h g 1", "EXEC"]);
		expect(engine.tell("HPEXPIRE h 10 FIELDS 1 g")).toHaveLength(1);
		engine.advance(11);
		expect(engine.tell("HGETALL h")).toEqual(["HDEL h g"]);
		expect(engine.run("EXISTS", "h")).toBe(":0\r\n");
	});

	test("no effect depends on fields whose time is over and that are not removed yet", () => {
		const fields = Array.from({ length: 1000 }, (_, i) => `f${i}`);
		engine.run("HSET", "h", "stays", "0", ...fields.flatMap((field) => [field, "7"]));
		engine.run("HPEXPIRE", "h", "10", "FIELDS", "1000", ...fields);
		engine.advance(11);
		const effects = engine.take();
		const told: string[][] = [];
		// Each meets some of them only: the others are there, and not found.
		for (const line of ["HINCRBY h f999 1", "HSETNX h f998 v", "HSETEX h KEEPTTL FIELDS 1 f997 v"]) {
			const lines = engine.tell(line);
			expect(lines[0]).toBe("MULTI");
			expect(lines[1]).toStartWith("HDEL h f");
			told.push(lines.slice(2, -1));
			effects.push(...lines.slice(1, -1));
		}
		expect(told).toEqual([["HSET h f999 1"], ["HSET h f998 v"], ["HDEL h f997", "HSETEX h KEEPTTL FIELDS 1 f997 v"]]);
		// Where they are executed again, at a time that stands still, the same fields are there, but for those still to go.
		const replica = new EffectsEngine();
		for (const line of effects) replica.run(...splitQuoted(line));
		const alive = engine.run("HMGET", "h", "stays", ...fields);
		expect(replica.run("HMGET", "h", "stays", "f999", "f998", "f997")).toContain("$1\r\n0\r\n$1\r\n1\r\n$1\r\nv\r\n");
		replica.advance(11);
		expect(replica.run("HMGET", "h", "stays", ...fields)).toBe(alive);
	});
});

describe("random commands for hashes, executed again by their effects while time stands still", () => {
	/** The command whose lines they are, brackets and databases left out, which mean nothing here. */
	function executeAgain(replica: EffectsEngine, effects: readonly string[]): void {
		for (const line of effects) {
			if (/^(MULTI|EXEC|SELECT)/.test(line)) continue;
			expect(replica.run(...splitQuoted(line))).not.toStartWith("-");
		}
	}

	test.each([1, 2, 3, 4])("give the same fields with the same deadlines, seed %i", (seed) => {
		const random = new Random(seed);
		const replica = new EffectsEngine();
		// A few fields stay packed; of many that expire at once some are removed later than others.
		const fields = Array.from({ length: seed % 2 === 0 ? 8 : 600 }, (_, i) => `f${i}`);
		const choose = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
		const some = () => Array.from({ length: choose([1, 2, 400]) }, () => choose(fields));
		const pairs = (names: readonly string[]) => names.flatMap((name) => [name, String(random.below(100))]);
		const lifetime = () => choose([["PX", "20"], ["EX", "1"], ["PXAT", "1"], ["PERSIST"], []]);
		const makers: readonly (() => string[])[] = [
			() => ["HSET", "h", ...pairs(some())],
			() => ["HSETNX", "h", ...pairs([choose(fields)])],
			() => ["HINCRBY", "h", choose(fields), "3"],
			() => ["HINCRBYFLOAT", "h", choose(fields), "0.5"],
			() => ["HDEL", "h", ...some()],
			() => namesBehind(["HPEXPIRE", "h", choose(["20", "20", "50", "0"]), ...choose([[], ["NX"], ["GT"], ["XX"]])]),
			() => namesBehind(["HPERSIST", "h"]),
			() => namesBehind(["HGETDEL", "h"]),
			() => namesBehind(["HGETEX", "h", ...lifetime()]),
			() => {
				const names = some();
				const words = choose([["FNX"], ["FXX"], [], ["KEEPTTL"], ["PX", "20"], ["PXAT", "1"]]);
				return ["HSETEX", "h", ...words, "FIELDS", String(names.length), ...pairs(names)];
			},
			() => ["HGETALL", "h"],
		];
		function namesBehind(words: readonly string[]): string[] {
			const names = some();
			return [...words, "FIELDS", String(names.length), ...names];
		}

		for (let step = 0; step < 600; step++) {
			engine.run(...choose(makers)());
			if (random.below(4) === 0) engine.advance(random.below(30));
			executeAgain(replica, engine.take());
		}
		replica.advance(engine.time.now_ms() - replica.time.now_ms());
		for (const name of ["HMGET", "HPEXPIRETIME"]) {
			const words = name === "HMGET" ? fields : ["FIELDS", String(fields.length), ...fields];
			expect(replica.run(name, "h", ...words)).toBe(engine.run(name, "h", ...words));
		}
	});
});

describe("streams", () => {
	const filled = ["XADD s 1-1 f v", "XADD s 2-1 f v", "XADD s 3-1 f v", "XGROUP CREATE s g 0"];
	const pending = (id: string, consumer = "c") => `XCLAIM s g ${consumer} 0 ${id} TIME {+0} RETRYCOUNT 1 FORCE JUSTID`;
	check([
		[["XADD s * f v"], ["XADD s {+0}-0 f v"]],
		[["XADD s 5-* f v"], ["XADD s 5-0 f v"]],
		[["XADD s 05-1 f v"], ["XADD s 05-1 f v"]],
		[[...filled, "XADD s MAXLEN = 2 * f v"], ["XADD s MAXLEN = 2 {+0}-0 f v"]],
		[[...filled, "XADD s MAXLEN ~ 2 LIMIT 10 4-1 f v"], ["XADD s MAXLEN = 4 4-1 f v"]],
		[[...filled, "XADD s MINID ~ 2 NOMKSTREAM 4-1 f v"], ["XADD s MINID = 1-1 NOMKSTREAM 4-1 f v"]],
		[[...filled, "XTRIM s MAXLEN ~ 0"], ["XTRIM s MAXLEN = 0"]],
		[[...filled, "XTRIM s MINID ~ 9"], ["XTRIM s MINID = 18446744073709551615-18446744073709551615"]],
		[[...filled, "XTRIM s MAXLEN ~ 2"], []],
		[[...filled, "XTRIM s MAXLEN 2"], ["XTRIM s MAXLEN 2"]],
		[
			[...filled, "XREADGROUP GROUP g c COUNT 1 STREAMS s >"],
			["MULTI", `${pending("1-1")} LASTID 1-1`, "XGROUP SETID s g 1-1 ENTRIESREAD 1", "EXEC"],
		],
		[
			[...filled, "XREADGROUP GROUP g c COUNT 1 NOACK STREAMS s >"],
			["MULTI", "XGROUP CREATECONSUMER s g c", "XGROUP SETID s g 1-1 ENTRIESREAD 1", "EXEC"],
		],
		[[...filled, "XREADGROUP GROUP g c STREAMS s 0"], ["XGROUP CREATECONSUMER s g c"]],
		[[...filled, "XREADGROUP GROUP g c STREAMS s 0", "XREADGROUP GROUP g c STREAMS s 0"], []],
		[[...filled, "XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s >"], []],
		[
			[...filled, "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XCLAIM s g d 0 1-1 JUSTID"],
			[`${pending("1-1", "d")} LASTID 1-1`],
		],
		[
			[...filled, "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XDEL s 1-1", "XAUTOCLAIM s g d 0 0"],
			["MULTI", `${pending("1-1")} LASTID 1-1`, "XGROUP CREATECONSUMER s g d", "EXEC"],
		],
		[
			[...filled, "XCLAIM s g d 0 1-1 LASTID 2-1"],
			["MULTI", "XGROUP CREATECONSUMER s g d", "XGROUP SETID s g 2-1 ENTRIESREAD -1", "EXEC"],
		],
		[[...filled, "XCLAIM s g d 0 1-1", "XCLAIM s g d 0 1-1"], []],
	]);

	test("a LIMIT that Redis leaves in an exact trimming is accepted from a file, and has no meaning", () => {
		engine.tell(...filled);
		expect(engine.run("XTRIM", "s", "MAXLEN", "=", "1", "LIMIT", "1")).toStartWith("-ERR syntax error, LIMIT cannot");
		engine.client.isObeyed = true;
		expect(engine.run("XTRIM", "s", "MAXLEN", "=", "1", "LIMIT", "1")).toBe(":2\r\n");
	});
});
