/**
 * Corrupted payloads to RESTORE: a clear error, or a value that is sound in every respect; never an exception inside,
 * and never memory that is out of proportion to the payload.
 */
import { assert } from "../../src/bytes/assert.ts";
import type { Server } from "../../src/server/server.ts";
import { AllocationMeter } from "../support/allocation-meter.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { parseReply, type Reply } from "../support/reply.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { corrupted, dumpedKeys, dumpedNames, oldValues, sealed, unsealed } from "./payloads.ts";

/** What a payload may cost: LZF says up to 88 bytes in one. */
const GROWTH_MAX = 100;
/** Of a table, a block, a scratch buffer, however small the value is. */
const CONSTANT_BYTES = 1 << 20;

const refusals = [
	"ERR Bad data format",
	"ERR DUMP payload version or checksum are wrong",
	"ERR Invalid TTL value, must be >= 0",
];

/** A server in this process, and sound values, type and value, that it takes. */
export class PayloadTarget {
	readonly server: Server;
	readonly values: Uint8Array[];
	private readonly machine: VirtualMachine;
	private readonly client: VirtualClient;

	constructor() {
		this.machine = new VirtualMachine();
		this.server = this.machine.start("enable-debug-command yes");
		this.client = this.machine.network.connect(6379);
		for (const words of dumpedKeys) assert(this.ask(...words).kind !== "error", words.join(" "));
		this.values = [...oldValues];
		for (const name of dumpedNames) this.values.push(unsealed(Buffer.from(this.ask("DUMP", name).text, "latin1")));
		this.ask("FLUSHALL");
	}

	ask(...words: readonly string[]): Reply {
		return parseReply(Buffer.from(this.client.run(...words), "latin1"));
	}

	/** Throws where an exception has come out of a command. */
	checkInside(): void {
		const { server } = this;
		if (server.statistics.internalErrors > 0) throw new Error(this.machine.host.printed.slice(-3).join("\n"));
		server.keyspace.databases[0]!.table.verify();
	}
}

/** How many cases there were, and what came of them. */
export class RestoreCampaign {
	accepted = 0;
	refused = 0;
	largestBytes = 0;
	private readonly target: PayloadTarget;

	constructor() {
		this.target = new PayloadTarget();
		for (const [index, value] of this.target.values.entries()) {
			assert(this.restores(sealed(value)), `sound value ${index} (type ${value[0]}) is refused: ${hex(value)}`);
		}
	}

	/** How many sound values there are. */
	soundCount(): number {
		return this.target.values.length;
	}

	run(random: Parameters<Fuzzer["run"]>[0], rounds: number): void {
		using meter = new AllocationMeter();
		const { values } = this.target;
		for (let round = 0; round < rounds; round++) {
			const value = corrupted(values[random.below(values.length)]!, values, random);
			const payload = sealed(value);
			if (random.below(20) === 0 && payload.length > 0) payload[random.below(payload.length)]! ^= 1 << random.below(8);
			meter.reset();
			try {
				if (this.restores(payload)) this.accepted++;
				else this.refused++;
				assert(
					meter.largestBytes <= GROWTH_MAX * payload.length + CONSTANT_BYTES,
					`an array of ${meter.largestBytes} bytes for a payload of ${payload.length}`,
				);
			} catch (error) {
				throw new Error(`round ${round}, payload ${hex(payload)}`, { cause: error });
			}
			this.largestBytes = Math.max(this.largestBytes, meter.largestBytes);
		}
	}

	/** False where it is refused, as it should be; throws where anything is wrong. */
	private restores(payload: Uint8Array): boolean {
		const { target } = this;
		const { keyspace } = target.server;
		const before = keyspace.bytesUsed();
		const reply = target.ask("RESTORE", "key", "0", Buffer.from(payload).toString("latin1"));
		target.checkInside();
		const used = keyspace.bytesUsed() - before;
		assert(used <= GROWTH_MAX * payload.length + CONSTANT_BYTES, `${used} bytes used`);
		if (reply.kind === "error") {
			assert(refusals.includes(reply.text), reply.text);
			assert(target.ask("EXISTS", "key").text === "0", "it is refused and there all the same");
			return false;
		}
		assert(reply.text === "OK", reply.text);
		this.checkSound();
		return true;
	}

	/** What was accepted can be read, written, dumped and restored to the same. */
	private checkSound(): void {
		const { target } = this;
		// A collection without elements is accepted, and not kept.
		if (target.ask("EXISTS", "key").text === "1") {
			const dump = target.ask("DUMP", "key").text;
			const again = target.ask("RESTORE", "copy", "0", dump);
			assert(again.text === "OK", `its own DUMP is refused: ${again.text} ${hex(Buffer.from(dump, "latin1"))}`);
			const digests = target.ask("DEBUG", "DIGEST-VALUE", "key", "copy").items.map((item) => item.text);
			assert(digests[0] === digests[1], `the copy differs: ${digests.join(" ")}`);
			target.ask("OBJECT", "ENCODING", "key");
			for (const words of uses[target.ask("TYPE", "key").text]!) target.ask(...words);
			target.checkInside();
		}
		target.ask("DEL", "key", "copy");
	}
}

/** By type: all that is in it is looked at, some of it changed. */
const uses: Readonly<Record<string, readonly (readonly string[])[]>> = {
	string: [
		["GET", "key"],
		["STRLEN", "key"],
		["PFCOUNT", "key"],
		["APPEND", "key", "more"],
	],
	list: [
		["LRANGE", "key", "0", "-1"],
		["LINDEX", "key", "-1"],
		["LPOS", "key", "12"],
		["LSET", "key", "0", "changed"],
		["RPUSH", "key", "more"],
		["LTRIM", "key", "1", "-2"],
	],
	set: [
		["SMEMBERS", "key"],
		["SISMEMBER", "key", "a"],
		["SADD", "key", "more", "7"],
		["SPOP", "key", "2"],
	],
	hash: [
		["HGETALL", "key"],
		["HGET", "key", "a"],
		["HRANDFIELD", "key", "-5", "WITHVALUES"],
		["HSET", "key", "a", "changed", "more", "x"],
		["HDEL", "key", "b"],
	],
	zset: [
		["ZRANGE", "key", "0", "-1", "WITHSCORES"],
		["ZRANK", "key", "a"],
		["ZRANGEBYSCORE", "key", "-inf", "inf"],
		["ZADD", "key", "5", "a", "6", "more"],
		["ZPOPMIN", "key", "2"],
	],
	stream: [
		["XRANGE", "key", "-", "+"],
		["XREVRANGE", "key", "+", "-", "COUNT", "3"],
		["XINFO", "STREAM", "key", "FULL", "COUNT", "0"],
		["XPENDING", "key", "group"],
		["XAUTOCLAIM", "key", "group", "third", "0", "0"],
		["XADD", "key", "*", "more", "x"],
		["XTRIM", "key", "MAXLEN", "2"],
	],
};

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("hex");
}

export const restore: Fuzzer = {
	name: "restore",
	purpose: "corrupted DUMP payloads to RESTORE: an error or a sound value, memory in proportion",
	smokeRounds: 2000,
	run(random, rounds) {
		new RestoreCampaign().run(random, rounds);
	},
};
