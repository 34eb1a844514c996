import { expect, test } from "bun:test";
import { Limits } from "../../src/types/limits.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

test("the thresholds of small values are the configured ones, from the start and after CONFIG SET", () => {
	const machine = new VirtualMachine();
	const server = machine.start("hash-max-ziplist-entries 7\n");
	expect({ ...server.keyspace.limits }).toEqual({ ...new Limits(), hashEntries: 7 });
	const client = machine.network.connect(6379);
	const changes: readonly (readonly [string, string, Partial<Limits>])[] = [
		["hash-max-listpack-entries", "1", { hashEntries: 1 }],
		["hash-max-listpack-value", "2", { hashValueBytes: 2 }],
		["list-max-listpack-size", "-5", { listBlock: -5 }],
		["set-max-intset-entries", "3", { intsetEntries: 3 }],
		["set-max-listpack-entries", "4", { setEntries: 4 }],
		["set-max-listpack-value", "5", { setValueBytes: 5 }],
		["zset-max-listpack-entries", "6", { sortedSetEntries: 6 }],
		["zset-max-listpack-value", "7", { sortedSetValueBytes: 7 }],
		["hll-sparse-max-bytes", "8", { hyperLogLogSparseBytes: 8 }],
		["stream-node-max-bytes", "9", { streamNodeBytes: 9 }],
		["stream-node-max-entries", "10", { streamNodeEntries: 10 }],
	];
	expect(changes).toHaveLength(Object.keys(server.keyspace.limits).length);
	for (const [directive, value, changed] of changes) {
		expect(client.run("CONFIG", "SET", directive, value)).toBe("+OK\r\n");
		expect(server.keyspace.limits).toMatchObject(changed);
	}
});
