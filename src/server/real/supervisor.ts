/**
 * The program that started us and waits to hear that we serve.
 *
 * systemd listens on a datagram socket named in the environment. Each message is sent from this very process, since
 * systemd believes nobody else, so not by its tool; and Bun has no datagrams of unix sockets, so by the C library.
 */
import { FFIType, ptr } from "bun:ffi";
import { bytesOf } from "../../bytes/ascii.ts";
import { openLibc } from "./libc.ts";

export type Supervisor = "systemd" | "upstart";
export type SupervisedMode = "no" | "auto" | Supervisor;

/** Who supervises a process with this environment, or null: nobody, or nobody that is to be told. */
export function supervisorOf(mode: SupervisedMode, environment: NodeJS.ProcessEnv): Supervisor | null {
	if ((mode === "systemd" || mode === "auto") && environment["NOTIFY_SOCKET"] !== undefined) return "systemd";
	if ((mode === "upstart" || mode === "auto") && environment["UPSTART_JOB"] !== undefined) return "upstart";
	return null;
}

/** Says how far we are, in the words of systemd. Upstart knows one sign only: that we stop ourselves once ready. */
export function tellSupervisor(supervisor: Supervisor, state: string): void {
	if (supervisor === "systemd") sendDatagram(process.env["NOTIFY_SOCKET"]!, state);
	else if (state === "READY=1") process.kill(process.pid, "SIGSTOP");
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const PATH_BYTES_MAX = 108;

/** Sends to a path, or to a name without a file where it begins with '@'. A message that does not arrive is lost. */
function sendDatagram(name: string, text: string): void {
	const path = bytesOf(name.replace(/^@/, "\0"));
	if (path.length > PATH_BYTES_MAX) return;
	const libc = openLibc({
		socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
		sendto: {
			args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
			returns: FFIType.i64,
		},
		close: { args: [FFIType.i32], returns: FFIType.i32 },
	});
	if (libc === null) return;
	const address = new Uint8Array(2 + path.length);
	address[0] = AF_UNIX;
	address.set(path, 2);
	const message = bytesOf(text);
	const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0) return;
	libc.sendto(descriptor, ptr(message), message.length, MSG_NOSIGNAL, ptr(address), address.length);
	libc.close(descriptor);
}
