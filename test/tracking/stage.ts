/** Whole servers in virtual time, for tests of client-side caching. */
import type { Server, ServerOptions } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

export class Stage {
	readonly machine = new VirtualMachine();
	readonly server: Server;

	constructor(directives = "", options: Partial<ServerOptions> = {}) {
		this.server = this.machine.start(`enable-debug-command yes\n${directives}`, options);
	}

	/** A connection that has given these commands. */
	connect(...commands: readonly string[]): VirtualClient {
		const client = this.machine.network.connect(6379);
		for (const command of commands) client.run(...command.split(" "));
		return client;
	}

	/** In RESP3, tracking with these options. */
	tracker(options = ""): VirtualClient {
		return this.connect("HELLO 3", `CLIENT TRACKING ON ${options}`.trim());
	}

	/** Runs commands in one packet. */
	pipe(client: VirtualClient, ...commands: readonly string[]): string {
		for (const command of commands) client.send(...command.split(" "));
		this.machine.time.advance(0);
		return client.take();
	}

	idOf(client: VirtualClient): string {
		return client.run("CLIENT", "ID").slice(1).trim();
	}

	counts(): Record<string, number> {
		const text = this.connect().run("INFO", "everything");
		return Object.fromEntries([...text.matchAll(/tracking_(?:total_)?(\w+):(\d+)/g)].map(([, name, n]) => [name, +n!]));
	}

	verify(): void {
		this.server.tracking.verify();
		this.server.pubSub.verify();
	}
}

export const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
export const stale = (...keys: readonly string[]) =>
	`>2\r\n${bulk("invalidate")}*${keys.length}\r\n${keys.map(bulk).join("")}`;
export const ALL_STALE = `>2\r\n${bulk("invalidate")}_\r\n`;
export const channel = (...keys: readonly string[]) =>
	`*3\r\n${bulk("message")}${bulk("__redis__:invalidate")}*${keys.length}\r\n${keys.map(bulk).join("")}`;
