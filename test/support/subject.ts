/**
 * The server under test: ours, in this process, on a port of its own; or, with SUBJECT=host:port in the environment,
 * whatever listens there.
 *
 * Invariant: a subject handed out answers commands, and `stop` ends only what `start` began.
 */
import type { StartOptions } from "../../src/index.ts";
import type { Address } from "./wire.ts";

export interface Subject extends AsyncDisposable, Address {
	readonly name: string;
	stop(): Promise<void>;
}

/** `directives` are those of redis.conf; without any the server keeps nothing on disk and lets DEBUG in. */
export async function startSubject(directives: StartOptions = {}): Promise<Subject> {
	const elsewhere = process.env.SUBJECT;
	if (elsewhere !== undefined) return subjectAt(elsewhere);
	const { RedisLite } = await import("../../src/index.ts");
	const server = await RedisLite.start({ port: 0, save: "", "enable-debug-command": "yes", ...directives });
	return makeSubject("redis-lite", { host: "127.0.0.1", port: server.port }, () => server.stop());
}

function subjectAt(address: string): Subject {
	const match = /^(.+):(\d+)$/.exec(address);
	if (match === null) throw new Error(`SUBJECT must be host:port, not ${address}`);
	return makeSubject(address, { host: match[1]!, port: Number(match[2]) }, async () => {});
}

function makeSubject(name: string, address: Address, stop: () => Promise<void>): Subject {
	return { name, host: address.host, port: address.port, stop, [Symbol.asyncDispose]: stop };
}
