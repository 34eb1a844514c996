import type { Background } from "../adapters/background.ts";
import type { Clock, Entropy, Timers } from "../adapters/clock.ts";
import type { Digests } from "../adapters/digests.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import type { Network } from "../adapters/network.ts";
import type { Pages } from "../adapters/pages.ts";

/** Everything a server needs from outside: the real ones are in `real/`, simulated ones in `test/support/`. */
export interface Adapters {
	readonly clock: Clock;
	readonly timers: Timers;
	readonly entropy: Entropy;
	readonly digests: Digests;
	readonly network: Network;
	readonly files: Files;
	readonly host: Host;
	readonly pages: Pages;
	readonly background: Background;
	/** Lua, compiled to WebAssembly; asked for when the first script comes. */
	readonly luaModule: () => WebAssembly.Module;
}
