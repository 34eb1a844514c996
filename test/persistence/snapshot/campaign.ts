/**
 * `npm run test:snapshot -- --seed 1 --rounds 1000 --crowd 5000 --members 20000`: snapshots under random writes, round
 * after round, that must be what the data was when they began.
 *
 * In virtual time, piece by piece; with --files as BGSAVE, whose file another server loads; with --live as BGSAVE of the
 * program itself, with its threads and sockets; with --append as its append-only file, rewritten under way.
 */
import { parseArgs } from "node:util";
import { proveExactness } from "./exactness.ts";
import { proveAppending, proveLive } from "./live.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		rounds: { type: "string", default: "200" },
		crowd: { type: "string", default: "5000" },
		members: { type: "string", default: "5000" },
		files: { type: "boolean", default: false },
		live: { type: "boolean", default: false },
		append: { type: "boolean", default: false },
	},
});
const seed = Number(values.seed);
const rounds = Number(values.rounds);
const isLive = values.live || values.append;
const scale = { crowd: Number(values.crowd), members: Number(values.members), isShortLived: !isLive };
const options = { seed, rounds, scale, isSaved: values.files };
const begun_ms = performance.now();
const prove = values.live ? proveLive : values.append ? proveAppending : proveExactness;
const result = await prove(options);
const seconds = ((performance.now() - begun_ms) / 1000).toFixed(1);
console.log(
	`${result.rounds} snapshots of ${result.keys} keys in all were exact under ${result.commands} commands, ${seconds} s`,
);
