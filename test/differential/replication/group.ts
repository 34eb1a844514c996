/**
 * A group of servers, each but the first the replica of another, with a proxy in every link that can cut it.
 *
 * Invariant: replicas reach their masters through their proxies alone; everything is gone once it is disposed of.
 */
import { join } from "node:path";
import { CuttableProxy } from "../../support/cuttable-proxy.ts";
import type { ServerMaker } from "../../support/data-server.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { ServerNode } from "./node.ts";

const patience_ms = 90_000;
const look_ms = 20;
/** So long a group at rest may take until everybody has everything. */
export const settling_ms = 20_000;

export interface Member {
	readonly maker: ServerMaker;
	readonly directives?: readonly string[];
	readonly password?: string;
	/** Index of its master; the first has none. */
	readonly follows?: number;
	/** It reaches its master over TLS, on this port. */
	readonly masterPort?: number;
}

export class ReplicationGroup implements AsyncDisposable {
	readonly nodes: ServerNode[];
	/** Of each node the index of its master, -1 for none. */
	readonly parents: number[];
	/** The way of each node to its master. */
	readonly proxies: (CuttableProxy | null)[];
	private readonly folder: TemporaryDirectory;

	private constructor() {
		this.nodes = [];
		this.parents = [];
		this.proxies = [];
		this.folder = new TemporaryDirectory();
	}

	/** Started, and nobody follows anybody yet. */
	static async start(members: readonly Member[]): Promise<ReplicationGroup> {
		const group = new ReplicationGroup();
		try {
			for (const member of members) await group.add(member);
		} catch (error) {
			await group[Symbol.asyncDispose]();
			throw error;
		}
		return group;
	}

	/** One more. */
	async add({ follows = -1, masterPort, ...settings }: Member): Promise<number> {
		const index = this.nodes.length;
		this.nodes.push(await ServerNode.start({ ...settings, directory: join(this.folder.path, String(index)) }));
		this.parents.push(follows);
		const port = masterPort ?? this.nodes[follows]?.address.port;
		this.proxies.push(port === undefined ? null : await CuttableProxy.to(port));
		return index;
	}

	get leader(): ServerNode {
		return this.nodes[0]!;
	}

	/** Indices of those that follow somebody. */
	replicas(): number[] {
		return this.nodes.flatMap((_, index) => (this.parents[index]! >= 0 ? [index] : []));
	}

	/** Follows its master from now on. */
	async attach(index: number): Promise<void> {
		await this.nodes[index]!.command("REPLICAOF", "127.0.0.1", String(this.proxies[index]!.port));
	}

	async attachAll(): Promise<void> {
		for (const index of this.replicas()) {
			await this.attach(index);
			await this.linkIsUp(index);
		}
	}

	async linkIsUp(index: number, wait_ms = patience_ms): Promise<void> {
		const node = this.nodes[index]!;
		await this.until(`${node.name} follows its master`, wait_ms, async () => {
			const info = await node.info("replication");
			return info.get("master_link_status") === "up";
		});
	}

	/** Its link is cut, now or when `cut` is done, and up again: it may be back before anybody could see it away. */
	async cutAndBack(index: number, cut: () => Promise<void> | void = () => this.proxies[index]!.cut()): Promise<void> {
		const proxy = this.proxies[index]!;
		const { accepted } = proxy;
		await cut();
		await this.until(`${this.nodes[index]!.name} connects again`, patience_ms, async () => proxy.accepted > accepted);
		await this.linkIsUp(index);
	}

	/**
	 * Waits until all have the same offset and number of keys as the leader, and nothing moves any more. What is still not
	 * so after a while, in words; "" where everything is.
	 */
	async settle(wait_ms = settling_ms): Promise<string> {
		for (const index of this.replicas()) await this.linkIsUp(index);
		const deadline_ms = Date.now() + wait_ms;
		let last = "";
		while (Date.now() < deadline_ms) {
			await this.expireAll();
			const seen = await Promise.all(this.nodes.map(progressOf));
			const now = seen.join("\n");
			if (now === last && seen.every((line) => line === seen[0])) return "";
			last = now;
			await Bun.sleep(look_ms);
		}
		return `offsets and numbers of keys:\n${last}\n${await this.condition()}`;
	}

	/** Whoever looks for all keys meets those whose time is over. */
	private async expireAll(): Promise<void> {
		const walks = Array.from({ length: 16 }, (_, database) => [
			["SELECT", String(database)],
			["SCAN", "0", "COUNT", "1000000"],
		]);
		await this.leader.ask([...walks.flat(), ["SELECT", "0"]]);
	}

	/** What servers have to say for themselves, for a message. */
	async condition(): Promise<string> {
		const told: string[] = [];
		for (const node of this.nodes) {
			const info = node.isRunning() ? await node.info("replication").catch(() => new Map()) : new Map();
			const fields = [...info].map(([field, text]) => `${field}:${text}`).join(" ");
			told.push(`--- ${node.name}: ${fields}\n${node.log().split("\n").slice(-12).join("\n")}`);
		}
		return told.join("\n");
	}

	async until(what: string, wait_ms: number, look: () => Promise<boolean>): Promise<void> {
		const deadline_ms = Date.now() + wait_ms;
		while (!(await look())) {
			if (Date.now() > deadline_ms) throw new Error(`it never came: ${what}\n${await this.condition()}`);
			await Bun.sleep(look_ms);
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const proxy of this.proxies) proxy?.[Symbol.dispose]();
		for (const node of this.nodes) await node[Symbol.asyncDispose]();
		this.folder[Symbol.dispose]();
	}
}

/** Offset and number of keys in each database. */
async function progressOf(node: ServerNode): Promise<string> {
	const info = await node.info("replication", "keyspace");
	const sizes = [...info].filter(([field]) => /^db\d/.test(field));
	const told = sizes.map(([field, text]) => `${field} ${/keys=\d+,expires=\d+/.exec(text)?.[0]}`);
	return [info.get("master_repl_offset"), ...told].join(" ");
}
