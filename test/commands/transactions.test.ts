import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
	return { machine, server, a, b };
}

const QUEUED = "+QUEUED\r\n";

describe("a transaction", () => {
	test("runs what was queued as one, and replies with all replies", () => {
		const { a, b } = started();
		expect(a.run("MULTI")).toBe("+OK\r\n");
		expect(a.run("SET", "k", "1")).toBe(QUEUED);
		expect(a.run("INCR", "k")).toBe(QUEUED);
		expect(b.run("GET", "k")).toBe("$-1\r\n");
		expect(a.run("EXEC")).toBe("*2\r\n+OK\r\n:2\r\n");
		expect(b.run("GET", "k")).toBe("$1\r\n2\r\n");
		expect(a.run("EXEC")).toBe("-ERR EXEC without MULTI\r\n");
	});

	test("of nothing replies with nothing", () => {
		const { a } = started();
		a.run("MULTI");
		expect(a.run("EXEC")).toBe("*0\r\n");
	});

	test("is forgotten by DISCARD", () => {
		const { a } = started();
		expect(a.run("DISCARD")).toBe("-ERR DISCARD without MULTI\r\n");
		a.run("MULTI");
		a.run("SET", "k", "1");
		expect(a.run("DISCARD")).toBe("+OK\r\n");
		expect(a.run("GET", "k")).toBe("$-1\r\n");
	});

	test("does not nest, and the attempt does not spoil it", () => {
		const { a } = started();
		a.run("MULTI");
		expect(a.run("MULTI")).toBe("-ERR MULTI calls can not be nested\r\n");
		expect(a.run("WATCH", "k")).toBe("-ERR WATCH inside MULTI is not allowed\r\n");
		a.run("PING");
		expect(a.run("EXEC")).toBe("*1\r\n+PONG\r\n");
	});

	test("runs nothing where a command could not be queued", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("SET", "k", "1");
		expect(a.run("SET", "k")).toBe("-ERR wrong number of arguments for 'set' command\r\n");
		a.run("SET", "k", "2");
		expect(a.run("EXEC")).toBe("-EXECABORT Transaction discarded because of previous errors.\r\n");
		expect(a.run("GET", "k")).toBe("$-1\r\n");
	});

	test("goes on behind a command that fails", () => {
		const { a } = started();
		a.run("MULTI");
		for (const command of [
			["SET", "k", "text"],
			["INCR", "k"],
			["LPUSH", "k", "x"],
			["APPEND", "k", "!"],
		])
			a.run(...command);
		expect(a.run("EXEC")).toBe(
			"*4\r\n+OK\r\n-ERR value is not an integer or out of range\r\n" +
				"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n:5\r\n",
		);
	});

	test("refuses commands that may not be part of one, and EXEC with more words", () => {
		const { a } = started();
		a.run("MULTI");
		expect(a.run("SAVE")).toBe("-ERR Command not allowed inside a transaction\r\n");
		expect(a.run("EXEC", "x")).toBe(
			"-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n",
		);
		expect(a.run("EXEC")).toBe("-ERR EXEC without MULTI\r\n");
	});

	test("changes database in its middle and stays there", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("SELECT", 3);
		a.run("SET", "k", "three");
		expect(a.run("EXEC")).toBe("*2\r\n+OK\r\n+OK\r\n");
		expect(a.run("GET", "k")).toBe("$5\r\nthree\r\n");
	});

	test("may be in one packet with what comes before and behind it", () => {
		const { machine, a } = started();
		a.sendText("SELECT 1\r\nMULTI\r\nSET k 1\r\nSELECT 2\r\nSET k 2\r\nEXEC\r\nGET k\r\nSELECT 1\r\nGET k\r\n");
		machine.network.settle();
		expect(a.take()).toBe(`+OK\r\n+OK\r\n${QUEUED.repeat(3)}*3\r\n+OK\r\n+OK\r\n+OK\r\n$1\r\n2\r\n+OK\r\n$1\r\n1\r\n`);
	});

	test("does not let commands wait", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("BLPOP", "l", 0);
		a.run("BLMOVE", "l", "m", "LEFT", "RIGHT", 0);
		a.run("BRPOPLPUSH", "l", "m", 0);
		expect(a.run("EXEC")).toBe("*3\r\n*-1\r\n$-1\r\n$-1\r\n");
	});

	test("serves who waits for what it has written only when it is over", () => {
		const { machine, a, b } = started();
		b.sendText("BLPOP l 0\r\n");
		machine.network.settle();
		a.run("MULTI");
		a.run("RPUSH", "l", "x", "y");
		a.run("LPOP", "l");
		expect(a.run("EXEC")).toBe("*2\r\n:2\r\n$1\r\nx\r\n");
		machine.network.settle();
		expect(b.take()).toBe("*2\r\n$1\r\nl\r\n$1\r\ny\r\n");
	});

	test("shows in CLIENT LIST, and RESET ends it", () => {
		const { a } = started();
		a.run("WATCH", "k");
		a.run("MULTI");
		a.run("PING");
		expect(a.run("RESET")).toBe("+RESET\r\n");
		expect(a.run("EXEC")).toBe("-ERR EXEC without MULTI\r\n");
		a.run("MULTI");
		a.run("CLIENT", "INFO");
		expect(a.run("EXEC")).toContain(" multi=-1 ");
	});

	test("of many commands and long ones is kept whole", () => {
		const { a } = started();
		const long = "v".repeat(100_000);
		a.run("MULTI");
		for (let i = 0; i < 300; i++) a.run("SET", `k${i}`, `${i}${i % 100 === 0 ? long : ""}`);
		expect(a.run("EXEC")).toBe(`*300\r\n${"+OK\r\n".repeat(300)}`);
		expect(a.run("GET", "k200")).toBe(`$100003\r\n200${long}\r\n`);
		expect(a.run("GET", "k299")).toBe("$3\r\n299\r\n");
	});
});

describe("inside a transaction", () => {
	test("channels and patterns can be listened to, shard channels not", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("SSUBSCRIBE", "s");
		a.run("SUBSCRIBE", "c");
		expect(a.run("EXEC")).toBe(
			"*2\r\n-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n",
		);
	});

	test("a message of one's own follows the reply to EXEC", () => {
		for (const protocol of [2, 3]) {
			const { a } = started();
			a.run("HELLO", protocol);
			a.run("MULTI");
			a.run("SUBSCRIBE", "c");
			a.run("PUBLISH", "c", "m");
			a.run("ECHO", "e");
			const mark = protocol === 2 ? "*" : ">";
			expect(a.run("EXEC")).toBe(
				`*3\r\n${mark}3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n:1\r\n` +
					`$1\r\ne\r\n${mark}3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n`,
			);
		}
	});

	test("CLIENT REPLY decides about the whole reply to EXEC", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("PING");
		a.run("CLIENT", "REPLY", "OFF");
		expect(a.run("EXEC")).toBe("");
		expect(a.run("MULTI")).toBe("");
		expect(a.run("PING")).toBe("");
		expect(a.run("CLIENT", "REPLY", "ON")).toBe("");
		expect(a.run("EXEC")).toBe("*2\r\n+PONG\r\n+OK\r\n");
	});

	test("MIGRATE is refused where it would have to wait", () => {
		const { a } = started();
		a.run("SET", "k", 1);
		a.run("MULTI");
		a.run("MIGRATE", "127.0.0.1", 1, "k", 0, 100);
		expect(a.run("EXEC")).toBe("*1\r\n-ERR MIGRATE is not possible inside a transaction: its client has to wait\r\n");
		expect(a.run("GET", "k")).toBe("$1\r\n1\r\n");
	});

	test("BGSAVE and BGREWRITEAOF are put off", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("BGSAVE");
		a.run("BGREWRITEAOF");
		expect(a.run("EXEC")).toBe(
			"*2\r\n+Background saving scheduled\r\n+Background append only file rewriting scheduled\r\n",
		);
	});
});

test("an EXEC that is refused ends what there is, even where there is no transaction", () => {
	const { a, b } = started();
	a.run("WATCH", "k");
	expect(a.run("EXEC", "x")).toStartWith("-EXECABORT Transaction discarded because of: wrong number of arguments");
	b.run("SET", "k", 1);
	a.run("MULTI");
	expect(a.run("EXEC")).toBe("*0\r\n");
});

describe("a watched key", () => {
	test("that has changed makes EXEC run nothing", () => {
		const { a, b } = started();
		a.run("WATCH", "k", "other");
		b.run("SET", "k", "1");
		a.run("MULTI");
		a.run("SET", "k", "2");
		expect(a.run("EXEC")).toBe("*-1\r\n");
		expect(a.run("GET", "k")).toBe("$1\r\n1\r\n");
		a.run("MULTI");
		a.run("SET", "k", "2");
		expect(a.run("EXEC")).toBe("*1\r\n+OK\r\n");
	});

	test("is touched by its own client, too, and forgotten by UNWATCH and DISCARD", () => {
		const { server, a } = started();
		for (const end of [["UNWATCH"], ["MULTI", "DISCARD"]]) {
			a.run("WATCH", "k");
			a.run("SET", "k", "1");
			for (const command of end) a.run(command);
			expect(server.watches.keyCount()).toBe(0);
			a.run("MULTI");
			a.run("PING");
			expect(a.run("EXEC")).toBe("*1\r\n+PONG\r\n");
		}
	});

	test("is touched when its time is over, whether somebody looks at it or not", () => {
		const { machine, a } = started();
		a.run("SET", "k", "1", "PX", 50);
		a.run("WATCH", "k");
		a.run("MULTI");
		a.run("PING");
		machine.time.advance(100);
		expect(a.run("EXEC")).toBe("*-1\r\n");
	});

	test("whose time was over before is not touched by going", () => {
		const { machine, a } = started("active-expire-effort 1");
		a.run("DEBUG", "SET-ACTIVE-EXPIRE", 0);
		a.run("SET", "k", "1", "PX", 50);
		machine.time.advance(100);
		a.run("WATCH", "k");
		a.run("MULTI");
		a.run("PING");
		expect(a.run("EXEC")).toBe("*1\r\n+PONG\r\n");
	});

	test("stays where it is while its time is over, for to watch is not to meet it", () => {
		const { machine, server, a, b } = started('notify-keyspace-events "Ex"');
		server.keyspace.activeExpire = false;
		const listener = machine.network.connect(6379);
		listener.run("SUBSCRIBE", "__keyevent@0__:expired");
		b.run("SET", "k", 1, "PX", 5);
		machine.time.advance(10);
		a.run("WATCH", "k");
		a.run("MULTI");
		expect(a.run("EXEC")).toBe("*0\r\n");
		expect(listener.take()).toBe("");
		// Its end is no change for those who found it over.
		a.run("WATCH", "k");
		expect(b.run("GET", "k")).toBe("$-1\r\n");
		machine.network.settle();
		expect(listener.take()).toContain("expired");
		a.run("MULTI");
		expect(a.run("EXEC")).toBe("*0\r\n");
	});

	test("whose time ends is touched even where nobody has met it since", () => {
		const { machine, server, a, b } = started();
		server.keyspace.activeExpire = false;
		b.run("SET", "k", 1, "PX", 5);
		a.run("WATCH", "k");
		machine.time.advance(10);
		a.run("MULTI");
		expect(a.run("EXEC")).toBe("*-1\r\n");
		expect(b.run("DBSIZE")).toBe(":1\r\n");
	});

	test("is touched by FLUSHALL and SWAPDB where it was there or is there now", () => {
		const { a, b } = started();
		const survives = (change: () => void): boolean => {
			a.run("WATCH", "k");
			change();
			a.run("MULTI");
			a.run("PING");
			return a.run("EXEC") !== "*-1\r\n";
		};
		expect(survives(() => b.run("FLUSHALL"))).toBe(true);
		expect(survives(() => b.run("SWAPDB", 0, 1))).toBe(true);
		b.run("SET", "k", "1");
		expect(survives(() => b.run("SWAPDB", 0, 1))).toBe(false);
		expect(survives(() => b.run("SWAPDB", 0, 1))).toBe(false);
		expect(survives(() => b.run("FLUSHALL"))).toBe(false);
	});

	test("is forgotten with its client, and listens to nothing then", () => {
		const { machine, server, a, b } = started();
		a.run("WATCH", "k", "l");
		b.run("WATCH", "k");
		expect([server.watches.keyCount(), server.watches.watchingClients()]).toEqual([2, 2]);
		expect(b.run("INFO", "clients")).toMatch(/\r\nwatching_clients:2\r\n[^#]*\r\ntotal_watched_keys:2\r\n/);
		a.end();
		machine.network.settle();
		expect([server.watches.keyCount(), server.watches.watchingClients()]).toEqual([1, 1]);
		b.run("UNWATCH");
		expect([server.watches.keyCount(), server.watches.watchingClients()]).toEqual([0, 0]);
	});
});
