import type { Adapters } from "../adapters.ts";
import { realBackground } from "./background.ts";
import { realDigests } from "./digests.ts";
import { realFiles } from "./files.ts";
import { realHost } from "./host.ts";
import { luaModule } from "./lua.ts";
import { realNetwork } from "./network.ts";
import { realPages } from "./pages.ts";
import { realClock, realEntropy, realTimers } from "./time.ts";

/** What a server is given in earnest. */
export const realAdapters: Adapters = {
	clock: realClock,
	timers: realTimers,
	entropy: realEntropy,
	digests: realDigests,
	network: realNetwork,
	files: realFiles,
	host: realHost,
	pages: realPages,
	background: realBackground,
	luaModule,
};
