/** INFO commandstats, latencystats and errorstats. */
import type { Command } from "../../dispatch/command.ts";
import type { LatencyHistogram } from "../../dispatch/latency-histogram.ts";
import type { Field, InfoSource } from "./source.ts";

export function commandFields({ table }: InfoSource): Field[] {
	const fields: Field[] = [];
	for (const command of table.all()) {
		const { calls, duration_us, rejectedCalls, failedCalls } = command;
		if (calls + rejectedCalls + failedCalls === 0) continue;
		const mean_us = calls === 0 ? 0 : duration_us / calls;
		fields.push([
			`cmdstat_${command.fullName}`,
			`calls=${calls},usec=${Math.round(duration_us)},usec_per_call=${mean_us.toFixed(2)},` +
				`rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
		]);
	}
	return fields;
}

export function latencyFields({ table, config }: InfoSource): Field[] {
	if (!config.values["latency-tracking"]) return [];
	const percentiles = config.values["latency-tracking-info-percentiles"];
	const fields: Field[] = [];
	for (const command of table.all()) {
		if (command.latency !== null) fields.push(latencyField(command, command.latency, percentiles));
	}
	return fields;
}

function latencyField(command: Command, latency: LatencyHistogram, percentiles: readonly number[]): Field {
	const values = percentiles.map((percentile) => {
		const duration_us = latency.percentile(percentile) / 1000;
		return `p${Number(percentile.toFixed(6))}=${duration_us.toFixed(3)}`;
	});
	return [`latency_percentiles_usec_${command.fullName}`, values.join(",")];
}

export function errorFields({ statistics }: InfoSource): Field[] {
	const codes = [...statistics.errors.keys()].sort();
	return codes.map((code) => [`errorstat_${code}`, `count=${statistics.errors.get(code)}`]);
}
