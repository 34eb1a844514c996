/** A server's commands without a server, data whose snapshot takes many steps, and random changes of it. */
import { Random } from "../../src/bytes/random.ts";
import { genericCommands } from "../../src/commands/generic.ts";
import { hashCommands } from "../../src/commands/hash.ts";
import { listCommands } from "../../src/commands/list.ts";
import { setCommands } from "../../src/commands/set.ts";
import { sortedSetCommands } from "../../src/commands/sorted-set.ts";
import { streamCommands } from "../../src/commands/stream.ts";
import { stringCommands } from "../../src/commands/string.ts";
import { ServerFixture } from "./server-fixture.ts";

const services = {
	isLfuPolicy: () => false,
	sharesIntegers: () => true,
	compressesSnapshots: () => true,
	stringBytesMax: () => 1 << 20,
};
const TYPES = ["string", "hash", "list", "set", "stream", "zset"];

export class SnapshotSubject {
	readonly fixture = new ServerFixture([
		...genericCommands(services),
		...hashCommands,
		...listCommands,
		...setCommands,
		...streamCommands,
		...sortedSetCommands,
		...stringCommands(services),
	]);
	readonly random: Random;

	constructor(seed: number) {
		this.random = new Random(seed);
	}

	get keyspace() {
		return this.fixture.keyspace;
	}

	run(...words: (string | number)[]): void {
		this.fixture.engine.run(...words);
	}

	/** A few keys hold thousands of members, so that a snapshot of them takes many steps. */
	fill(): void {
		for (let i = 0; i < 300; i++) this.run("SET", `string:${i}`, `value:${i}`);
		const numbers = Array.from({ length: 3000 }, (_, i) => i);
		this.run("HSET", "hash:big", ...numbers.flatMap((i) => [`field:${i}`, `value:${i}`]));
		this.run("SADD", "set:big", ...numbers.map((i) => `member:${i}`));
		this.run("ZADD", "zset:big", ...numbers.flatMap((i) => [i, `member:${i}`]));
		this.run("RPUSH", "list:big", ...numbers.map((i) => `element:${i}`.repeat(1 + (i % 5))));
		for (let i = 0; i < 1000; i++) {
			this.run("XADD", "stream:big", `${1000 + i}-0`, "field", `value:${i}`, `f${i % 3}`, "x".repeat(i % 40));
		}
		this.run("XGROUP", "CREATE", "stream:big", "readers", "0");
		this.run("XREADGROUP", "GROUP", "readers", "one", "COUNT", 700, "STREAMS", "stream:big", ">");
		this.run("SELECT", 3);
		for (let i = 0; i < 50; i++) this.run("SET", `string:${i}`, `other:${i}`, "PX", 1000 + i);
		this.run("SELECT", 0);
	}

	key(type: string): string {
		return this.random.below(4) === 0 ? `${type}:big` : `${type}:${this.random.below(40)}`;
	}

	change(): void {
		const { random } = this;
		const member = () => `member:${random.below(4000)}`;
		const field = () => `field:${random.below(4000)}`;
		switch (random.below(33)) {
			case 0:
				return this.run("SET", this.key("string"), `changed:${random.below(100)}`);
			case 1:
				return this.run("INCR", `number:${random.below(5)}`);
			case 2:
				return this.run("APPEND", this.key("string"), "x".repeat(random.below(50)));
			case 3:
				return this.run("SETRANGE", this.key("string"), random.below(20), "yy");
			case 4:
				return this.run("DEL", this.key(TYPES[random.below(TYPES.length)]!));
			case 5:
				return this.run("HSET", this.key("hash"), field(), "w".repeat(random.below(80)));
			case 6:
				return this.run("HDEL", this.key("hash"), field(), field());
			case 7:
				return this.run("HINCRBY", this.key("hash"), "count", 1);
			case 8:
				return this.run("SADD", this.key("set"), member(), random.below(1000));
			case 9:
				return this.run("SREM", this.key("set"), member());
			case 10:
				return this.run("SPOP", this.key("set"), 1 + random.below(3));
			case 11:
				return this.run("ZADD", this.key("zset"), random.below(1000), member());
			case 12:
				return this.run("ZINCRBY", this.key("zset"), 1.5, member());
			case 13:
				return this.run("ZPOPMIN", this.key("zset"), random.below(5));
			case 14:
				return this.run("EXPIRE", this.key("hash"), 100 + random.below(100));
			case 15:
				return this.run("RENAME", this.key("string"), this.key("string"));
			case 16:
				return this.run("COPY", this.key("hash"), this.key("hash"), "REPLACE");
			case 17:
				return this.run("MOVE", this.key("zset"), 3);
			case 18:
				return this.run("ZUNIONSTORE", this.key("zset"), 2, this.key("zset"), this.key("set"));
			case 19:
				return this.run("GET", this.key("string"));
			case 20:
				return this.run("HPEXPIRE", this.key("hash"), 500 + random.below(500), "FIELDS", 1, field());
			case 21:
				return this.run("RPUSH", this.key("list"), `pushed:${random.below(100)}`);
			case 22:
				return this.run("LPUSH", this.key("list"), "p".repeat(random.below(300)));
			case 23:
				return this.run(["LPOP", "RPOP"][random.below(2)]!, this.key("list"), 1 + random.below(9));
			case 24:
				return this.run("LSET", this.key("list"), random.below(3000), "set".repeat(random.below(9)));
			case 25:
				return this.run("LINSERT", this.key("list"), "BEFORE", `element:${random.below(600) * 5}`, "inserted");
			case 26:
				return this.run("LTRIM", this.key("list"), random.below(20), -1 - random.below(20));
			case 27:
				return this.run("LREM", this.key("list"), 1, `element:${random.below(600) * 5}`);
			case 28:
				return this.run("XADD", this.key("stream"), "*", "field", `more:${random.below(100)}`);
			case 29:
				return this.run("XDEL", this.key("stream"), `${1000 + random.below(1000)}-0`);
			case 30:
				return this.run("XACK", "stream:big", "readers", `${1000 + random.below(800)}-0`);
			case 31:
				return this.run(
					"XREADGROUP",
					"GROUP",
					"readers",
					`c${random.below(3)}`,
					"COUNT",
					5,
					"STREAMS",
					"stream:big",
					">",
				);
			default:
				if (random.below(15) === 0) this.run(random.below(2) === 0 ? "FLUSHDB" : "SWAPDB", 0, 3);
				else this.run("SET", `long:${random.below(3)}`, "z".repeat(5000 + random.below(50)));
		}
	}
}
