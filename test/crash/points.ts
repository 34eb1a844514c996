/**
 * Crash points from the command line:
 *
 *     bun test/crash/points.ts --points 100000 --seed 1 --policy always
 *
 * Without --policy each story has the next one. --faulty: on disks that fail now and then; --zeros: on disks that leave
 * zeros at the end of files; --tell prints every point. A story that ends badly is told again by its seed and policy with
 * --stories 1.
 */
import { parseArgs } from "node:util";
import { policies, tellStory } from "./crash-points.ts";

const { values } = parseArgs({
	options: {
		points: { type: "string", default: "10000" },
		stories: { type: "string" },
		seed: { type: "string" },
		policy: { type: "string" },
		zeros: { type: "boolean", default: false },
		faulty: { type: "boolean", default: false },
		tell: { type: "boolean", default: false },
	},
});

const POINTS_PER_STORY = 60;
const chosen = values.policy === undefined ? policies : policies.filter((name) => name === values.policy);
const stories = Number(values.stories ?? Math.ceil(Number(values.points) / POINTS_PER_STORY));
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seeds from ${first}`);
let points = 0;
let answered = 0;
let mended = 0;
let bad = 0;
for (let index = 0; index < stories; index++) {
	const policy = chosen[index % chosen.length]!;
	const seed = first + index;
	const telling = values.tell ? { tell: console.log } : {};
	const report = tellStory({
		seed,
		policy,
		points: POINTS_PER_STORY,
		isFaulty: values.faulty,
		makesZeroTails: values.zeros,
		...telling,
	});
	points += report.points;
	answered += report.answered;
	mended += report.mended;
	if (report.problems.length === 0) continue;
	bad++;
	console.log(`seed ${seed}, ${policy}: ${report.problems.join("\n")}\n`);
}
console.log(
	`${stories} stories, ${points} crash points, ${answered} writes answered, ${mended} times mended, ${bad} ended badly`,
);
process.exit(bad === 0 ? 0 : 1);
