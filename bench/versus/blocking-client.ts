/**
 * A connection of blocking system calls, in place of an event loop: what is timed is then the server and nothing of ours.
 *
 * Invariant: nothing is allocated by sending and receiving, and an error reply ends the process that received it.
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
		poll: { args: [pointer, u64, i32], returns: i32 },
		usleep: { args: [u32], returns: i32 },
	}).symbols;
}

export const library = openLibrary();

const newline = 10;
const minus = 45;
const internet = 2;
const stream = 1;
const tcp = 6;
const noDelay = 1;

export class BlockingClient {
	private readonly descriptor: number;
	private readonly reply: Uint8Array;

	constructor(port: number) {
		const address = new Uint8Array(16);
		const view = new DataView(address.buffer);
		view.setUint16(0, internet, true);
		view.setUint16(2, port);
		address.set([127, 0, 0, 1], 4);
		this.descriptor = library.socket(internet, stream, 0);
		if (library.connect(this.descriptor, ptr(address), address.length) !== 0)
			throw new Error(`cannot connect to ${port}`);
		library.setsockopt(this.descriptor, tcp, noDelay, ptr(new Int32Array([1])), 4);
		this.reply = new Uint8Array(64 * 1024);
	}

	send(bytes: Uint8Array): void {
		for (let sent = 0; sent < bytes.length; ) {
			const taken = library.send(this.descriptor, ptr(bytes, sent), bytes.length - sent, 0);
			if (taken <= 0) throw new Error("the server closed the connection");
			sent += taken;
		}
	}

	/** Waits for so many bytes of replies. */
	receive(length: number): void {
		for (let received = 0; received < length; ) {
			const got = library.recv(this.descriptor, ptr(this.reply), this.reply.length, 0);
			if (got <= 0) throw new Error("the server closed the connection");
			this.refuseErrors(got);
			received += got;
		}
	}

	private refuseErrors(length: number): void {
		const { reply } = this;
		for (let index = 0; index < length; index++) {
			if (reply[index] !== minus || (index > 0 && reply[index - 1] !== newline)) continue;
			const text = Buffer.from(reply.subarray(index, Math.min(length, index + 200))).toString();
			throw new Error(`the server answered ${text.split("\r\n")[0]}`);
		}
	}
}
