/** Differences of the geo group that are right. */
import type { Allowance } from "../allowed.ts";

const distance = /^\d+\.\d{4}\r$/gm;

/** The distances of a reply in ten-thousandths, and the reply without them. */
function taken(text: string): { distances: number[]; rest: string } {
	const distances = (text.match(distance) ?? []).map((digits) => Number(digits.replace(".", "")));
	return { distances, rest: text.replace(distance, "#") };
}

export const geoAllowances: readonly Allowance[] = [
	{
		why: "since 7.2 distances are rounded as doubles, which now and then makes a tie of what lies next to one",
		applies: ([name], expected, actual) => {
			if (!/^geo(dist|search|radius)/i.test(name ?? "")) return false;
			const [left, right] = [taken(expected.text()), taken(actual.text())];
			return left.rest === right.rest && left.distances.every((each, i) => Math.abs(each - right.distances[i]!) <= 1);
		},
	},
];
