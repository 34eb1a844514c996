/**
 * A leader is written to at random while the links of its replicas are cut again and again: in the middle of commands, and
 * where it is asked for, by long stalls. Afterwards everybody has the same, and most came back without a full copy.
 */
import type { ServerMaker } from "../../support/data-server.ts";
import { changesOfEveryType, everyType } from "../../support/every-type.ts";
import { Source } from "../source.ts";
import { groupDisagreements } from "./agreement.ts";
import { type Member, ReplicationGroup, settling_ms } from "./group.ts";
import type { ServerNode } from "./node.ts";
import { nearDeadline_ms, type WorkloadSettings } from "./workload.ts";
import { Writers } from "./writers.ts";

export interface LinkCampaign {
	/** The leader first; each follows the one before it, or all follow the first. */
	readonly makers: readonly ServerMaker[];
	readonly isStar?: boolean;
	readonly seed: number;
	/** Commands in all. */
	readonly writes: number;
	/** Links cut in all. */
	readonly cuts: number;
	/** For all servers. */
	readonly directives?: readonly string[];
	readonly workload?: WorkloadSettings;
	/** Without strings of many megabytes. */
	readonly isSmall?: boolean;
	/** A key is written to a replica alone: the run must find it. */
	readonly canary?: boolean;
	readonly say?: (line: string) => void;
}

export interface LinkResult {
	readonly written: number;
	readonly reconnects: number;
	/** Of these, those without a full copy, as the masters count them. */
	readonly partial: number;
	/** What went wrong; empty where nothing did. */
	readonly complaints: readonly string[];
	readonly summary: string;
}

/** Longer than a replica takes to notice that its link is gone, while a leader is written to at full speed. */
const backlog = "8388608";
const partialMin = 0.9;
/** Nobody waits long for what never comes. */
const canary_ms = 1000;
const sample_ms = 200;
/**
 * A data set of random values is never exactly as large as before, and the backlog fills meanwhile. Of ours the runtime lets
 * old garbage wait for its first full collection, which comes after a million writes or so: what is left over time shows
 * only in campaigns of several millions.
 */
const growthMax = 1.25;
const slack_bytes = 64 * 2 ** 20;
/** Longest piece of the stream between the moment a cut is armed and the cut. */
const cutWithin_bytes = 30_000;

export async function runLinkCampaign(campaign: LinkCampaign): Promise<LinkResult> {
	const { makers, isStar = false, seed, writes, cuts, workload = {}, say = () => {} } = campaign;
	const directives = [
		"--repl-backlog-size",
		backlog,
		"--repl-diskless-sync-delay",
		"0",
		...(campaign.directives ?? []),
	];
	const members = makers.map((maker, index): Member => ({ maker, directives, follows: isStar ? 0 : index - 1 }));
	members[0] = { maker: makers[0]!, directives };
	await using group = await ReplicationGroup.start(members);
	const { leader } = group;
	await fillLeader(leader, campaign.isSmall ?? false);
	using writers = await Writers.of(leader, seed, workload);
	const warmUp = Math.min(20_000, Math.floor(writes / 4));
	await writers.writeUntil(warmUp);
	await group.attachAll();
	await leader.pipeline(changesOfEveryType);
	say(`attached after ${writers.written} writes`);
	const before = await synchronizations(group);

	const source = new Source(seed, 2);
	const memory = new MemoryWatch(group.nodes);
	const replicas = group.replicas();
	let reconnects = 0;
	for (let cut = 0; cut < cuts; cut++) {
		const victim = source.choose(replicas);
		let isBack = false;
		const bytes = 1 + source.below(cutWithin_bytes);
		const back = group
			.cutAndBack(victim, () => group.proxies[victim]!.cutAfter(bytes))
			.finally(() => {
				isBack = true;
			});
		const total = warmUp + Math.ceil(((writes - warmUp) * (cut + 1)) / cuts);
		// Never silent while a link is down.
		await Promise.all([back, writers.writeUntil(total, () => isBack)]);
		reconnects++;
		say(`cut ${cut + 1} of ${cuts}, ${group.nodes[victim]!.name}: ${writers.written} writes`);
	}
	await writers.writeUntil(writes);
	memory.stop();
	await Bun.sleep(nearDeadline_ms);
	if (campaign.canary === true) await writeToReplicaAlone(group.nodes.at(-1)!);
	const complaints = await groupDisagreements(group, campaign.canary === true ? canary_ms : settling_ms);
	const after = await synchronizations(group);
	const partial = after.partial - before.partial;
	if (partial < partialMin * reconnects) complaints.push(`only ${partial} of ${reconnects} reconnects were partial`);
	complaints.push(...memory.complaints());
	const summary =
		`${writers.written} writes (${writers.refused} refused), ${reconnects} reconnects, ${partial} partial, ` +
		`${after.full - before.full} full copies; ${memory.summary()}`;
	return { written: writers.written, reconnects, partial, complaints, summary };
}

/** One of everything. */
export async function fillLeader(leader: ServerNode, isSmall: boolean): Promise<void> {
	const isFit = (command: readonly string[]) => !isSmall || command.every((word) => word.length < 50_000);
	await leader.pipeline(everyType.filter(isFit));
}

/** As all masters of a group have counted them. */
async function synchronizations(group: ReplicationGroup): Promise<{ full: number; partial: number }> {
	let [full, partial] = [0, 0];
	for (const node of group.nodes) {
		const info = await node.info("stats");
		full += Number(info.get("sync_full"));
		partial += Number(info.get("sync_partial_ok"));
	}
	return { full, partial };
}

async function writeToReplicaAlone(replica: ServerNode): Promise<void> {
	await replica.command("CONFIG", "SET", "replica-read-only", "no");
	await replica.command("SET", "canary", "alone");
}

/** Memory of some processes as time goes by. */
export class MemoryWatch {
	private readonly samples: ReadonlyMap<ServerNode, number[]>;
	private readonly timer: NodeJS.Timeout;

	constructor(nodes: readonly ServerNode[]) {
		this.samples = new Map(nodes.map((node) => [node, []]));
		this.timer = setInterval(() => {
			for (const [node, taken] of this.samples) if (node.isRunning()) taken.push(node.resident_bytes());
		}, sample_ms);
	}

	stop(): void {
		clearInterval(this.timer);
	}

	complaints(): string[] {
		return [...this.samples].flatMap(([node, taken]) => {
			const [early, late] = quarters(taken);
			return late > early * growthMax + slack_bytes ? [`${node.name} grew from ${mb(early)} to ${mb(late)}`] : [];
		});
	}

	summary(): string {
		return [...this.samples]
			.map(([node, taken]) => {
				const [early, late] = quarters(taken);
				return `${node.name} ${mb(early)} then ${mb(late)}`;
			})
			.join(", ");
	}
}

/** Medians of the second and of the last quarter. */
function quarters(taken: readonly number[]): [number, number] {
	const median = (from: number, to: number) => {
		const part = taken.slice(Math.floor(taken.length * from), Math.ceil(taken.length * to)).sort((a, b) => a - b);
		return part[Math.floor(part.length / 2)] ?? 0;
	};
	return [median(0.25, 0.5), median(0.75, 1)];
}

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
