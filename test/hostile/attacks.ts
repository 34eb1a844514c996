/**
 * What hostile clients do, by name. Each goes on until the mob is told that it is over; `begun` is called when all
 * connections are there.
 */
import { encodeCommands } from "../../bench/versus/write-batch.ts";
import { churn } from "./churn.ts";
import type { Attacker, Mob } from "./mob.ts";

export type Attack = (mob: Mob, begun: () => void, port: number) => Promise<void>;

const megabyte = 1 << 20;
const command = (...words: string[]) => encodeCommands([words]);
const times = (count: number, words: readonly string[]) => encodeCommands(Array.from({ length: count }, () => words));

async function withBigValues(mob: Mob): Promise<void> {
	const writer = await mob.open();
	for (let i = 0; i < 10; i++) writer?.send(command("SET", `big:${i}`, "v".repeat(megabyte)));
	while (writer !== null && !writer.isIdle()) await Bun.sleep(10);
	await Bun.sleep(200);
}

/** Ten that ask for megabytes in pipelines and never read, beside others who ask for the same and do. */
const neverReaders: Attack = async (mob, begun) => {
	await withBigValues(mob);
	const deaf = await mob.openMany(10);
	for (const one of deaf) one.stopReading();
	const wanted = `$${megabyte}\r\n\r\n`.length + megabyte;
	const left = new Map<Attacker, number>();
	const readers = await mob.openMany(10, (chunk, one) => {
		const rest = left.get(one)! - chunk.length;
		left.set(one, rest > 0 ? rest : wanted);
		if (rest > 0) return;
		mob.count("values of a megabyte read by others");
		one.send(command("GET", `big:${Math.floor(10 * Math.random())}`));
	});
	begun();
	for (const one of deaf) one.send(times(2000, ["GET", "big:3"]));
	for (const one of readers) {
		left.set(one, wanted);
		one.send(command("GET", "big:1"));
	}
	await mob.keepOn(100, () => {
		for (const one of deaf) if (one.isIdle()) one.send(times(100, ["GET", "big:4"]));
	});
};

/** Hundred that send a command byte by byte, and two hundred that stop in the middle of one for ever. */
const slowSenders: Attack = async (mob, begun) => {
	const slow = await mob.openMany(100);
	const halves = ["*3\r\n$3\r\nSET\r\n$3\r\nke", "*3\r", "SET key val", "*2\r\n$3\r\nGET\r\n$100\r\nabc"];
	for (const [number, one] of (await mob.openMany(200)).entries()) one.send(halves[number % halves.length]!);
	begun();
	const request = command("SET", "slow", "value");
	await mob.keepOn(1, (round) => {
		const at = round % request.length;
		for (const one of slow) one.send(request.slice(at, at + 1));
	});
};

/** Headers of a million arguments: without them, with some that trickle in, and complete. */
const millionArguments: Attack = async (mob, begun) => {
	const halves = await mob.openMany(100);
	for (const one of halves) one.send("*1000000\r\n$3\r\nDEL\r\n");
	const complete = await mob.openMany(1);
	const all = Buffer.from(`*1000001\r\n$3\r\nDEL\r\n${"$4\r\nnone\r\n".repeat(1_000_000)}`);
	begun();
	await mob.keepOn(10, (round) => {
		for (const one of halves) one.send("$1\r\nx\r\n".repeat(10));
		if (round % 200 !== 0) return;
		for (const one of complete) {
			if (!one.isIdle()) continue;
			one.send(all);
			mob.count("commands of a million arguments");
		}
	});
};

/** Lengths of half a gigabyte without a body, then with the first megabyte of one. */
const hugeLengths: Attack = async (mob, begun) => {
	const some = await mob.openMany(100);
	for (const one of some) one.send("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$536870912\r\n");
	begun();
	await Bun.sleep(1000);
	const piece = Buffer.alloc(65_536, "x");
	await mob.keepOn(50, (round) => {
		if (round < 16) for (const one of some) one.send(piece);
	});
};

/** Lines without an end, lines of a megabyte, lines of quotes. */
const inlineLines: Attack = async (mob, begun) => {
	const line = "x".repeat(60_000);
	const lines = [
		line,
		`${"GET key ".repeat(8_000)}\n`,
		'"'.repeat(50_000),
		`${"x".repeat(megabyte)}\r\n`,
		"\n".repeat(60_000),
	];
	begun();
	await mob.keepOn(20, async () => {
		for (const [number, one] of (await mob.openMany(20)).entries()) one.send(lines[number % lines.length]!);
	});
};

/** One client with a hundred thousand channels and as many patterns as it takes, and others who come and go. */
const manyChannels: Attack = async (mob, begun) => {
	const hoarder = await mob.open();
	const channels = Array.from({ length: 100_000 }, (_, i) => `channel:${i}`);
	for (let i = 0; i < channels.length; i += 1000) hoarder?.send(command("SUBSCRIBE", ...channels.slice(i, i + 1000)));
	while (hoarder !== null && !hoarder.isIdle()) await Bun.sleep(10);
	const storm = await mob.openMany(50);
	begun();
	await mob.keepOn(5, (round) => {
		for (const one of storm)
			one.send(command(round % 2 === 0 ? "SUBSCRIBE" : "UNSUBSCRIBE", ...channels.slice(0, 100)));
		mob.count("subscriptions made and ended", 50 * 100);
	});
};

/**
 * Ten thousand that listen to one channel and do not read, while it is published to. Their half a gigabyte lies in the
 * kernel's buffers: with more than it has for all sockets it would hold up everybody, whatever a server does.
 */
const deafSubscribers: Attack = async (mob, begun) => {
	await mob.openMany(10_000, undefined, (one) => {
		one.send(command("SUBSCRIBE", "channel"));
		one.stopReading();
	});
	const publisher = await mob.open((chunk) =>
		mob.count("messages published", chunk.filter((byte) => byte === 0x0a).length),
	);
	begun();
	await mob.keepOn(100, () => publisher?.isIdle() && publisher.send(command("PUBLISH", "channel", "m".repeat(500))));
};

/** Ten that track a thousand keys each, and ten monitors, none of whom reads, while the keys are set. */
const deafWitnesses: Attack = async (mob, begun) => {
	const keys = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
	for (const one of await mob.openMany(10)) {
		one.send(
			encodeCommands([
				["HELLO", "3"],
				["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "key:"],
				["MGET", ...keys],
			]),
		);
		one.stopReading();
	}
	for (const one of await mob.openMany(10)) {
		one.send(command("MONITOR"));
		one.stopReading();
	}
	const writers = await mob.openMany(5);
	const sets = encodeCommands(keys.map((key) => ["SET", key, "v".repeat(100)]));
	begun();
	await mob.keepOn(2, () => {
		for (const one of writers) if (one.isIdle()) one.send(sets);
	});
};

/** Transactions that are queued for ever. */
const endlessTransactions: Attack = async (mob, begun) => {
	const some = await mob.openMany(10);
	const piece = times(100, ["SET", "key", "v".repeat(1000)]);
	for (const one of some) one.send(command("MULTI"));
	begun();
	await mob.keepOn(1, async () => {
		for (const [number, one] of some.entries()) {
			if (one.isIdle()) one.send(piece);
			if (!one.isClosed) continue;
			const next = await mob.open();
			if (next !== null) some[number] = next;
			next?.send(command("MULTI"));
		}
	});
};

/** Patterns that would take exponential time where matching is done carelessly. */
const patternStorm: Attack = async (mob, begun) => {
	const listener = await mob.open();
	const patterns = Array.from({ length: 1000 }, (_, i) => `${"a*".repeat(20)}${i}b`);
	listener?.send(command("PSUBSCRIBE", ...patterns));
	const others = await mob.openMany(5);
	begun();
	await mob.keepOn(20, () => {
		for (const one of others) {
			one.send(command("PUBLISH", "a".repeat(200), "x"));
			one.send(command("KEYS", `${"a*".repeat(500)}b`));
			one.send(command("SCAN", "0", "MATCH", `*${"[^b]*".repeat(500)}c`, "COUNT", "100"));
			one.send(command("SET", "a".repeat(1000), "x"));
			mob.count("patterns published to", patterns.length);
		}
	});
};

/** Clients that never say who they are, with all that they could want before. */
const strangers: Attack = async (mob, begun) => {
	const some = await mob.openMany(1000);
	begun();
	const tries = [command("AUTH", "guess"), command("GET", "key"), command("SUBSCRIBE", "channel"), command("MULTI")];
	const frauds = ["*1000000\r\n", "*2\r\n$536870912\r\n", "POST / HTTP/1.1\r\nHost: x\r\n\r\n"];
	await mob.keepOn(20, async (round) => {
		for (let i = 0; i < 100; i++) some[(100 * round + i) % some.length]!.send(tries[(round + i) % tries.length]!);
		for (const [number, one] of (await mob.openMany(20)).entries()) one.send(frauds[number % frauds.length]!);
	});
};

/** Clients that are gone in the middle: of a command, of a pipeline, of a reply of a megabyte. */
const killedInTheMiddle: Attack = async (mob, begun) => {
	await withBigValues(mob);
	begun();
	const sent = [
		"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100\r\nabc",
		times(50, ["GET", "big:1"]),
		encodeCommands([["MULTI"], ["SET", "key", "x"], ["WATCH", "key"]]),
		command("BLPOP", "nothing", "0"),
		encodeCommands([
			["WATCH", "key"],
			["SUBSCRIBE", "channel"],
		]),
	];
	await mob.keepOn(10, async () => {
		const some = await mob.openMany(10);
		for (const [number, one] of some.entries()) one.send(sent[number % sent.length]!);
		await Bun.sleep(1);
		for (const one of some) one.kill();
		mob.count("killed", some.length);
	});
};

export const attacks = {
	neverReaders,
	slowSenders,
	millionArguments,
	hugeLengths,
	inlineLines,
	manyChannels,
	deafSubscribers,
	deafWitnesses,
	endlessTransactions,
	patternStorm,
	churn,
	strangers,
	killedInTheMiddle,
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;
