/**
 * What two servers tell about the same random session: every line of MONITOR, and the slow log with a threshold of 0.
 *
 * Invariant: one connection has a command under way at a time, and after it the monitor has received its line, if any;
 * addresses, times and durations are the only things taken out before the comparison.
 */
import { describeCommand } from "../support/quoting.ts";
import type { Reply } from "../support/reply.ts";
import { type Address, WireConnection } from "../support/wire.ts";
import { Source } from "./source.ts";

export interface ObservationOptions {
	readonly seed: number;
	readonly turns: number;
	/** The subject alone is given a command before this turn, to prove that it would be noticed. */
	readonly canaryTurn?: number;
}

const seatCount = 3;
const keys = ["k", "l", "k:\x00\xff", "", "kéy", 'q"uo\\te', "a b\r\nc\td\x07\b"];
const SLOW_ENTRIES = 60;

/** The differences found, at most one. */
export async function compareObservations(
	seats: { readonly reference: Address; readonly subject: Address },
	{ seed, turns, canaryTurn }: ObservationOptions,
): Promise<string[]> {
	const source = new Source(seed, 2);
	const [reference, subject] = [await Party.begin(seats.reference), await Party.begin(seats.subject)];
	try {
		for (let turn = 0; turn < turns; turn++) {
			if (turn === canaryTurn) await subject.canary();
			const seat = source.below(seatCount);
			const words = command(source);
			const [expected, actual] = [await reference.give(seat, words), await subject.give(seat, words)];
			if (expected === actual) continue;
			return [`turn ${turn}, ${describeCommand(words)}\n  expected  ${expected}\n  actual    ${actual}`];
		}
		const [expected, actual] = [await reference.slowLog(), await subject.slowLog()];
		return expected === actual ? [] : [`the slow log\n  expected  ${expected}\n  actual    ${actual}`];
	} finally {
		await reference.end();
		await subject.end();
	}
}

function command(source: Source): readonly string[] {
	const key = () => source.choose(keys);
	const pick = source.below(100);
	if (pick < 10) return [source.word("SET"), key(), source.letters(source.below(300))];
	if (pick < 20) return [source.word("GET"), key()];
	if (pick < 24) return ["RPUSH", key(), ...source.several(1, 40, () => source.letters(source.below(3)))];
	if (pick < 28) return ["INCR", key()];
	if (pick < 36) return ["MULTI"];
	if (pick < 42) return ["EXEC"];
	if (pick < 44) return ["DISCARD"];
	if (pick < 47) return ["WATCH", key()];
	if (pick < 51) return ["SELECT", source.choose(["0", "1", "9", "99"])];
	if (pick < 55) return ["AUTH", ...source.several(1, 3, () => source.letters(4))];
	if (pick < 58) return ["HELLO", source.choose(["2", "3"]), ...(source.below(2) === 0 ? [] : ["AUTH", "u", "p"])];
	if (pick < 61) return ["HELLO", "2", "SETNAME", source.letters(3), "AUTH", "default", source.letters(2)];
	if (pick < 64) return ["CONFIG", "SET", "hz", "10", "masterauth", source.letters(5)];
	if (pick < 67) return ["ACL", "SETUSER", source.letters(5), "on", `>${source.letters(5)}`];
	if (pick < 70) return ["MIGRATE", "127.0.0.1", "1", "nosuch", "0", "10", "AUTH", source.letters(3)];
	if (pick < 73) return ["MIGRATE", "127.0.0.1", "1", "", "0", "10", "AUTH2", "u", "p", "KEYS", "nosuch"];
	if (pick < 76) return [source.choose(["PING", "ECHO", "NOSUCH", "GET"]), ...source.several(0, 2, key)];
	if (pick < 79) return ["BLPOP", "nolist", "0.001"];
	if (pick < 82) return ["CLIENT", source.choose(["SETNAME", "SETNAME", "NOSUCH"]), source.letters(4)];
	if (pick < 85) return ["PUBLISH", key(), source.letters(9)];
	if (pick < 88) return ["CONFIG", "GET", "hz"];
	if (pick < 91) return ["DEL", ...source.several(1, 3, key)];
	if (pick < 93) return ["RESET"];
	return ["SADD", "set", ...source.several(1, 60, () => source.letters(source.below(150)))];
}

class Party {
	private readonly connections: readonly WireConnection[];
	private readonly monitor: WireConnection;
	private tokens: number;

	private constructor(connections: readonly WireConnection[], monitor: WireConnection) {
		this.connections = connections;
		this.monitor = monitor;
		this.tokens = 0;
	}

	static async begin(address: Address): Promise<Party> {
		const connections: WireConnection[] = [];
		for (let i = 0; i <= seatCount; i++) connections.push(await WireConnection.connect(address));
		const control = connections[seatCount]!;
		await control.command("FLUSHALL");
		await control.command("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "1000");
		await control.command("SLOWLOG", "RESET");
		const monitor = await WireConnection.connect(address);
		await monitor.command("MONITOR");
		return new Party(connections, monitor);
	}

	/** The lines that the monitor receives for a command: those before the one for a token. */
	async give(seat: number, words: readonly string[]): Promise<string> {
		await this.connections[seat]!.command(...words);
		const token = `token ${++this.tokens}`;
		await this.connections[seatCount]!.command("ECHO", token);
		const lines: string[] = [];
		for (;;) {
			const [frame] = await this.monitor.receive(1);
			if (frame === undefined) return `${lines.join("\n")}\n${this.monitor.condition()}`;
			const line = frame.text();
			if (line.includes(`"${token}"`)) return lines.join("\n");
			lines.push(line.replace(/^\+\d{10}\.\d{6} (\[\d+) 127\.0\.0\.1:\d+\]/, "+time $1 address]"));
		}
	}

	/** A command that nobody waits to see. */
	async canary(): Promise<void> {
		await this.connections[seatCount]!.command("ECHO", "canary");
	}

	/** Newest first, without the tokens. */
	async slowLog(): Promise<string> {
		const reply = await this.connections[seatCount]!.command("SLOWLOG", "GET", String(20 * SLOW_ENTRIES));
		const entries = reply.tree().items.map(({ items }: Reply) => {
			const words = items[3]!.items.map(({ text }) => JSON.stringify(text)).join(" ");
			const address = items[4]!.text.replace(/^127\.0\.0\.1:\d+$/, "address");
			return `${words} | ${address} | ${items[5]!.text} | ${items[2]!.kind}`;
		});
		return entries
			.filter((entry) => !entry.includes('"token '))
			.slice(0, SLOW_ENTRIES)
			.join("\n");
	}

	async end(): Promise<void> {
		const control = this.connections[seatCount]!;
		await control.command(
			"CONFIG",
			"SET",
			"slowlog-log-slower-than",
			"10000",
			"slowlog-max-len",
			"128",
			"masterauth",
			"",
		);
		for (const connection of [...this.connections, this.monitor]) connection.close();
	}
}
