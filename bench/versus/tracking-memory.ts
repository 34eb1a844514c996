/**
 * What it costs to remember who has read which keys, in bytes per key, beside redis-server:
 *
 *     bun bench/versus/tracking-memory.ts
 *
 * Both report `used_memory`; keys have 16 bytes and exist nowhere, so nothing but the memory for tracking grows.
 */
import { RedisServer } from "../../test/support/redis-server.ts";
import { startSubject } from "../../test/support/subject.ts";
import { type Address, WireConnection } from "../../test/support/wire.ts";

const KEYS = 100_000;
const KEYS_AT_ONCE = 1000;

async function usedMemory(connection: WireConnection): Promise<number> {
	const text = (await connection.command("INFO", "memory")).text();
	return Number(/used_memory:(\d+)/.exec(text)![1]);
}

/** Bytes per key once so many clients have read each of them. */
async function measure(address: Address, clients: number): Promise<number> {
	const witness = await WireConnection.connect(address);
	const readers: WireConnection[] = [];
	for (let i = 0; i < clients; i++) {
		const reader = await WireConnection.connect(address);
		await reader.command("CLIENT", "TRACKING", "ON");
		readers.push(reader);
	}
	const before = await usedMemory(witness);
	for (const reader of readers) {
		for (let from = 0; from < KEYS; from += KEYS_AT_ONCE) {
			const keys = Array.from({ length: KEYS_AT_ONCE }, (_, i) => `key:${String(from + i).padStart(12, "0")}`);
			await reader.command("MGET", ...keys);
		}
	}
	const after = await usedMemory(witness);
	await witness.command("FLUSHALL");
	for (const connection of [witness, ...readers]) connection.close();
	return (after - before) / KEYS;
}

await using reference = await RedisServer.start();
await using subject = await startSubject();
console.log("| clients | redis-server | redis-lite |\n| --- | --- | --- |");
for (const clients of [1, 5, 20]) {
	const theirs = await measure(reference, clients);
	const ours = await measure(subject, clients);
	console.log(`| ${clients} | ${theirs.toFixed(1)} | ${ours.toFixed(1)} |`);
}
