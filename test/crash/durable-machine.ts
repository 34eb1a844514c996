/** A server in virtual time on a disk that can lose its power, and clients that note what they are told and when. */
import { keepPages } from "../../src/adapters/pages.ts";
import { Random } from "../../src/bytes/random.ts";
import { Config } from "../../src/config/config.ts";
import { realDigests } from "../../src/server/real/digests.ts";
import { luaModule } from "../../src/server/real/lua.ts";
import { Server } from "../../src/server/server.ts";
import type { MemoryFiles } from "../config/memory-files.ts";
import { parseReply, type Reply } from "../support/reply.ts";
import { VirtualBackground } from "../support/virtual-background.ts";
import { VirtualHost, virtualEntropy } from "../support/virtual-host.ts";
import { noFaults, type VirtualClient, VirtualNetwork } from "../support/virtual-network.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { commandText, toBytes } from "../support/wire.ts";
import type { Words } from "./model.ts";
import { ReplyFrames } from "./reply-frames.ts";

/** How long anything may take, in virtual time. */
const PATIENCE_MS = 20_000;
/** What a look at the monotonic clock costs: slices of work end, as they do where time goes by. */
const LOOK_US = 40;

class TickingTime extends VirtualTime {
	private looks_us = 0;

	override monotonic_us(): number {
		this.looks_us += LOOK_US;
		return super.monotonic_us() + this.looks_us;
	}
}

export class DurableMachine {
	readonly disk: MemoryFiles;
	readonly time: VirtualTime;
	readonly server: Server;
	/** Of the server, once it has ended by itself. */
	exitCode: number | null;
	private readonly network: VirtualNetwork;
	private readonly host: VirtualHost;

	/** Started, and ready unless it has ended. `syncLater` takes up to so many milliseconds. */
	constructor(disk: MemoryFiles, now_ms: number, seed: number, directives: readonly string[], sync_ms_max = 0) {
		const random = new Random(seed);
		this.disk = disk;
		this.time = new TickingTime(now_ms);
		disk.later = (action) => this.time.after(random.below(sync_ms_max + 1), action);
		this.network = new VirtualNetwork(this.time, new Random(random.below(2 ** 32)), noFaults);
		this.host = new VirtualHost(this.time);
		this.exitCode = null;
		const config = new Config(disk);
		config.load([{ name: "the test", text: directives.join("\n") }]);
		const adapters = {
			clock: this.time,
			timers: this.time,
			entropy: virtualEntropy(new Random(random.below(2 ** 32))),
			digests: realDigests,
			network: this.network,
			files: disk,
			host: this.host,
			pages: keepPages,
			background: new VirtualBackground(this.time, disk),
			luaModule,
		};
		this.server = new Server({ adapters, config, configFile: "", anyPort: false, loads: true });
		this.server.onStopped((code) => {
			this.exitCode ??= code;
		});
		this.server.start();
		this.awaitReady();
	}

	connect(): VirtualClient {
		return this.network.connect(6379);
	}

	/** The answers to commands, one after the other on one connection. */
	ask(client: VirtualClient, commands: readonly Words[]): Reply[] {
		const replies: Reply[] = [];
		const frames = new ReplyFrames((bytes) => replies.push(parseReply(bytes)));
		client.sendBytes(toBytes(commands.map(commandText).join("")));
		for (let waited_ms = 0; replies.length < commands.length; waited_ms++) {
			this.time.advance(waited_ms === 0 ? 0 : 1);
			frames.add(toBytes(client.take()));
			if (client.isClosed || waited_ms > PATIENCE_MS) {
				throw new Error(`no answer to ${commands[replies.length]!.join(" ").slice(0, 100)}:\n${this.logText()}`);
			}
		}
		return replies;
	}

	logText(): string {
		return this.host.printed.slice(-30).join("\n");
	}

	private awaitReady(): void {
		for (let waited_ms = 0; this.exitCode === null && waited_ms < PATIENCE_MS; waited_ms++) {
			const client = this.connect();
			const [pong] = this.ask(client, [["PING"]]);
			client.end();
			if (pong!.text === "PONG") return;
			this.time.advance(1);
		}
		if (this.exitCode === null) throw new Error(`it is never ready:\n${this.logText()}`);
	}
}
