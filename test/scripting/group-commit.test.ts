/** Scripts under `appendfsync always`: nobody is answered before what the answer rests on is in the file, in its order. */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { AofMachine, commands, INCREMENT } from "../persistence/aof/machine.ts";
import { SimulatedDisk } from "../support/simulated-disk.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { commandText } from "../support/wire.ts";

const ALWAYS = ["appendfsync always"];
const TWO = "redis.call('INCR',KEYS[1]) redis.call('RPUSH',KEYS[2],'x') return redis.call('GET',KEYS[1])";
const LIBRARY = "#!lua name=l\nredis.register_function('one', function(keys) return redis.call('INCR',keys[1]) end)";
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

function pipelined(client: VirtualClient, ...requests: readonly (readonly string[])[]): void {
	client.sendText(requests.map((words) => commandText(words)).join(""));
}

describe("scripts under appendfsync always", () => {
	test("stand in the file between the commands of their pipeline and of others, each as one unit", () => {
		const machine = new AofMachine(new SimulatedDisk(), ALWAYS);
		machine.run("FUNCTION", "LOAD", LIBRARY);
		const before = machine.disk.texts.get(INCREMENT)!;
		const [first, second] = [machine.connect(), machine.connect()];
		pipelined(
			first,
			["SET", "a", "1"],
			["EVAL", TWO, "2", "a", "l"],
			["EVAL_RO", "return redis.call('GET','a')", "0"],
			["FCALL", "one", "1", "a"],
			["EVAL", "return redis.call('GET','a')", "0"],
			["EVAL", "redis.call('SET','a','9') error('late')", "0"],
			["INCR", "a"],
		);
		pipelined(second, ["EVAL", "redis.call('SELECT',1) return redis.call('SET','b','2')", "0"], ["GET", "a"]);
		machine.run("PING");
		const replies = first.take();
		expect(replies.replace(/-ERR.*\r\n/, "-late\r\n")).toBe(
			`+OK\r\n${bulk("2")}${bulk("2")}:3\r\n${bulk("3")}-late\r\n:10\r\n`,
		);
		expect(replies).toContain("-ERR user_script:1: late script: ");
		expect(second.take()).toBe(`+OK\r\n${bulk("10")}`);
		expect(machine.disk.texts.get(INCREMENT)!.slice(before.length)).toBe(
			commands(
				...["SET a 1", "MULTI", "INCR a", "RPUSH l x", "EXEC", "INCR a", "SET a 9", "INCR a"],
				...["SELECT 1", "SET b 2"],
			),
		);
		expect(machine.disk.texts.get(INCREMENT)!.slice(0, before.length)).toContain("FUNCTION");
	});

	test("are answered when their changes are safe: none whose changes were lost, at whatever step the power went", () => {
		const machine = new AofMachine(new SimulatedDisk(), ALWAYS);
		const disk = machine.disk as SimulatedDisk;
		// A file with a hole in it is refused as a whole, whatever has written it.
		disk.makesHoles = false;
		machine.run("FUNCTION", "LOAD", LIBRARY);
		const random = new Random(5);
		const left: { disk: SimulatedDisk; answered: number }[] = [];
		let answered = 0;
		disk.fault = () => {
			left.push({
				disk: random.below(2) === 0 ? disk.crash(new Random(random.below(2 ** 32))) : disk.killed(),
				answered,
			});
			return null;
		};
		const [first, second] = [machine.connect(), machine.connect()];
		for (let i = 1; i <= 10; i++) {
			pipelined(first, ["EVAL", TWO, "2", "a", "l"], ["FCALL", "one", "1", "n"]);
			pipelined(second, ["EVAL", "return redis.call('GET','a')", "0"], ["INCR", "m"]);
			machine.run("PING");
			expect(first.take()).toBe(`${bulk(String(i))}:${i}\r\n`);
			expect(second.take()).toBe(`${bulk(String(i))}:${i}\r\n`);
			answered = i;
			machine.time.advance(random.below(50));
		}
		disk.fault = () => null;
		expect(left.length).toBeGreaterThan(15);
		for (const one of left) {
			const other = new AofMachine(one.disk, [], machine.time.now_ms() + 1000);
			const count = (key: string) => Number(other.run("GET", key).split("\r\n")[1] ?? 0);
			expect(other.run("LLEN", "l")).toBe(`:${count("a")}\r\n`);
			for (const key of ["a", "n", "m"]) expect(count(key)).toBeGreaterThanOrEqual(one.answered);
			// What came later is not there without what came before.
			expect(count("n")).toBeLessThanOrEqual(count("a"));
			other.server.stop();
		}
	});

	test("get no answer where the file cannot be written", () => {
		const machine = new AofMachine(new SimulatedDisk(), ALWAYS);
		const disk = machine.disk as SimulatedDisk;
		disk.fault = ({ action, path }) => (action === "write" && path.includes("incr") ? "ENOSPC" : null);
		expect(machine.run("EVAL", "return redis.call('SET','a','1')", "0")).toBe("");
		expect(machine.exitCode).toBe(1);
	});
});
