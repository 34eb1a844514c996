/**
 * The server under test, in this process, for whom no time goes by while it works: whether a client's slice of time is over,
 * and others go on in between, is then not up to the machine. The time of day is the real one.
 */
import { RedisLite, type StartOptions } from "../../src/index.ts";
import { realAdapters } from "../../src/server/real/adapters.ts";
import type { Address } from "../support/wire.ts";

export async function startSteadySubject(directives: StartOptions = {}): Promise<AsyncDisposable & Address> {
	const { clock } = realAdapters;
	const steady = {
		now_ms: () => clock.now_ms(),
		now_us: () => clock.now_us(),
		monotonic_us: () => 0,
		zoneOffset_minutes: (at_ms: number) => clock.zoneOffset_minutes(at_ms),
	};
	const options = { "enable-debug-command": "yes", ...directives } as const;
	const server = await RedisLite.start(options, { ...realAdapters, clock: steady });
	return { host: "127.0.0.1", port: server.port, [Symbol.asyncDispose]: () => server.stop() };
}
