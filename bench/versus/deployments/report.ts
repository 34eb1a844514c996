/** Tables about what deployments lean on. */
import { table } from "../markdown.ts";
import { throughputRows } from "../report.ts";
import { seatNames } from "../seats.ts";
import { median } from "../statistics.ts";
import { times } from "../verdicts.ts";
import type { DeploymentResult, DeploymentSample } from "./results.ts";

export function deploymentTables(results: readonly DeploymentResult[]): string[] {
	const rows = throughputRows("What deployments lean on", results);
	const text =
		"A transaction is one request, as is a round of WATCH. Each row has fresh servers and 50 connections that send; the " +
		"load process of the rows that redis-benchmark has not speaks epoll, and how busy it was stands below: where it was all " +
		"of the time, the CPU of the server says more than the throughput.";
	return [`${rows}\n\n${text}`, loadTable(results)];
}

function loadTable(results: readonly DeploymentResult[]): string {
	const ownLoads = results.filter((result) => figure(result, "subject", "loadBusy") > 0);
	if (ownLoads.length === 0) return "";
	const body = ownLoads.map((result) => {
		const messages = seatNames.map((seat) => figure(result, seat, "messages_per_s"));
		const [ours, theirs] = messages as [number, number];
		const shown =
			ours === 0 && theirs === 0 ? ["", "", ""] : [thousands(ours), thousands(theirs), times(ours / theirs)];
		const busy = seatNames.map((seat) => `${(100 * figure(result, seat, "loadBusy")).toFixed(0)} %`);
		return [result.row, String(result.depth), ...shown, ...busy];
	});
	const head = ["row", "-P", "thousand messages/s", "Redis", "ratio", "load busy", "Redis"];
	return `## Messages received, and the load itself\n\n${table(head, body)}`;
}

function thousands(perSecond: number): string {
	return Math.round(perSecond / 1000).toString();
}

function figure({ samples }: DeploymentResult, seat: "subject" | "reference", name: keyof DeploymentSample): number {
	return median(samples[seat].map((sample) => sample[name]));
}
