/** Questions about persistence, over a connection that stays: starting redis-cli each time would disturb what is timed. */
import { readdirSync, readFileSync } from "node:fs";
import type { BenchServer } from "../server.ts";

const look_ms = 20;

export class Admin implements Disposable {
	private readonly client: Bun.RedisClient;

	constructor(server: BenchServer) {
		this.client = new Bun.RedisClient(`redis://127.0.0.1:${server.port}`, { autoReconnect: false, idleTimeout: 0 });
	}

	async command(name: string, ...args: readonly string[]): Promise<string> {
		return String(await this.client.send(name, [...args]));
	}

	async info(field: string): Promise<string> {
		const text = await this.command("INFO", "persistence");
		return new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(text)?.[1] ?? "";
	}

	/** Returns how long a BGSAVE took, ms; `meanwhile` is called every few of them. */
	async backgroundSave(meanwhile: () => void = () => {}): Promise<number> {
		const begun_ns = Bun.nanoseconds();
		await this.command("BGSAVE");
		do {
			meanwhile();
			await Bun.sleep(look_ms);
		} while ((await this.info("rdb_bgsave_in_progress")) === "1");
		const status = await this.info("rdb_last_bgsave_status");
		if (status !== "ok") throw new Error(`BGSAVE ended with the status ${status}`);
		return (Bun.nanoseconds() - begun_ns) / 1e6;
	}

	[Symbol.dispose](): void {
		this.client.close();
	}
}

/** Of a process and its children: pages that are shared between them count once. */
export function proportionalBytes(pid: number): number {
	return [pid, ...childrenOf(pid)].reduce((sum, process) => sum + ownShare(process), 0);
}

function childrenOf(pid: number): number[] {
	return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
		const list = readOr(`/proc/${pid}/task/${thread}/children`, "");
		return list
			.split(/\s+/)
			.filter((word) => word !== "")
			.map(Number);
	});
}

function ownShare(pid: number): number {
	const text = readOr(`/proc/${pid}/smaps_rollup`, "");
	return Number(/^Pss:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Processes and threads may be gone by the time they are looked at. */
function readOr(path: string, otherwise: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return otherwise;
	}
}
