/**
 * A process that sends one PING every millisecond and times the replies, until its standard input ends; then it prints
 * what it saw as JSON. A line that says "ready" comes first, once connection and code are warm: nothing before counts.
 *
 * It shares a core with the load, so three things keep it from measuring itself: blocking system calls in place of an
 * event loop, nothing allocated between start and end, and (where `prober` in stall.ts may ask for it) real-time
 * priority. How late it woke all the same is reported beside the result.
 *
 * Invariant: a probe is timed from the moment it was due. One that was held up by the reply before it counts with the
 * time it waited, so a stall of ten milliseconds is ten slow probes and not one.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { writeSync } from "node:fs";
import { percentile } from "./statistics.ts";

export interface ProbeResult {
	readonly probes: number;
	readonly p999_ms: number;
	readonly max_ms: number;
	/** The latest it ever woke: what of the maximum may be the prober's own. */
	readonly lateness_ms_max: number;
}

export const readyLine = "ready";

/** "+PONG\r\n" */
const replyLength = 7;
const interval_ns = 1e6;
/** Twenty minutes. */
const capacity = 1_200_000;
/** Probes between two looks at standard input. */
const lookEvery = 16;
/** Probes that are not counted: the first ones wait for the server's accept and for our own compiler. */
const warmUp = 300;

const { i32, u32, u64, pointer } = FFIType;

function openLibrary() {
	return dlopen("libc.so.6", {
		socket: { args: [i32, i32, i32], returns: i32 },
		connect: { args: [i32, pointer, u32], returns: i32 },
		setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
		send: { args: [i32, pointer, u64, i32], returns: i32 },
		recv: { args: [i32, pointer, u64, i32], returns: i32 },
		poll: { args: [pointer, u64, i32], returns: i32 },
		usleep: { args: [u32], returns: i32 },
	}).symbols;
}

type Library = ReturnType<typeof openLibrary>;

function connect(library: Library, port: number): number {
	const internet = 2;
	const stream = 1;
	const tcp = 6;
	const noDelay = 1;
	const address = new Uint8Array(16);
	const view = new DataView(address.buffer);
	view.setUint16(0, internet, true);
	view.setUint16(2, port);
	address.set([127, 0, 0, 1], 4);
	const descriptor = library.socket(internet, stream, 0);
	if (library.connect(descriptor, ptr(address), address.length) !== 0) throw new Error(`cannot connect to ${port}`);
	library.setsockopt(descriptor, tcp, noDelay, ptr(new Int32Array([1])), 4);
	return descriptor;
}

class Prober {
	private readonly library: Library;
	private readonly descriptor: number;
	private readonly request: Uint8Array;
	private readonly reply: Uint8Array;
	/** struct pollfd of standard input, waiting for data or its end. */
	private readonly standardInput: Int32Array;
	private readonly latencies_ms: Float64Array;
	private lateness_ms_max: number;

	constructor(port: number) {
		this.library = openLibrary();
		this.descriptor = connect(this.library, port);
		this.request = Buffer.from("PING\r\n");
		this.reply = new Uint8Array(64);
		this.standardInput = new Int32Array([0, 1]);
		this.latencies_ms = new Float64Array(capacity);
		this.lateness_ms_max = 0;
	}

	/** Probes until `limit` or the end of standard input; forgets what was measured before. */
	run(limit: number): number {
		const begun_ns = Bun.nanoseconds();
		this.lateness_ms_max = 0;
		for (let count = 0; count < limit; ) {
			this.latencies_ms[count] = this.once(begun_ns + count * interval_ns);
			count++;
			if (count % lookEvery === 0 && this.library.poll(ptr(this.standardInput), 1, 0) !== 0) return count;
		}
		return limit;
	}

	result(count: number): ProbeResult {
		const seen = this.latencies_ms.subarray(0, count);
		const { lateness_ms_max } = this;
		return { probes: count, p999_ms: percentile(seen, 0.999), max_ms: percentile(seen, 1), lateness_ms_max };
	}

	/** Waits until the probe is due, sends it, and returns how long the reply took. */
	private once(due_ns: number): number {
		let from_ns = due_ns;
		const wait_ns = due_ns - Bun.nanoseconds();
		if (wait_ns > 0) {
			this.library.usleep(Math.ceil(wait_ns / 1000));
			from_ns = Bun.nanoseconds();
			this.lateness_ms_max = Math.max(this.lateness_ms_max, (from_ns - due_ns) / 1e6);
		}
		this.library.send(this.descriptor, ptr(this.request), this.request.length, 0);
		for (let received = 0; received < replyLength; ) {
			const got = this.library.recv(this.descriptor, ptr(this.reply), this.reply.length, 0);
			if (got <= 0) throw new Error("the server closed the connection");
			received += got;
		}
		return (Bun.nanoseconds() - from_ns) / 1e6;
	}
}

if (import.meta.main) {
	const prober = new Prober(Number(process.argv[2]));
	prober.run(warmUp);
	writeSync(1, `${readyLine}\n`);
	const count = prober.run(capacity);
	writeSync(1, `${JSON.stringify(prober.result(count))}\n`);
}
