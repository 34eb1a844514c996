import type { Config } from "../config/config.ts";
import type { Client } from "../dispatch/client.ts";
import { clientBytes } from "../introspection/client-line.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";

export interface ClientMemoryHost {
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly clients: ClientRegistry;
	readonly statistics: Statistics;
	readonly log: Log;
}

/** With less than this nobody could talk to the server at all. */
const LIMIT_BYTES_MIN = 128 * 1024;
/** Share of the limit that goes through the network between two sums of what clients use. */
const STEPS = 32;

/**
 * `maxmemory-clients`: closes clients, those that use most first, until all together use no more than the limit. What
 * one uses is what CLIENT LIST calls tot-mem. CLIENT NO-EVICT exempts a client, but what it uses counts.
 *
 * To add up takes a walk over all clients, so it is done when so much has come in or gone out that it can matter, and ten
 * times a second.
 */
export class ClientMemory {
	/** Clients closed, as INFO's evicted_clients. */
	evictedClients: number;
	private readonly host: ClientMemoryHost;
	/** Bytes; 0 is none. */
	private limit: number;
	/** Bytes received and sent at which it is looked again. */
	private checkAt: number;

	constructor(host: ClientMemoryHost) {
		this.evictedClients = 0;
		this.host = host;
		this.limit = 0;
		this.checkAt = 0;
		const { config } = host;
		config.follow("maxmemory-clients", () => this.readLimit());
		config.follow("maxmemory", () => this.readLimit());
	}

	private readLimit(): void {
		const { maxmemory, "maxmemory-clients": setting } = this.host.config.values;
		const { unit, amount } = setting;
		const bytes = unit === "percent" ? Math.floor((maxmemory * amount) / 100) : amount;
		this.limit = bytes === 0 ? 0 : Math.max(bytes, LIMIT_BYTES_MIN);
		this.checkAt = 0;
	}

	/** After a chunk of somebody's commands was executed and answered. */
	endBatch(): void {
		if (this.limit > 0 && this.traffic() >= this.checkAt) this.enforce();
	}

	cron(): void {
		if (this.limit > 0) this.enforce();
	}

	private traffic(): number {
		const { networkInput_bytes, networkOutput_bytes } = this.host.statistics;
		return networkInput_bytes + networkOutput_bytes;
	}

	private enforce(): void {
		const { clients } = this.host;
		this.checkAt = this.traffic() + this.limit / STEPS;
		let used = clients.bytesUsed();
		if (used <= this.limit) return;
		for (const { client, bytes } of this.evictable()) {
			this.evict(client);
			used -= bytes;
			if (used <= this.limit) return;
		}
		this.host.log.warning("Over client maxmemory after evicting all evictable clients");
	}

	/** Those that use most first. */
	private evictable(): { client: Client; bytes: number }[] {
		const found: { client: Client; bytes: number }[] = [];
		const { clients } = this.host;
		for (const client of clients.all()) {
			const type = clients.typeOf(client);
			if (client.noEvict || (type !== "normal" && type !== "pubsub")) continue;
			found.push({ client, bytes: clientBytes(client) });
		}
		return found.sort((one, other) => other.bytes - one.bytes);
	}

	private evict(client: Client): void {
		const { clients, keyspace, log } = this.host;
		log.notice(`Evicting client: ${clients.line(client, keyspace.now_ms)}`);
		this.evictedClients++;
		// The socket may say only later that it is closed; from here on the client is not listed any more.
		clients.remove(client);
		client.link.close();
	}
}
