/** Differences between our effects and those of Redis 7.0 that are meant to be, each with its reason. */
import type { Effect } from "./effects.ts";

export type Commands = readonly (readonly string[])[];

export interface EffectAllowance {
	readonly why: string;
	/** Makes the two lists alike at a place where this difference begins; false where it does not. */
	readonly repair: (commands: Commands, expected: Effect[], actual: Effect[], at: number) => boolean;
}

function isSrem(effect: Effect | undefined): effect is Effect {
	return effect?.args[0] === "SREM";
}

/** Takes out the effect at a place, or all such effects between the brackets that begin there; brackets around one go. */
function drop(effects: Effect[], at: number, isMeant: (effect: Effect) => boolean): boolean {
	if (effects[at]?.args[0] !== "MULTI") {
		if (effects[at] === undefined || !isMeant(effects[at])) return false;
		effects.splice(at, 1);
		return true;
	}
	const end = effects.findIndex(({ args }, index) => index > at && args[0] === "EXEC");
	const inner = effects.slice(at + 1, end);
	const kept = inner.filter((effect) => !isMeant(effect));
	if (kept.length === inner.length) return false;
	effects.splice(at, end + 1 - at, ...(kept.length > 1 ? [effects[at], ...kept, effects[end]!] : kept));
	return true;
}

function isRemoval({ args }: Effect): boolean {
	return (args[0] === "DEL" || args[0] === "UNLINK") && args.length === 2;
}

/** Keys that are gone from the reference alone: the subject will tell when it meets them. */
const owed = new Set<string>();

export const effectAllowances: readonly EffectAllowance[] = [
	{
		why: "the database of a transaction is chosen inside its brackets, as since 7.2; before in front of them",
		repair(_commands, expected, actual, at) {
			if (expected[at]?.args[0] !== "SELECT" || expected[at + 1]?.args[0] !== "MULTI") return false;
			if (actual[at]?.args[0] !== "MULTI" || actual[at + 1]?.args[0] !== "SELECT") return false;
			expected.splice(at, 2, expected[at + 1]!, expected[at]!);
			return true;
		},
	},
	{
		why: "BITFIELD that lengthens a string and then does not fit is told, or the string would stay short elsewhere",
		repair(_commands, _expected, actual, at) {
			return drop(actual, at, ({ args }) => /^bitfield$/i.test(args[0]!) && args.some((word) => /^fail$/i.test(word)));
		},
	},
	{
		why: "BITCOUNT and BITPOS judge their arguments before they look at the key since 7.2, and so do not find it expired",
		repair(commands, expected, actual, at) {
			const [left, right] = [expected[at], actual[at]];
			const place = (effect: Effect) => `${effect.database} ${effect.args[1]}`;
			const isPaid = (effect: Effect) => isRemoval(effect) && owed.delete(place(effect));
			if (right !== undefined && drop(actual, at, isPaid)) return true;
			if (left === undefined || !isRemoval(left)) return false;
			const meets = ([name, key]: readonly string[]) => /^bit(count|pos)$/i.test(name!) && key === left.args[1];
			if (!commands.some(meets)) return false;
			owed.add(place(left));
			expected.splice(at, 1);
			return true;
		},
	},
	{
		why: "a key whose time is over expires before RESTORE takes its place; Redis does not look",
		repair(commands, _expected, actual, at) {
			const isReplaced = (effect: Effect) =>
				isRemoval(effect) && commands.some(([name, key]) => /^restore$/i.test(name!) && key === effect.args[1]);
			return drop(actual, at, isReplaced);
		},
	},
	{
		why: "SPOP takes members by chance",
		repair(commands, expected, actual, at) {
			const [left, right] = [expected[at], actual[at]];
			if (!isSrem(left) || !isSrem(right) || left.args[1] !== right.args[1]) return false;
			if (left.args.length !== right.args.length || !commands.some(([name]) => /^spop$/i.test(name!))) return false;
			actual[at] = left;
			return true;
		},
	},
	{
		why: "several members that SPOP took go by one SREM, as since Redis 8; before by one each, between MULTI and EXEC",
		repair(_commands, expected, actual, at) {
			const right = actual[at];
			if (expected[at]?.args[0] !== "MULTI" || !isSrem(expected[at + 1]) || !isSrem(right)) return false;
			const members = right.args.length - 2;
			const bracketed = expected.slice(at + 1, at + 1 + members);
			if (!bracketed.every((effect) => isSrem(effect) && effect.args[1] === right.args[1])) return false;
			if (expected[at + 1 + members]?.args[0] !== "EXEC") return false;
			expected.splice(at, members + 2, right);
			return true;
		},
	},
	{
		why: "a consumer who was named and got nothing is told; Redis forgets it when it starts again",
		repair(commands, _expected, actual, at) {
			const isNamed = ({ args: [name, verb, , , consumer] }: Effect) =>
				name === "XGROUP" &&
				verb === "CREATECONSUMER" &&
				commands.some((args) => /^x(readgroup|claim|autoclaim)$/i.test(args[0]!) && args.includes(consumer!));
			return drop(actual, at, isNamed);
		},
	},
	{
		why: "a count of entries below zero, which XGROUP SETID refuses, is told as unknown",
		repair(_commands, expected, _actual, at) {
			const left = expected[at];
			if (left?.args[1] !== "SETID" || !(Number(left.args[6]) < -1)) return false;
			expected[at] = { ...left, args: left.args.with(6, "-1") };
			return true;
		},
	},
	{
		why: "how many entries a group has read is told behind those it was given, as since Redis 7.4",
		repair(commands, _expected, actual, at) {
			const isPosition = ({ args: [name, verb] }: Effect) => name === "XGROUP" && verb === "SETID";
			return commands.some(([name]) => /^xreadgroup$/i.test(name!)) && drop(actual, at, isPosition);
		},
	},
	{
		why: "the threshold of an approximate trimming is the first entry there is; for Redis it may be one deleted before",
		repair(_commands, expected, actual, at) {
			const [left, right] = [expected[at], actual[at]];
			if (left === undefined || right === undefined || !/^(xadd|xtrim)$/i.test(left.args[0]!)) return false;
			const threshold = left.args.findIndex((word) => /^minid$/i.test(word)) + 2;
			if (threshold < 2 || left.args[threshold - 1] !== "=" || left.args[threshold] === right.args[threshold])
				return false;
			expected[at] = { ...left, args: left.args.with(threshold, right.args[threshold]!) };
			return true;
		},
	},
	{
		why: "a BLMOVE that waited has its sides as the client wrote them, as since 7.2; before in small letters",
		repair(_commands, expected, actual, at) {
			const [left, right] = [expected[at], actual[at]];
			if (left?.args[0] !== "LMOVE" || right?.args[0] !== "LMOVE") return false;
			if (left.args.slice(3).join() === right.args.slice(3).join()) return false;
			const sides = right.args.slice(3).map((side) => side.toLowerCase());
			actual[at] = { ...right, args: [...right.args.slice(0, 3), ...sides] };
			return true;
		},
	},
	{
		why: "XCLAIM's ids are told in full, as all others are",
		repair(_commands, expected, _actual, at) {
			const left = expected[at];
			if (left?.args[0] !== "XCLAIM" || left.args[5]!.includes("-")) return false;
			expected[at] = { ...left, args: left.args.with(5, `${left.args[5]}-0`) };
			return true;
		},
	},
	{
		why: "the LIMIT of an approximate trimming, which has no meaning any more, is left out",
		repair(_commands, expected, actual, at) {
			const left = expected[at];
			if (!/^(xadd|xtrim)$/i.test(left?.args[0] ?? "") || actual[at] === undefined) return false;
			const limit = left!.args.findIndex((word) => /^limit$/i.test(word));
			if (limit < 0) return false;
			expected[at] = { ...left!, args: left!.args.toSpliced(limit, 2) };
			return true;
		},
	},
];
