/** The library: a server in this process, `await using server = await RedisLite.start({ port: 0 })`. */
import type { Host } from "./adapters/host.ts";
import { Config } from "./config/config.ts";
import { quoteWord } from "./config/quoting.ts";
import type { Adapters } from "./server/adapters.ts";
import { realAdapters } from "./server/real/adapters.ts";
import { Server } from "./server/server.ts";

/** Directives of redis.conf by name: `{ port: 0, requirepass: "secret", "enable-debug-command": "yes" }`. */
export type StartOptions = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** A running server. Several can live in one process; each has its own databases, clients and port. */
export class RedisLite {
	private readonly server: Server;

	private constructor(server: Server) {
		this.server = server;
	}

	/**
	 * Starts a server on 127.0.0.1 with the default configuration changed by `options`; port 0, the default here, takes a
	 * free one. Nothing is logged unless `logfile` says where. Rejects with an Error that names the directive that is
	 * wrong or the address that is taken.
	 */
	static async start(options: StartOptions = {}, adapters: Adapters = realAdapters): Promise<RedisLite> {
		const config = new Config(adapters.files);
		const lines = Object.entries({ port: 0, bind: "127.0.0.1", save: "", ...options }).map(configLine);
		config.load([{ name: "the options", text: lines.join("\n") }]);
		const host = config.values.logfile === "" ? silent(adapters.host) : adapters.host;
		const server = new Server({ adapters: { ...adapters, host }, config, configFile: "", anyPort: true });
		server.start();
		return new RedisLite(server);
	}

	get port(): number {
		return this.server.port();
	}

	/** `redis://127.0.0.1:PORT`, what clients connect to. */
	get url(): string {
		return `redis://127.0.0.1:${this.port}`;
	}

	/** Closes listeners and connections; the data is gone. */
	async stop(): Promise<void> {
		this.server.stop();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

/** The same host, which may be any object, but for what it prints. */
function silent(host: Host): Host {
	return Object.create(host, { print: { value() {} } }) as Host;
}

function configLine([name, value]: [string, StartOptions[string]]): string {
	const words = Array.isArray(value) ? value : [typeof value === "boolean" ? (value ? "yes" : "no") : value];
	return [name, ...words.map((word) => quoteWord(String(word)))].join(" ");
}
