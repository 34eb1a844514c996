import { expect, test } from "bun:test";
import { Session } from "../support/session.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

function lines(session: Session): string[] {
	return session.run("INFO", "keysizes").split("\r\n").slice(1, -2);
}

test("sizes of values are counted by type, database and power of two", () => {
	const machine = new VirtualMachine();
	machine.start();
	const a = new Session(machine);
	expect(lines(a)).toEqual(["# Keysizes"]);
	a.run("SETRANGE", "empty", "0", "");
	a.run("SET", "s0", "");
	for (const [key, length] of Object.entries({ s1: 1, s2: 2, s3: 3, s4: 4, kilo: 1024, more: 2047, mega: 3 << 20 })) {
		a.run("SET", key, "x".repeat(length));
	}
	const many = Array.from({ length: 1000 }, (_, i) => String(i));
	a.run("RPUSH", "l1", "x");
	a.run("RPUSH", "l1000", ...many);
	a.run("SADD", "set1000", ...many);
	a.run("SADD", "set2", "a", "b");
	a.run("SELECT", "2");
	a.run("ZADD", "z", ...many.flatMap((member) => ["1", member]));
	a.run("HSET", "h1", "f", "v");
	a.run("HSET", "h8", ...many.slice(0, 16));
	a.run("XADD", "stream", "*", "f", "v");
	expect(lines(a)).toEqual([
		"# Keysizes",
		"db0_distrib_strings_sizes:0=1,1=1,2=2,4=1,1K=2,2M=1",
		"db0_distrib_lists_items:1=1,512=1",
		"db0_distrib_sets_items:2=1,512=1",
		"db2_distrib_zsets_items:512=1",
		"db2_distrib_hashes_items:1=1,8=1",
	]);
	expect(a.run("INFO", "everything")).not.toContain("distrib");
});

test("of many keys a part is looked at, and counted for the whole", () => {
	const machine = new VirtualMachine();
	const server = machine.start("enable-debug-command yes");
	const a = new Session(machine);
	a.run("DEBUG", "POPULATE", "200000", "key", "64");
	a.run("DEBUG", "POPULATE", "100000", "other", "600");
	const [, text] = lines(a)[1]!.split(":");
	const counts = new Map(text!.split(",").map((part) => part.split("=") as [string, string]));
	expect([...counts.keys()]).toEqual(["64", "512"]);
	expect(Math.abs(Number(counts.get("64")) - 200_000)).toBeLessThan(10_000);
	const sum = [...counts.values()].reduce((total, count) => total + Number(count), 0);
	expect(Math.abs(sum - server.keyspace.keyCount())).toBeLessThan(3);
});
