/**
 * A group of three servers loses its leader again and again under the eyes of three genuine sentinels, while clients write.
 * In each round a replica is promoted, the clients go on, the old leader returns as a replica and all have the same; and
 * what WAIT said a replica has is there.
 */
import { join } from "node:path";
import type { ServerMaker } from "../../support/data-server.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { encodeCommand } from "../../support/wire.ts";
import { Source } from "../source.ts";
import { alarms } from "./agreement.ts";
import { ServerNode } from "./node.ts";
import { SentinelClients, type Written } from "./sentinel-clients.ts";
import { Sentinels, type SentinelTiming } from "./sentinels.ts";

/**
 * How a leader comes to lead no more. One that is killed starts again; one that freezes goes on where it was, and believes
 * it leads; FAILOVER has it hand over; and SENTINEL FAILOVER promotes a replica without asking it.
 */
export type Ending = "kill" | "freeze" | "failover" | "sentinel";
export const endings: readonly Ending[] = ["kill", "freeze", "failover", "sentinel"];

export function isEnding(word: string): word is Ending {
	return endings.some((ending) => ending === word);
}

export interface SentinelCampaign {
	/** The leader of the first round first. */
	readonly members: readonly ServerMaker[];
	readonly rounds: number;
	readonly seed: number;
	/** Clients ask with WAIT whether so many replicas have what they wrote; 0 and they do not ask. */
	readonly waitsFor: number;
	readonly end: Ending;
	/** A replica stands still while the leader is killed, so that the other has more. */
	readonly lags?: boolean;
	readonly timing?: Partial<SentinelTiming>;
	/** For all servers, a line each, beside an append-only file. */
	readonly configuration?: readonly string[];
	/** A confirmed write is taken away in each round: the run must find that. */
	readonly canary?: boolean;
	readonly say?: (line: string) => void;
}

export interface SentinelResult {
	readonly acknowledged: number;
	/** Of these, those that replicas had, as WAIT said. */
	readonly confirmed: number;
	/** Acknowledged and gone. */
	readonly lost: number;
	readonly lostConfirmed: number;
	/** Rounds in which something acknowledged was lost. */
	readonly lossyRounds: number;
	/** How replicas came to the new leader. */
	readonly full: number;
	readonly partial: number;
	readonly promotions_ms: readonly number[];
	readonly complaints: readonly string[];
	readonly summary: string;
}

const patience_ms = 30_000;
const look_ms = 20;
const load_ms = 700;
/** Of times that differ from round to round. */
const spread_ms = 600;
/** A leader that comes back finds the others settled or still busy. */
const absence_ms = 1000;
const lag_ms = 250;
/** Batches of each client that show that it goes on. */
const batchesOfProof = 20;
/** Who starts again with nothing may be promoted with nothing, so everybody keeps what it has. */
const common: readonly string[] = ["repl-diskless-sync-delay 0", "appendonly yes"];
const usual: SentinelTiming = { downAfter_ms: 1000, failoverTimeout_ms: 3000, isSwift: true };

export async function runSentinelCampaign(campaign: SentinelCampaign): Promise<SentinelResult> {
	await using scenery = new AsyncDisposableStack();
	const folder = scenery.use(new TemporaryDirectory());
	const nodes: ServerNode[] = [];
	for (const [index, maker] of campaign.members.entries()) {
		const master = nodes[0] === undefined ? [] : [`replicaof 127.0.0.1 ${nodes[0].address.port}`];
		const configuration = [...common, ...(campaign.configuration ?? []), ...master];
		const directory = join(folder.path, `server-${index}`);
		nodes.push(scenery.use(await ServerNode.start({ maker, directory, configuration })));
	}
	const timing = { ...usual, ...campaign.timing };
	const sentinels = scenery.use(await Sentinels.start(folder.path, nodes[0]!.address, timing));
	const group = new WatchedGroup(campaign, nodes, sentinels);
	let leader = await group.rests();
	const clients = scenery.use(await SentinelClients.connect(sentinels.addresses, campaign.waitsFor));
	const tally = new Tally();
	for (let round = 0; round < campaign.rounds; round++) {
		const start_ms = performance.now();
		const counted = await group.synchronizations();
		clients.begin(`r${round}`);
		await Bun.sleep(load_ms + group.random(spread_ms));
		const { promoted, promotion_ms } = await group.failOver(leader);
		const after = [...clients.batches];
		await group.until(
			"all clients go on",
			async () => clients.batches.every((batches, index) => batches > after[index]! + batchesOfProof),
			() => clients.condition(),
		);
		// Where the machine is too busy a leader may have seemed down once more.
		const latest = await group.rests();
		const written = await clients.end();
		tally.complaints.push(...(await group.disagreements(latest)).map((line) => `round ${round + 1}: ${line}`));
		if (campaign.canary === true) await latest.command("DEL", [...written.confirmed][0]!);
		const loss = await lossOf(latest, written);
		// A digest of everything written so far would keep a server from answering sentinels.
		await latest.command("FLUSHALL");
		const arrivals = difference(await group.synchronizations(), counted);
		tally.add(round, written, loss, promotion_ms, arrivals);
		campaign.say?.(
			`round ${round + 1}: ${leader.name} -> ${promoted.name}, promoted after ${seconds(promotion_ms)}, ` +
				`longest silence ${seconds(clients.longestSilence_ms)}, ${written.acknowledged.size} acknowledged, ` +
				`${written.confirmed.size} confirmed, lost ${loss.acknowledged} and ${loss.confirmed}, ` +
				`${clients.failures} batches failed, ${arrivals.partial} partial, ${arrivals.full} full, ` +
				`${seconds(performance.now() - start_ms)} in all`,
		);
		leader = latest;
	}
	return tally.result(campaign);
}

class WatchedGroup {
	private readonly campaign: SentinelCampaign;
	private readonly nodes: readonly ServerNode[];
	private readonly sentinels: Sentinels;
	private readonly source: Source;

	constructor(campaign: SentinelCampaign, nodes: readonly ServerNode[], sentinels: Sentinels) {
		this.campaign = campaign;
		this.nodes = nodes;
		this.sentinels = sentinels;
		this.source = new Source(campaign.seed, 2);
	}

	random(below: number): number {
		return this.source.below(below);
	}

	/** The leader is gone, another one promoted, and the old one back, whatever it believes it is. */
	async failOver(leader: ServerNode): Promise<{ promoted: ServerNode; promotion_ms: number }> {
		const laggard = this.campaign.lags === true ? this.source.choose(this.others(leader)) : null;
		laggard?.signal("SIGSTOP");
		if (laggard !== null) await Bun.sleep(lag_ms);
		const start_ms = performance.now();
		await this.end(leader);
		laggard?.signal("SIGCONT");
		const promoted = await this.promoted(leader);
		const promotion_ms = performance.now() - start_ms;
		await Bun.sleep(this.random(absence_ms));
		if (this.campaign.end === "kill") await leader.start();
		else leader.signal("SIGCONT");
		return { promoted, promotion_ms };
	}

	private async end(leader: ServerNode): Promise<void> {
		switch (this.campaign.end) {
			case "kill":
				return await leader.kill();
			case "freeze":
				return leader.signal("SIGSTOP");
			case "failover":
				return void (await leader.command("FAILOVER"));
			case "sentinel":
				return await this.sentinels.failOver();
		}
	}

	private async promoted(old: ServerNode): Promise<ServerNode> {
		let found: ServerNode | undefined;
		await this.until("a replica is promoted", async () => {
			const ports = (await this.sentinels.leaderPorts()).filter((port) => port !== old.address.port);
			found = this.nodes.find(({ address }) => address.port === ports[0]);
			return found !== undefined;
		});
		return found!;
	}

	/** Waits until sentinels and servers agree on who leads, and everybody follows; returns who leads. */
	async rests(): Promise<ServerNode> {
		let unrest = "";
		let leader: ServerNode | undefined;
		await this.until(
			"the group is at rest",
			async () => {
				const [port] = await this.sentinels.leaderPorts();
				leader = this.nodes.find(({ address }) => address.port === port);
				unrest = await this.sentinels.unrest(port!, this.nodes.length - 1);
				return unrest === "";
			},
			() => unrest,
		);
		await this.followed(leader!);
		return leader!;
	}

	private async followed(leader: ServerNode): Promise<void> {
		// Sentinels close connections of those they turn.
		for (const node of this.nodes) await node.reconnect();
		for (const node of this.others(leader)) {
			await this.until(`${node.name} follows`, async () => {
				const info = await node.info("replication");
				const followed = [info.get("role"), info.get("master_port"), info.get("master_link_status")].join(" ");
				return followed === `slave ${leader.address.port} up`;
			});
		}
	}

	/** What differs between the leader and the others, and what they complain of, while nobody writes. */
	async disagreements(leader: ServerNode): Promise<string[]> {
		await this.until("replicas have all", async () => {
			const offsets = await Promise.all(this.nodes.map((node) => node.count("master_repl_offset")));
			return offsets.every((offset) => offset === offsets[0]);
		});
		const digest = await leader.digest();
		const found = await alarms({ nodes: [...this.nodes] });
		for (const node of this.others(leader)) {
			const own = await node.digest();
			if (own !== digest) found.push(`${node.name} has ${own} where ${leader.name} has ${digest}`);
		}
		return found;
	}

	/** As all members have counted them since they were started. */
	async synchronizations(): Promise<ReadonlyMap<ServerNode, Arrivals>> {
		const counted = new Map<ServerNode, Arrivals>();
		for (const node of this.nodes) {
			const info = await node.info("stats");
			const [full, partial] = [Number(info.get("sync_full")), Number(info.get("sync_partial_ok"))];
			counted.set(node, { process: node.pid, full, partial });
		}
		return counted;
	}

	async until(what: string, look: () => Promise<boolean>, why: () => string = () => ""): Promise<void> {
		const deadline_ms = Date.now() + patience_ms;
		while (!(await look())) {
			if (Date.now() > deadline_ms) throw new Error(`it never came: ${what} ${why()}\n${this.condition()}`);
			await Bun.sleep(look_ms);
		}
	}

	private others(leader: ServerNode): ServerNode[] {
		return this.nodes.filter((node) => node !== leader);
	}

	private condition(): string {
		const told = this.nodes.map((node) => `--- ${node.name}\n${node.log().split("\n").slice(-25).join("\n")}`);
		return [...told, this.sentinels.log()].join("\n");
	}
}

interface Arrivals {
	readonly process: number;
	readonly full: number;
	readonly partial: number;
}

interface Loss {
	readonly acknowledged: number;
	readonly confirmed: number;
}

/** What came since `before`; a process that was not there then has counted from nothing. */
function difference(
	now: ReadonlyMap<ServerNode, Arrivals>,
	before: ReadonlyMap<ServerNode, Arrivals>,
): { full: number; partial: number } {
	let [full, partial] = [0, 0];
	for (const [node, counted] of now) {
		const then = before.get(node)?.process === counted.process ? before.get(node)! : { full: 0, partial: 0 };
		full += counted.full - then.full;
		partial += counted.partial - then.partial;
	}
	return { full, partial };
}

async function lossOf(leader: ServerNode, { acknowledged, confirmed }: Written): Promise<Loss> {
	const keys = [...acknowledged];
	leader.connection.send(Buffer.concat(keys.map((key) => encodeCommand("GET", key))));
	const values = await leader.connection.receive(keys.length, patience_ms);
	const lost = keys.filter((key, index) => values[index]?.tree().text !== key);
	return { acknowledged: lost.length, confirmed: lost.filter((key) => confirmed.has(key)).length };
}

class Tally {
	readonly complaints: string[] = [];
	private readonly promotions_ms: number[] = [];
	private acknowledged = 0;
	private confirmed = 0;
	private lost = 0;
	private lostConfirmed = 0;
	private lossyRounds = 0;
	private full = 0;
	private partial = 0;

	add(round: number, written: Written, loss: Loss, promotion_ms: number, arrivals: { full: number; partial: number }) {
		this.acknowledged += written.acknowledged.size;
		this.confirmed += written.confirmed.size;
		this.lost += loss.acknowledged;
		this.lostConfirmed += loss.confirmed;
		if (loss.acknowledged > 0) this.lossyRounds++;
		this.full += arrivals.full;
		this.partial += arrivals.partial;
		this.promotions_ms.push(promotion_ms);
		if (loss.confirmed > 0) this.complaints.push(`round ${round + 1}: ${loss.confirmed} confirmed writes are lost`);
	}

	result({ rounds, members, waitsFor, end }: SentinelCampaign): SentinelResult {
		const { acknowledged, confirmed, lost, lostConfirmed, lossyRounds, full, partial, promotions_ms, complaints } =
			this;
		const median_ms = [...promotions_ms].sort((a, b) => a - b)[Math.floor(promotions_ms.length / 2)] ?? 0;
		const told =
			waitsFor > 0
				? `${confirmed} confirmed by WAIT ${waitsFor}, of which ${lostConfirmed} are lost; ${acknowledged - confirmed} only acknowledged, of which ${lost - lostConfirmed} are lost`
				: `${acknowledged} acknowledged, of which ${lost} are lost, in ${lossyRounds} rounds`;
		const summary =
			`${rounds} rounds of ${members.join(", ")}, by ${end}: ${told}; ` +
			`promoted after ${seconds(median_ms)} (median), ${partial} partial and ${full} full synchronizations`;
		return {
			acknowledged,
			confirmed,
			lost,
			lostConfirmed,
			lossyRounds,
			full,
			partial,
			promotions_ms,
			complaints,
			summary,
		};
	}
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
