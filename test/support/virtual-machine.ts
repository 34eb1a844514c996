/** Everything a server needs from outside, simulated: any number of whole servers in one process, in virtual time. */
import { keepPages } from "../../src/adapters/pages.ts";
import { Random } from "../../src/bytes/random.ts";
import { Config } from "../../src/config/config.ts";
import type { Adapters } from "../../src/server/adapters.ts";
import { realDigests } from "../../src/server/real/digests.ts";
import { luaModule } from "../../src/server/real/lua.ts";
import { Server, type ServerOptions } from "../../src/server/server.ts";
import { VirtualBackground } from "./virtual-background.ts";
import { VirtualFiles } from "./virtual-files.ts";
import { VirtualHost, virtualEntropy } from "./virtual-host.ts";
import { type NetworkFaults, noFaults, VirtualNetwork } from "./virtual-network.ts";
import { VirtualTime } from "./virtual-time.ts";

export class VirtualMachine {
	readonly random: Random;
	readonly time: VirtualTime;
	readonly network: VirtualNetwork;
	readonly files: VirtualFiles;
	readonly host: VirtualHost;
	readonly adapters: Adapters;

	constructor(seed = 1, faults: NetworkFaults = noFaults) {
		this.random = new Random(seed);
		this.time = new VirtualTime();
		this.network = new VirtualNetwork(this.time, this.random, faults);
		this.files = new VirtualFiles();
		this.files.later = (action) => this.time.soon(action);
		this.host = new VirtualHost(this.time);
		this.adapters = {
			clock: this.time,
			timers: this.time,
			entropy: virtualEntropy(this.random),
			digests: realDigests,
			network: this.network,
			files: this.files,
			host: this.host,
			pages: keepPages,
			background: new VirtualBackground(this.time, this.files),
			luaModule,
		};
	}

	/** A server that is configured but not started. */
	prepare(directives: string, options: Partial<ServerOptions> = {}): Server {
		const config = new Config(this.files);
		config.load([{ name: "the test", text: `save ""\n${directives}` }]);
		return new Server({ adapters: this.adapters, config, configFile: "", anyPort: false, ...options });
	}

	/** A server that listens; on port 6379 unless `directives`, lines of a configuration, say otherwise. */
	start(directives = "", options: Partial<ServerOptions> = {}): Server {
		const server = this.prepare(directives, options);
		server.start();
		return server;
	}
}
