/** The library: a server in this process, `await using server = await RedisLite.start({ port: 0 })`. */
import type { Host } from "./adapters/host.ts";
import { Config } from "./config/config.ts";
import { quoteWord } from "./config/quoting.ts";
import type { Adapters } from "./server/adapters.ts";
import { OwnDirectory } from "./server/own-directory.ts";
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
	 * free one. Nothing is logged unless `logfile` says where, and nothing is kept or loaded unless one of the options is
	 * about that: `dir`, `save`, `appendonly`. Resolves when the data is there. Rejects with an Error that names the
	 * directive that is wrong, the address that is taken, or what could not be loaded.
	 */
	static async start(options: StartOptions = {}, adapters: Adapters = realAdapters): Promise<RedisLite> {
		const files = new OwnDirectory(adapters.files);
		const config = new Config(files);
		const lines = Object.entries({ port: 0, bind: "127.0.0.1", save: "", ...options }).map(configLine);
		config.load([{ name: "the options", text: lines.join("\n") }]);
		const trouble = new Trouble();
		const host = config.values.logfile === "" ? silent(adapters.host, trouble) : adapters.host;
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const server = new Server({
			adapters: { ...adapters, files, host },
			config,
			configFile: "",
			anyPort: true,
			loads: KEEPING.some((name) => name in options),
			tellSupervisor: (state) => state === "READY=1" && resolve(),
		});
		server.onStopped(() => reject(new Error(`the server has not started: ${trouble.text}`)));
		server.start();
		await promise;
		return new RedisLite(server);
	}

	get port(): number {
		return this.server.port();
	}

	/** `redis://127.0.0.1:PORT`, what clients connect to. */
	get url(): string {
		return `redis://127.0.0.1:${this.port}`;
	}

	/** Closes listeners and connections. What was configured to be kept is; there is no last snapshot. */
	async stop(): Promise<void> {
		this.server.persistence.finish({ saves: false, savesNot: true, isForced: true, isNow: true });
		this.server.stop();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

/** Options that say that data is kept, and so may be there. */
const KEEPING = ["dir", "save", "appendonly", "dbfilename", "appenddirname"];

/** The last warning of a log that nobody reads, but for those that say that it is to be read. */
class Trouble {
	text = "see the log";

	note(line: string): void {
		const warning = warningIn(line);
		if (warning !== undefined && !warning.includes("check server logs")) this.text = warning;
	}
}

/** The message of a warning, in whatever `log-format` it is. */
function warningIn(line: string): string | undefined {
	if (!line.startsWith("{")) return (/ # (.*)$/s.exec(line) ?? / level=warning message="(.*)"$/.exec(line))?.[1];
	const { level, message } = JSON.parse(line) as { level: string; message: string };
	return level === "warning" ? message : undefined;
}

/** The same host, which may be any object, but for what it prints. */
function silent(host: Host, trouble: Trouble): Host {
	return Object.create(host, { print: { value: (line: string) => trouble.note(line) } }) as Host;
}

function configLine([name, value]: [string, StartOptions[string]]): string {
	const words = Array.isArray(value) ? value : [typeof value === "boolean" ? (value ? "yes" : "no") : value];
	return [name, ...words.map((word) => quoteWord(String(word)))].join(" ");
}
