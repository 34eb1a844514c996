/**
 * Exchanges that take their own time on each server: a whole SCAN iteration, and raw bytes on a fresh connection.
 *
 * Invariant: both end, whatever the server does, and their result is one line that equal servers share.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, encodeCommand, toBytes, WireConnection } from "../support/wire.ts";
import type { ScanStep } from "./step.ts";

/** The set of everything an iteration returned, or the error that ended it. */
export async function iterate(connection: WireConnection, step: ScanStep): Promise<string> {
	const met = new Set<string>();
	const pagesAtMost = 100_000;
	let cursor = "0";
	for (let page = 0; page < pagesAtMost; page++) {
		connection.send(encodeCommand(...step.before, cursor, ...step.after));
		const [frame] = await connection.receive(1);
		if (frame === undefined) return connection.condition();
		const [next, elements] = frame.tree().items;
		if (next === undefined || elements === undefined) return frame.text();
		for (const element of elements.items) met.add(element.text);
		cursor = next.text;
		if (cursor === "0") return `${met.size} elements ${describeCommand([...met].sort())}`;
	}
	return `no end after ${pagesAtMost} pages`;
}

const sentinel = "end of the session";

/** All a fresh connection answers to the bytes, pushes behind the replies, with its closing where it is closed. */
export async function converse(address: Address, bytes: string): Promise<string> {
	const connection = await WireConnection.connect(address);
	const closing = `*2\r\n$4\r\nECHO\r\n$${sentinel.length}\r\n${sentinel}\r\n`;
	connection.send(toBytes(bytes + closing));
	let transcript = "";
	for (;;) {
		const [frame] = await connection.receive(1);
		if (frame !== undefined && !frame.text().includes(sentinel)) {
			transcript += anonymous(frame.text());
			continue;
		}
		for (const push of connection.takePushes()) transcript += push.text();
		if (frame === undefined) transcript += `(${connection.condition()})`;
		connection.close();
		return transcript;
	}
}

/** HELLO's reply without the server's version and the client's number. */
function anonymous(reply: string): string {
	return reply.replace(/(\$7\r\nversion\r\n)\$\d+\r\n[\d.]+(\r\n\$5\r\nproto\r\n:\d\r\n\$2\r\nid\r\n):\d+/, "$1$2");
}
