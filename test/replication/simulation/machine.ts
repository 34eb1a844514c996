/** One machine of the world: an address, a disk, a clock of its own, and the process that runs there now, if any. */
import { keepPages } from "../../../src/adapters/pages.ts";
import { Random } from "../../../src/bytes/random.ts";
import { Config } from "../../../src/config/config.ts";
import { realDigests } from "../../../src/server/real/digests.ts";
import { luaModule } from "../../../src/server/real/lua.ts";
import { Server } from "../../../src/server/server.ts";
import { HostTime } from "../../support/host-time.ts";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import { VirtualBackground } from "../../support/virtual-background.ts";
import { VirtualHost, virtualEntropy } from "../../support/virtual-host.ts";
import type { HostNetwork, VirtualInternet } from "../../support/virtual-internet.ts";
import type { VirtualTime } from "../../support/virtual-time.ts";

export const SERVER_PORT = 6379;
/** `syncLater` takes up to so many milliseconds. */
const SYNC_MS_MAX = 100;

export type Death = "killed" | "powerless";

/** A server and what it needs from outside, from its start to its end. */
export interface Process {
	readonly server: Server;
	readonly time: HostTime;
	readonly network: HostNetwork;
	readonly host: VirtualHost;
}

export interface Syncs {
	full: number;
	partial: number;
}

export class Machine {
	readonly address: string;
	/** Lines of its configuration, but for `replicaof`. */
	readonly directives: readonly string[];
	disk: SimulatedDisk;
	process: Process | null;
	/** How far its clock is wrong. */
	skew_ms: number;
	/** How many processes it has had. */
	starts: number;
	/** What went wrong with one of them, "" while nothing did. */
	failure: string;
	/** Steps on the disk until the process dies in the middle of what it does. */
	private stepsLeft: number;
	private readonly common: VirtualTime;
	private readonly internet: VirtualInternet;
	private readonly random: Random;
	/** What ended processes had said, and counted. */
	private readonly oldLog: string[];
	private readonly oldSyncs: Syncs;

	constructor(
		common: VirtualTime,
		internet: VirtualInternet,
		seed: number,
		address: string,
		directives: readonly string[],
	) {
		this.address = address;
		this.directives = directives;
		this.disk = new SimulatedDisk();
		this.disk.makesHoles = false;
		this.process = null;
		this.skew_ms = 0;
		this.starts = 0;
		this.failure = "";
		this.stepsLeft = Infinity;
		this.common = common;
		this.internet = internet;
		this.random = new Random(seed);
		this.oldLog = [];
		this.oldSyncs = { full: 0, partial: 0 };
	}

	/** Starts a server on what the disk has; it loads in the time that comes. */
	start(extraDirectives: readonly string[] = []): void {
		if (this.process !== null) throw new Error(`${this.address} is up`);
		const { disk, random } = this;
		const time = new HostTime(this.common, this.skew_ms);
		disk.later = (action) => time.after(random.below(SYNC_MS_MAX + 1), action);
		disk.afterOperation = () => {
			if (--this.stepsLeft <= 0) this.die(random.below(2) === 0 ? "killed" : "powerless");
		};
		const network = this.internet.attach(this.address, time);
		this.internet.stir();
		const host = new VirtualHost(this.common);
		const config = new Config(disk);
		const text = [...this.directives, ...extraDirectives].join("\n");
		config.load([{ name: "the simulation", text }]);
		const adapters = {
			clock: time,
			timers: time,
			entropy: virtualEntropy(new Random(random.below(2 ** 32))),
			digests: realDigests,
			network,
			files: disk,
			host,
			pages: keepPages,
			background: new VirtualBackground(time, disk),
			luaModule,
		};
		this.starts++;
		const server = new Server({ adapters, config, configFile: "", anyPort: false });
		this.process = { server, time, network, host };
		server.onStopped((code) => {
			if (this.process?.server !== server) return;
			// By itself: an error, for nobody here says SHUTDOWN.
			this.failure = `the server at ${this.address} ended with ${code}\n${this.log()}`;
		});
		server.start();
	}

	/** The process ends without another word, with or without its machine. */
	die(death: Death): void {
		const { process } = this;
		if (process === null) return;
		this.oldLog.push(...process.host.printed.slice(-40), `--- ${death}`);
		Object.assign(this.oldSyncs, this.syncs());
		this.process = null;
		this.stepsLeft = Infinity;
		this.disk.afterOperation = () => {};
		this.disk = death === "killed" ? this.disk.killed() : this.disk.crash(this.random);
		process.time.die();
		process.network.die(death);
	}

	/** It dies at one of its next steps on the disk, in the middle of what it does then. */
	dieInSteps(steps: number): void {
		this.stepsLeft = steps;
	}

	/** Its disk is empty when it starts again. */
	wipe(): void {
		this.disk = new SimulatedDisk();
		this.disk.makesHoles = false;
	}

	server(): Server | null {
		return this.process?.server ?? null;
	}

	/** Copies that all its processes gave to replicas, whole and in part. */
	syncs(): Syncs {
		const { full, partial } = this.oldSyncs;
		const statistics = this.server()?.statistics;
		return { full: full + (statistics?.fullSyncs ?? 0), partial: partial + (statistics?.partialSyncs ?? 0) };
	}

	log(): string {
		const lines = [...this.oldLog, ...(this.process?.host.printed ?? [])];
		return lines.slice(-60).join("\n");
	}
}
