/**
 * Scenarios from the command line:
 *
 *     bun test/replication/simulation/main.ts --seeds 10000 --from 1     many, one line about those that end badly
 *     bun test/replication/simulation/main.ts --seed 17 --tell           one, and what happens in it
 *     bun test/replication/simulation/main.ts --seed 17 --wire           and every piece of bytes that arrives anywhere
 */
import { parseArgs } from "node:util";
import { repeatLine, runScenario, type ScenarioReport } from "./scenario.ts";
import type { World } from "./world.ts";

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "1000" },
		from: { type: "string", default: "1" },
		seed: { type: "string" },
		tell: { type: "boolean", default: false },
		wire: { type: "boolean", default: false },
	},
});

function showWire(world: World): void {
	const { watcher } = world.internet;
	world.internet.watcher = {
		ended: watcher.ended,
		delivered(from, to, bytes) {
			watcher.delivered(from, to, bytes);
			const text = Buffer.from(bytes)
				.toString("latin1")
				.replaceAll(/\r\n(\$\d+\r\n)?/g, " ");
			console.log(`${world.elapsed_ms()} ${from} > ${to} ${JSON.stringify(text).slice(0, 2000)}`);
		},
	};
}

const PROGRESS_EVERY = 500;
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const reports: ScenarioReport[] = [];
const total = (of: (report: ScenarioReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);

for (let seed = first; seed < first + count; seed++) {
	const report = runScenario({
		seed,
		...(values.tell || values.wire ? { tell: console.log } : {}),
		...(values.wire ? { prepare: showWire } : {}),
	});
	reports.push(report);
	if (report.problems.length > 0) {
		console.log(`seed ${seed}: ${values.seed === undefined ? report.problems[0] : report.problems.join("\n")}`);
		console.log(`again: ${repeatLine(seed)}\n`);
	}
	if (reports.length % PROGRESS_EVERY === 0) console.log(`${reports.length} scenarios`);
}
const bad = reports.filter(({ problems }) => problems.length > 0);
console.log(
	`${count} scenarios, ${total(({ answered }) => answered)} commands answered, ` +
		`${total(({ confirmed }) => confirmed)} writes confirmed by WAIT, ` +
		`${total(({ lost }) => lost)} answered writes lost, ${total(({ meetings }) => meetings)} comparisons, ` +
		`${total(({ fullSyncs }) => fullSyncs)} full and ${total(({ partialSyncs }) => partialSyncs)} partial syncs, ` +
		`healed within ${Math.max(...reports.map(({ healing_ms }) => healing_ms))} ms, ${bad.length} ended badly` +
		`${
			count === 1
				? `, trace ${reports[0]!.trace}`
				: ` (${bad
						.map(({ seed }) => seed)
						.slice(0, 40)
						.join(" ")})`
		}`,
);
process.exit(bad.length === 0 ? 0 : 1);
