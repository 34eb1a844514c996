/** A datagram socket of systemd's kind, which Bun cannot open by itself: it receives what services tell. */
import { dlopen, FFIType, ptr } from "bun:ffi";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

const { symbols: libc } = dlopen("libc.so.6", {
	socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
	bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
	recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i64 },
	close: { args: [FFIType.i32], returns: FFIType.i32 },
});

export class DatagramSocket implements Disposable {
	private readonly descriptor: number;
	private readonly received: Uint8Array;

	/** `name` is a path, or begins with '@' and has no file. */
	constructor(name: string) {
		const address = Buffer.concat([Uint8Array.of(AF_UNIX, 0), Buffer.from(name.replace(/^@/, "\0"))]);
		this.descriptor = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
		this.received = new Uint8Array(4096);
		if (libc.bind(this.descriptor, ptr(address), address.length) !== 0) throw new Error(`cannot bind ${name}`);
	}

	/** The oldest message, or undefined where none has come. */
	take(): string | undefined {
		const length = Number(libc.recv(this.descriptor, ptr(this.received), this.received.length, MSG_DONTWAIT));
		return length < 0 ? undefined : Buffer.from(this.received.subarray(0, length)).toString();
	}

	[Symbol.dispose](): void {
		libc.close(this.descriptor);
	}
}
