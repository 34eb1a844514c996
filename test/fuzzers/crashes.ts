import { policies, tellStory } from "../crash/crash-points.ts";
import type { Fuzzer } from "../support/fuzzer.ts";

const POINTS_PER_STORY = 60;

export const crashes: Fuzzer = {
	name: "crashes",
	purpose: "power cuts and kills after any step on a simulated disk: what was promised is there after a restart",
	smokeRounds: 120,
	/** Rounds are crash points. */
	run(random, rounds) {
		for (let points = 0; points < rounds; ) {
			const seed = random.below(2 ** 32);
			const policy = policies[random.below(policies.length)]!;
			const kind = { isFaulty: random.below(2) === 0, makesZeroTails: random.below(3) === 0 };
			const report = tellStory({ seed, policy, points: Math.min(POINTS_PER_STORY, rounds - points), ...kind });
			if (report.problems.length > 0) throw new Error(`${JSON.stringify(kind)}: ${report.problems.join("\n")}`);
			points += report.points;
		}
	},
};
