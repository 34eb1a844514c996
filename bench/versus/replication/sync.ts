/**
 * A full copy of a data set to an empty replica: how long it takes, and how much memory the leader takes for it.
 *
 * Servers may use both cores. Invariant: time and memory are measured in a copy each, because reading a process's memory
 * map holds it up; a run counts only where the replica holds as many keys as its leader.
 */
import { Admin, proportionalBytes } from "../durability/admin.ts";
import { fill } from "../fill.ts";
import { orderOf, type Seats } from "../seats.ts";
import { BenchServer, type Seat } from "../server.ts";
import type { SyncResult, SyncRun } from "./results.ts";

export interface SyncPlan {
	readonly keys: number;
	readonly runs: number;
}

const look_ms = 5;
/** Between two looks at the memory. */
const weigh_ms = 50;
/** After filling, for what only that needed. */
const settle_ms = 1500;
const patience_ms = 300_000;
/** Nobody waits for more replicas. */
const directives = ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"];

export async function measureSyncs(
	seats: Seats,
	plan: SyncPlan,
	say: (line: string) => void,
): Promise<readonly SyncResult[]> {
	const results: SyncResult[] = [];
	for (const replica of ["its own kind", "Redis"]) {
		const runs = { subject: [] as SyncRun[], reference: [] as SyncRun[] };
		for (let run = 0; run < plan.runs; run++) {
			for (const seat of orderOf(run)) {
				const follower = replica === "Redis" ? seats.reference : seats[seat];
				const measured = await once(seats[seat], follower, plan.keys);
				runs[seat].push(measured);
				say(`full copy of ${plan.keys} keys, ${seat} to ${replica}: ${summary(measured)}`);
			}
		}
		results.push({ replica, keys: plan.keys, runs });
	}
	return results;
}

async function once(leaderSeat: Seat, followerSeat: Seat, keys: number): Promise<SyncRun> {
	await using leader = await BenchServer.start(leaderSeat, { isUnpinned: true, directives });
	await fill(leader.port, { command: ["SET", "key:__index__", "value:__index__"], count: keys });
	await Bun.sleep(settle_ms);
	const before_bytes = proportionalBytes(leader.pid);
	const cpuBefore_us = leader.cpu_us();
	const sync_ms = await follow(leader, followerSeat, () => {});
	const leaderCpu_ms = (leader.cpu_us() - cpuBefore_us) / 1000;
	let peak_bytes = before_bytes;
	let weighed_ns = 0;
	await follow(leader, followerSeat, () => {
		if (Bun.nanoseconds() - weighed_ns < weigh_ms * 1e6) return;
		peak_bytes = Math.max(peak_bytes, proportionalBytes(leader.pid));
		weighed_ns = Bun.nanoseconds();
	});
	return { sync_ms, leaderCpu_ms, before_bytes, peak_bytes };
}

/** Lets a fresh server follow until it has everything; returns how long that took. */
async function follow(leader: BenchServer, seat: Seat, meanwhile: () => void): Promise<number> {
	await using follower = await BenchServer.start(seat, { isUnpinned: true, directives });
	using admin = new Admin(follower);
	const begun_ns = Bun.nanoseconds();
	await admin.command("REPLICAOF", "127.0.0.1", String(leader.port));
	for (;;) {
		meanwhile();
		const elapsed_ms = (Bun.nanoseconds() - begun_ns) / 1e6;
		if (/^master_link_status:up\r?$/m.test(await admin.command("INFO", "replication"))) {
			const [held, wanted] = [follower.command("DBSIZE"), leader.command("DBSIZE")];
			if (held !== wanted) throw new Error(`the replica holds ${held} keys, its leader ${wanted}`);
			return elapsed_ms;
		}
		if (elapsed_ms > patience_ms) throw new Error(`no full copy after ${patience_ms} ms\n${follower.log()}`);
		await Bun.sleep(look_ms);
	}
}

function summary({ sync_ms, leaderCpu_ms, before_bytes, peak_bytes }: SyncRun): string {
	const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
	return (
		`${(sync_ms / 1000).toFixed(2)} s, ${(leaderCpu_ms / 1000).toFixed(2)} s of the leader's processor, ` +
		`${megabytes(before_bytes)} before, at most ${megabytes(peak_bytes)}`
	);
}
