/** LATENCY: what took the server long, and how long the calls of each command take. */
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type Command, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { many, optional, string } from "../../dispatch/grammar.ts";
import type { LatencyHistogram } from "../../dispatch/latency-histogram.ts";
import { latencyDiagnosis, latencyGraph } from "../../introspection/latency-report.ts";
import { noLatencySamples } from "../../resp/errors.ts";
import type { ObservationServices } from "./observation-services.ts";

const HELP = [
	"LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"DOCTOR",
	"    Say in words what took long and what may help.",
	"GRAPH <event>",
	"    Draw the latencies of an event.",
	"HISTORY <event>",
	"    Show when an event took how long.",
	"LATEST",
	"    Show the newest latency of each event, and the worst.",
	"RESET [<event> ...]",
	"    Forget events, or all of them.",
	"HISTOGRAM [<command> ...]",
	"    Show how many calls of commands took how long, or of all commands.",
	"HELP",
	"    Print this help.",
];

/** Limits of the buckets in nanoseconds: powers of two, from the first to the last. */
const LOG2_FIRST = 10;
const LOG2_LAST = 30;
/** The limits that Redis prints include its own inaccuracy, of two decimal digits. */
const LOG2_ACCURACY = 7;

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function latest({ observation }: ObservationServices, call: Call): void {
	const { reply } = call;
	const events = observation.latency.all();
	reply.array(events.length);
	for (const event of events) {
		const { at_s, latency_ms } = event.latest();
		reply.array(4);
		reply.bulkText(event.name);
		reply.integer(at_s);
		reply.integer(latency_ms);
		reply.integer(event.worst_ms);
	}
}

function history({ observation }: ObservationServices, call: Call): void {
	const { reply } = call;
	const samples = observation.latency.get(call.latin1(2))?.samples ?? [];
	reply.array(samples.length);
	for (const { at_s, latency_ms } of samples) {
		reply.array(2);
		reply.integer(at_s);
		reply.integer(latency_ms);
	}
}

function graph({ observation }: ObservationServices, call: Call): void {
	const event = observation.latency.get(call.latin1(2));
	if (event === null) return call.reply.error(noLatencySamples(call.latin1(2)));
	call.reply.verbatim("txt", latencyGraph(event, Math.floor(call.keyspace.wall_ms / 1000)));
}

function doctor({ observation }: ObservationServices, call: Call): void {
	const { latency } = observation;
	call.reply.verbatim("txt", latencyDiagnosis(latency.all(), latency.threshold_ms));
}

function reset({ observation }: ObservationServices, call: Call): void {
	const { latency } = observation;
	if (call.argc === 2) return call.reply.integer(latency.forgetAll());
	let count = 0;
	for (let i = 2; i < call.argc; i++) if (latency.forget(call.latin1(i))) count++;
	call.reply.integer(count);
}

function histogram({ table }: ObservationServices, call: Call): void {
	const found: Command[] = [];
	if (call.argc === 2) found.push(...table.all());
	for (let i = 2; i < call.argc; i++) {
		const command = table.named(call.latin1(i));
		if (command !== null) found.push(command, ...(command.subcommands?.values() ?? []));
	}
	const measured = found.filter((command) => command.latency !== null);
	call.reply.map(measured.length);
	for (const command of measured) {
		call.reply.bulkText(command.fullName);
		replyDistribution(call, command.latency!);
	}
}

function replyDistribution(call: Call, latency: LatencyHistogram): void {
	const { reply } = call;
	const steps: number[] = [];
	let before = 0;
	for (let log2 = LOG2_FIRST; log2 <= LOG2_LAST; log2++) {
		const isLast = log2 === LOG2_LAST;
		const calls = isLast ? latency.total : latency.countBelow(2 ** log2);
		if (calls === before) continue;
		const limit_ns = 2 ** log2 - 1 + (isLast ? 0 : 2 ** (log2 - LOG2_ACCURACY));
		steps.push(Math.floor(limit_ns / 1000), calls);
		before = calls;
	}
	reply.map(2);
	reply.bulkText("calls");
	reply.integer(latency.total);
	reply.bulkText("histogram_usec");
	reply.map(steps.length / 2);
	for (const step of steps) reply.integer(step);
}

export function latencyCommand(services: ObservationServices): CommandRow {
	const flags = ADMIN | NOSCRIPT | LOADING | STALE;
	const shown = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"];
	return {
		...row("latency", "2.8.13", "Depends on the subcommand.", "Holds the subcommands of the latency monitor.", 0),
		subcommands: [
			{
				...row("doctor", "2.8.13", "O(1)", "Says in words what took long and what may help.", flags),
				tips: shown,
				run: (call) => doctor(services, call),
			},
			{
				...row("graph", "2.8.13", "O(1)", "Draws the latencies of an event.", flags),
				args: [string("event")],
				tips: shown,
				run: (call) => graph(services, call),
			},
			{
				...row("help", "2.8.13", "O(1)", "Explains the subcommands.", LOADING | STALE),
				run: help,
			},
			{
				...row("histogram", "7.0.0", "O(N), N being the number of commands.", "Shows how long calls took.", flags),
				args: [optional(many(string("command")))],
				tips: shown,
				run: (call) => histogram(services, call),
			},
			{
				...row("history", "2.8.13", "O(1)", "Shows when an event took how long.", flags),
				args: [string("event")],
				tips: shown,
				run: (call) => history(services, call),
			},
			{
				...row("latest", "2.8.13", "O(1)", "Shows the newest latency of each event.", flags),
				tips: shown,
				run: (call) => latest(services, call),
			},
			{
				...row("reset", "2.8.13", "O(1)", "Forgets events.", flags),
				args: [optional(many(string("event")))],
				tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
				run: (call) => reset(services, call),
			},
		],
	};
}

function row(name: string, since: string, complexity: string, summary: string, flags: number): CommandRow {
	return { name, since, group: "server", complexity, summary, flags };
}
