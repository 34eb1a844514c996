/** Connections opened and closed as fast as one thread can, by plain system calls: Bun's sockets are too slow for it. */
import { dlopen, FFIType, ptr } from "bun:ffi";
import type { Mob } from "./mob.ts";

const { i32, u32, u64, pointer } = FFIType;

const internet = 2;
const stream = 1;
const socketLevel = 1;
const linger = 13;
const noSignal = 0x4000;
/** Opened one after the other before this thread looks up. */
const burst = 200;
const wanted_per_s = 10_000;

export async function churn(mob: Mob, begun: () => void, port: number): Promise<void> {
	const library = dlopen("libc.so.6", {
		socket: { args: [i32, i32, i32], returns: i32 },
		connect: { args: [i32, pointer, u32], returns: i32 },
		setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
		send: { args: [i32, pointer, u64, i32], returns: i32 },
		close: { args: [i32], returns: i32 },
	}).symbols;
	const address = new Uint8Array(16);
	new DataView(address.buffer).setUint16(0, internet, true);
	new DataView(address.buffer).setUint16(2, port);
	address.set([127, 0, 0, 1], 4);
	// Closing resets the connection, so that no port stays taken for a minute.
	const atOnce = new Int32Array([1, 0]);
	const ping = Buffer.from("PING\r\n");
	begun();
	const begun_ns = Bun.nanoseconds();
	let opened = 0;
	await mob.keepOn(0, () => {
		const due = ((Bun.nanoseconds() - begun_ns) / 1e9) * wanted_per_s;
		for (let i = 0; i < burst && opened < due; i++) {
			const descriptor = library.socket(internet, stream, 0);
			if (library.connect(descriptor, ptr(address), address.length) === 0) opened++;
			else mob.count("refused");
			// One in two says something before it goes.
			if (i % 2 === 0) library.send(descriptor, ptr(ping), ping.length, noSignal);
			library.setsockopt(descriptor, socketLevel, linger, ptr(atOnce), 8);
			library.close(descriptor);
		}
	});
	mob.count("connections", opened);
	mob.count("connections a second", Math.round(opened / ((Bun.nanoseconds() - begun_ns) / 1e9)));
}
