/**
 * All scenes of replication, or some, from the command line:
 *
 *     bun test/differential/replication/scenes.ts --leader redis --replica lite --only promotion,chain --seed 1
 *
 * --short plays them as CI does. --all takes every pair of makers with one of ours in it.
 */
import { parseArgs } from "node:util";
import type { ServerMaker } from "../../support/data-server.ts";
import { scenes } from "./scenes/index.ts";

const { values } = parseArgs({
	options: {
		leader: { type: "string", default: "redis" },
		replica: { type: "string", default: "lite" },
		all: { type: "boolean", default: false },
		only: { type: "string" },
		seed: { type: "string", default: "1" },
		short: { type: "boolean", default: false },
	},
});

const pairs: readonly (readonly string[])[] = values.all
	? [
			["redis", "lite"],
			["lite", "redis"],
			["lite", "lite"],
		]
	: [[values.leader, values.replica]];
const makerOf = (word: string): ServerMaker => (word === "lite" ? "redis-lite" : "redis-server");
const names = values.only?.split(",") ?? scenes.map(({ name }) => name);
const unknown = names.find((name) => !scenes.some((scene) => scene.name === name));
if (unknown !== undefined)
	throw new Error(`no scene ${unknown}; there are ${scenes.map(({ name }) => name).join(" ")}`);

let [passed, failed] = [0, 0];
for (const [leader, replica] of pairs) {
	const cast = {
		leader: makerOf(leader!),
		replica: makerOf(replica!),
		isShort: values.short,
		seed: Number(values.seed),
	};
	for (const scene of scenes.filter(({ name }) => names.includes(name))) {
		const start_ms = performance.now();
		const complaints = await scene.play(cast).catch((error: Error) => [error.stack ?? error.message]);
		const seconds = ((performance.now() - start_ms) / 1000).toFixed(1);
		console.log(`${complaints.length === 0 ? "ok  " : "FAIL"} ${leader} -> ${replica} ${scene.name}, ${seconds} s`);
		for (const complaint of complaints) console.log(`     ${complaint.replaceAll("\n", "\n     ")}`);
		if (complaints.length === 0) passed++;
		else failed++;
	}
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
