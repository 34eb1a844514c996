/** A campaign that compares effects, and the proof that they are enough: replayed, they give the same data. */
import { RedisLite } from "../../src/index.ts";
import { RedisServer } from "../support/redis-server.ts";
import { startSubject } from "../support/subject.ts";
import { type Address, WireConnection } from "../support/wire.ts";
import { EffectWatch, ReferenceEffects, SubjectEffects } from "./effects.ts";
import { type CampaignOptions, type CampaignResult, runCampaign } from "./lockstep.ts";
import { ReferenceStream, streamDirectives, subjectStream } from "./replica-stream.ts";
import { compareStates, type KeyState, readState } from "./state.ts";

/** What became of the data where their effects were replayed. */
export interface Replay {
	readonly keys: number;
	/** By the name of the server they were replayed into: errors it answered with, and differences of the data. */
	readonly complaints: ReadonlyMap<string, readonly string[]>;
}

export interface EffectCampaignResult {
	readonly result: CampaignResult;
	readonly watch: EffectWatch;
	readonly replay: Replay;
}

export async function runEffectCampaign(options: CampaignOptions, isLazy = false): Promise<EffectCampaignResult> {
	const lazy = isLazy ? "yes" : "no";
	const directives = { port: 0, save: "", "enable-debug-command": "yes", "lazyfree-lazy-expire": lazy };
	await using reference = await ReferenceEffects.start(["--lazyfree-lazy-expire", lazy]);
	await using server = await RedisLite.start(directives);
	const subject = { host: "127.0.0.1", port: server.port };
	const watch = new EffectWatch(reference, new SubjectEffects(server));
	return await finishCampaign(reference.server, subject, watch, options);
}

/** The same of what is sent to replicas. */
export async function runStreamCampaign(options: CampaignOptions, isLazy = false): Promise<EffectCampaignResult> {
	const lazy = isLazy ? "yes" : "no";
	await using reference = await ReferenceStream.start(["--lazyfree-lazy-expire", lazy]);
	await using server = await RedisLite.start({ ...streamDirectives, "lazyfree-lazy-expire": lazy });
	const subject = { host: "127.0.0.1", port: server.port };
	using stream = await subjectStream(server);
	return await finishCampaign(reference.server, subject, new EffectWatch(reference, stream), options);
}

async function finishCampaign(
	reference: Address,
	subject: Address,
	watch: EffectWatch,
	options: CampaignOptions,
): Promise<EffectCampaignResult> {
	const result = await runCampaign({ reference, subject }, { ...options, effects: watch });
	await watch.skip();
	const replay = await replayEverywhere(Buffer.concat(watch.pieces), await stateOf(subject));
	return { result, watch, replay };
}

export async function replayEverywhere(effects: Buffer, original: Map<string, KeyState>): Promise<Replay> {
	await using genuine = await RedisServer.start();
	await using ours = await startSubject();
	const complaints = new Map<string, string[]>();
	for (const [name, target] of [
		["redis-server", genuine],
		["redis-lite", ours],
	] as const) {
		complaints.set(name, await replayInto(target, effects, original));
	}
	return { keys: original.size, complaints };
}

async function replayInto(target: Address, effects: Buffer, original: Map<string, KeyState>): Promise<string[]> {
	const connection = await WireConnection.connect(target);
	const complaints: string[] = [];
	connection.send(effects);
	connection.send(Buffer.from("*2\r\n$4\r\nECHO\r\n$10\r\nthat is it\r\n"));
	for (;;) {
		const [frame] = await connection.receive(1);
		if (frame === undefined) throw new Error(`the replay ended early: ${connection.condition()}`);
		const text = frame.text();
		const tree = frame.tree();
		// Several effects of one command come together.
		for (const { kind, text: error } of [tree, ...tree.items]) if (kind === "error") complaints.push(`-${error}`);
		if (text === "$10\r\nthat is it\r\n") break;
	}
	connection.close();
	const differences = compareStates(asReplayed(original), asReplayed(await stateOf(target)));
	return [...complaints, ...differences.map(({ description }) => description)];
}

/** Without what no effect tells, of us or of Redis. */
function asReplayed(state: Map<string, KeyState>): Map<string, KeyState> {
	const known = ({ type, value }: KeyState) => (type === "stream" ? withoutDeliveries(value) : value);
	// What has changed nothing may yet have given a value another form: HSETNX with a long value.
	return new Map([...state].map(([name, key]) => [name, { ...key, encoding: "", value: known(key) }]));
}

/** To read again what is pending counts as a delivery, and changes nothing else; counts below zero are unknown. */
function withoutDeliveries(stream: string): string {
	return stream
		.replace(/(array\[bulk\("\d+-\d+"\)(?: bulk\("(?:[^"\\]|\\.)*"\))?) integer\("\d+"\)\]/g, "$1]")
		.replace(/bulk\("entries-read"\) (integer\("-\d+"\)|null\("\$-1"\)) bulk\("lag"\) \S+/g, "(unknown)");
}

export async function stateOf(address: Address): Promise<Map<string, KeyState>> {
	const connection = await WireConnection.connect(address);
	try {
		return await readState(connection);
	} finally {
		connection.close();
	}
}

/** "" where the replays gave the same data everywhere. */
export function describeReplay({ complaints }: Replay): string {
	return [...complaints]
		.filter(([, lines]) => lines.length > 0)
		.map(([name, lines]) => `replayed into ${name}, ${lines.length} complaints:\n  ${lines.slice(0, 10).join("\n  ")}`)
		.join("\n");
}
