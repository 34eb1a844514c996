/**
 * Many connections of one thread through epoll and plain system calls, in place of Bun's sockets: a load generator must
 * not be slower than the server it loads.
 *
 * Invariant: nothing is allocated between two events.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";

const { i32, u32, u64, pointer } = FFIType;

function openLibrary() {
	return dlopen("libc.so.6", {
		socket: { args: [i32, i32, i32], returns: i32 },
		connect: { args: [i32, pointer, u32], returns: i32 },
		setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
		send: { args: [i32, pointer, u64, i32], returns: i32 },
		recv: { args: [i32, pointer, u64, i32], returns: i32 },
		close: { args: [i32], returns: i32 },
		epoll_create1: { args: [i32], returns: i32 },
		epoll_ctl: { args: [i32, i32, i32, pointer], returns: i32 },
		epoll_wait: { args: [i32, pointer, i32, i32], returns: i32 },
	}).symbols;
}

const library = openLibrary();

const internet = 2;
const stream = 1;
const tcp = 6;
const noDelay = 1;
const noSignal = 0x4000;
const addDescriptor = 1;
const isReadable = 1;
const eventsMax = 256;
/** The structure is packed on this one architecture only. */
const eventWords = process.arch === "x64" ? 3 : 4;
const dataWord = process.arch === "x64" ? 1 : 2;
const receiveBytes = 256 * 1024;

/** What becomes of the bytes that arrive. */
export interface Reader {
	/** `length` bytes have arrived in `bytes`, which is used again for the next. */
	received(bytes: Uint8Array, length: number): void;
}

export class Sockets {
	private readonly epoll: number;
	private readonly events: Int32Array;
	private readonly input: Uint8Array;
	private readonly readers: (Reader | undefined)[];

	constructor() {
		this.epoll = library.epoll_create1(0);
		this.events = new Int32Array(eventsMax * eventWords);
		this.input = new Uint8Array(receiveBytes);
		this.readers = [];
	}

	/** Returns the descriptor. */
	connect(port: number, reader: Reader): number {
		const address = new Uint8Array(16);
		const view = new DataView(address.buffer);
		view.setUint16(0, internet, true);
		view.setUint16(2, port);
		address.set([127, 0, 0, 1], 4);
		const descriptor = library.socket(internet, stream, 0);
		if (library.connect(descriptor, ptr(address), address.length) !== 0) throw new Error(`cannot connect to ${port}`);
		library.setsockopt(descriptor, tcp, noDelay, ptr(new Int32Array([1])), 4);
		const event = new Int32Array(4);
		event[0] = isReadable;
		event[dataWord] = descriptor;
		if (library.epoll_ctl(this.epoll, addDescriptor, descriptor, ptr(event)) !== 0) throw new Error("epoll_ctl failed");
		this.readers[descriptor] = reader;
		return descriptor;
	}

	/** Blocks until the kernel has taken all: what is sent must be no more than the server is ready to read. */
	send(descriptor: number, bytes: Uint8Array, length = bytes.length): void {
		for (let sent = 0; sent < length; ) {
			const taken = library.send(descriptor, ptr(bytes, sent), length - sent, noSignal);
			if (taken <= 0) throw new Error("the server closed the connection");
			sent += taken;
		}
	}

	/** Serves events until `isDone`; throws where nothing arrives for ten seconds. */
	run(isDone: () => boolean): void {
		const { events, input, readers } = this;
		const eventsAt = ptr(events);
		const inputAt = ptr(input);
		while (!isDone()) {
			const count = library.epoll_wait(this.epoll, eventsAt, eventsMax, patience_ms);
			if (count <= 0) throw new Error("nothing arrived for ten seconds");
			for (let event = 0; event < count; event++) {
				const descriptor = events[event * eventWords + dataWord]!;
				const length = library.recv(descriptor, inputAt, receiveBytes, 0);
				if (length <= 0) throw new Error("the server closed the connection");
				readers[descriptor]!.received(input, length);
			}
		}
	}
}

const patience_ms = 10_000;
