/** Unions, intersections and differences of sorted sets, and of plain ones among them: replied, stored or counted. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseDouble } from "../../bytes/double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, type KeySpec, READONLY, WRITE } from "../../dispatch/command.ts";
import { type Argument, integer, key, many, oneOf, optional, token, withToken } from "../../dispatch/grammar.ts";
import { LIMIT_NEGATIVE, NOT_AN_INTEGER, needsInputKey, SYNTAX_ERROR, WEIGHT_NOT_A_FLOAT } from "../../resp/errors.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { type Input, openInputs } from "./inputs.ts";
import { replyMembers } from "./replies.ts";
import { storeResult } from "./store.ts";

const WEIGHTS = bytesOf("weights");
const AGGREGATE = bytesOf("aggregate");
const WITHSCORES = bytesOf("withscores");
const LIMIT = bytesOf("limit");
const SUM = bytesOf("sum");
const MIN = bytesOf("min");
const MAX = bytesOf("max");

/** Which options a command takes, as bits. */
const COMBINES = 1 << 0;
const REPLIES = 1 << 1;
const COUNTS = 1 << 2;

/** How the scores of one member in several inputs become one. */
type Aggregate = (score: number, other: number) => number;

/** Infinity and its opposite make zero. */
const sum: Aggregate = (score, other) => numberOr0(score + other);
const least: Aggregate = (score, other) => (other < score ? other : score);
const greatest: Aggregate = (score, other) => (other > score ? other : score);

function numberOr0(score: number): number {
	return Number.isNaN(score) ? 0 : score;
}

/** What one call asks for. */
interface Request {
	readonly inputs: Input[];
	aggregate: Aggregate;
	withScores: boolean;
	/** 0 for none. */
	limit: number;
}

const result = new SortedSet();

/** Reads the arguments from the number of keys on; null after an error reply. */
function readRequest(call: Call, numkeys: number, allowed: number): Request | null {
	const count = call.clampedInteger(numkeys);
	if (Number.isNaN(count)) return fail(call, NOT_AN_INTEGER);
	if (count < 1) return fail(call, needsInputKey(call.command.fullName));
	if (count > call.argc - numkeys - 1) return fail(call, SYNTAX_ERROR);
	const inputs = openInputs(call, numkeys + 1, count);
	if (inputs === null) return null;
	const request: Request = { inputs, aggregate: sum, withScores: false, limit: 0 };
	let argument = numkeys + 1 + count;
	while (argument < call.argc) {
		const words = readOption(call, argument, request, allowed);
		if (words < 0) return null;
		if (words === 0) return fail(call, SYNTAX_ERROR);
		argument += words;
	}
	return request;
}

/** How many words the option at an argument takes, 0 where it is none, -1 after an error reply. */
function readOption(call: Call, argument: number, request: Request, allowed: number): number {
	const { inputs } = request;
	const rest = call.argc - argument;
	if ((allowed & COMBINES) !== 0) {
		if (rest > inputs.length && call.is(argument, WEIGHTS)) {
			return readWeights(call, argument + 1, inputs) ? 1 + inputs.length : -1;
		}
		if (rest > 1 && call.is(argument, AGGREGATE)) return readAggregate(call, argument + 1, request) ? 2 : 0;
	}
	if ((allowed & REPLIES) !== 0 && call.is(argument, WITHSCORES)) {
		request.withScores = true;
		return 1;
	}
	if ((allowed & COUNTS) !== 0 && rest > 1 && call.is(argument, LIMIT)) {
		request.limit = call.clampedInteger(argument + 1);
		if (request.limit >= 0) return 2;
		call.reply.error(LIMIT_NEGATIVE);
		return -1;
	}
	return 0;
}

function readWeights(call: Call, first: number, inputs: readonly Input[]): boolean {
	for (const [i, input] of inputs.entries()) {
		input.weight = parseDouble(call.bytes, call.start(first + i), call.end(first + i));
		if (!Number.isNaN(input.weight)) continue;
		call.reply.error(WEIGHT_NOT_A_FLOAT);
		return false;
	}
	return true;
}

function readAggregate(call: Call, argument: number, request: Request): boolean {
	if (call.is(argument, SUM)) request.aggregate = sum;
	else if (call.is(argument, MIN)) request.aggregate = least;
	else if (call.is(argument, MAX)) request.aggregate = greatest;
	else return false;
	return true;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

/** Smallest first; the order in which scores are added decides how their sum is rounded. */
function bySize(inputs: readonly Input[]): Input[] {
	return inputs.toSorted((a, b) => a.count - b.count);
}

// Each of these leaves what comes out in `result`.

function unite(call: Call, { inputs, aggregate }: Request): void {
	result.begin(call.database.table);
	for (const input of bySize(inputs)) {
		for (let there = input.first(); there; there = input.next()) {
			const { bytes, start, length } = input;
			const score = numberOr0(input.score * input.weight);
			if (result.find(bytes, start, length)) replaceScore(bytes, start, length, aggregate(result.score, score));
			else result.put(bytes, start, length, score);
		}
	}
}

/** Of the member of `result` that was just found. */
function replaceScore(bytes: Uint8Array, start: number, length: number, score: number): void {
	// Zero is not written over minus zero: the two are equal.
	if (score === 0 && result.score === 0) result.remove(bytes, start, length);
	result.put(bytes, start, length, score);
}

function intersect(call: Call, { inputs, aggregate }: Request): void {
	result.begin(call.database.table);
	const [smallest, ...others] = bySize(inputs) as [Input, ...Input[]];
	for (let there = smallest.first(); there; there = smallest.next()) {
		if (!isInAll(smallest, others)) continue;
		let score = numberOr0(smallest.score * smallest.weight);
		for (const other of others) score = aggregate(score, other.scoreFound * other.weight);
		result.add(smallest.bytes, smallest.start, smallest.length, score);
	}
}

function subtract(call: Call, { inputs }: Request): void {
	result.begin(call.database.table);
	const [first, ...others] = inputs as [Input, ...Input[]];
	for (let there = first.first(); there; there = first.next()) {
		const { bytes, start, length } = first;
		if (others.some((other) => other.find(bytes, start, length))) continue;
		result.add(bytes, start, length, first.score);
	}
}

/** Whether the member at the cursor is in all other inputs; `scoreFound` is its score there. */
function isInAll({ bytes, start, length }: Input, others: readonly Input[]): boolean {
	for (const other of others) if (!other.find(bytes, start, length)) return false;
	return true;
}

type Operation = (call: Call, request: Request) => void;

function reply(call: Call, operation: Operation, allowed: number): void {
	const request = readRequest(call, 1, allowed);
	if (request === null) return;
	operation(call, request);
	replyMembers(call.reply, result, 0, result.count, false, request.withScores);
}

/** Stores what comes out under key 1. */
function store(call: Call, operation: Operation, allowed: number, event: string): void {
	const request = readRequest(call, 2, allowed);
	if (request === null) return;
	operation(call, request);
	storeResult(call, result, 1, event, 1);
}

function zunion(call: Call): void {
	reply(call, unite, COMBINES | REPLIES);
}

function zinter(call: Call): void {
	reply(call, intersect, COMBINES | REPLIES);
}

function zdiff(call: Call): void {
	reply(call, subtract, REPLIES);
}

function zunionstore(call: Call): void {
	store(call, unite, COMBINES, "zunionstore");
}

function zinterstore(call: Call): void {
	store(call, intersect, COMBINES, "zinterstore");
}

function zdiffstore(call: Call): void {
	store(call, subtract, 0, "zdiffstore");
}

function zintercard(call: Call): void {
	const request = readRequest(call, 1, COUNTS);
	if (request === null) return;
	const [smallest, ...others] = bySize(request.inputs) as [Input, ...Input[]];
	const end = request.limit === 0 ? Infinity : request.limit;
	let count = 0;
	for (let there = smallest.first(); there && count < end; there = smallest.next()) {
		if (isInAll(smallest, others)) count++;
	}
	call.reply.integer(count);
}

const keySpecs: readonly KeySpec[] = [
	{ access: "RO ACCESS", begin: { index: 1 }, find: { keyNumberIndex: 0, firstKey: 1, step: 1 } },
];
const storeKeySpecs: readonly KeySpec[] = [
	{ access: "OW UPDATE", begin: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
	{ access: "RO ACCESS", begin: { index: 2 }, find: { keyNumberIndex: 0, firstKey: 1, step: 1 } },
];

const destination: Argument = key("OW UPDATE", "destination");
const inputs: readonly Argument[] = [integer("numkeys"), many(key("RO ACCESS"))];
const combination: readonly Argument[] = [
	optional(many(integer("weight", "WEIGHTS"))),
	optional(withToken("AGGREGATE", oneOf("aggregate", token("sum"), token("min"), token("max")))),
];
const withscores: Argument = optional(token("withscores"));

const UNION_COMPLEXITY =
	"O(N)+O(M*log(M)), N being the number of members of all inputs together and M that of the result.";
const INTERSECTION_COMPLEXITY =
	"O(N*K)+O(M*log(M)), N being the size of the smallest input, K the number of inputs and M the size of the result.";
const DIFFERENCE_COMPLEXITY =
	"O(N*K)+O(M*log(M)), N being the size of the first input, K the number of inputs and M the size of the result.";

export const algebraCommands: readonly CommandRow[] = [
	{
		name: "zunion",
		since: "6.2.0",
		group: "sorted-set",
		complexity: UNION_COMPLEXITY,
		summary: "Lists the members of several sorted sets taken together.",
		flags: READONLY,
		args: [...inputs, ...combination, withscores],
		keySpecs,
		run: zunion,
	},
	{
		name: "zinter",
		since: "6.2.0",
		group: "sorted-set",
		complexity: INTERSECTION_COMPLEXITY,
		summary: "Lists the members that several sorted sets have in common.",
		flags: READONLY,
		args: [...inputs, ...combination, withscores],
		keySpecs,
		run: zinter,
	},
	{
		name: "zdiff",
		since: "6.2.0",
		group: "sorted-set",
		complexity: DIFFERENCE_COMPLEXITY,
		summary: "Lists the members of the first sorted set that are in no other.",
		flags: READONLY,
		args: [...inputs, withscores],
		keySpecs,
		run: zdiff,
	},
	{
		name: "zunionstore",
		since: "2.0.0",
		group: "sorted-set",
		complexity: UNION_COMPLEXITY,
		summary: "Stores the members of several sorted sets taken together.",
		flags: WRITE | DENYOOM,
		args: [destination, ...inputs, ...combination],
		keySpecs: storeKeySpecs,
		run: zunionstore,
	},
	{
		name: "zinterstore",
		since: "2.0.0",
		group: "sorted-set",
		complexity: INTERSECTION_COMPLEXITY,
		summary: "Stores the members that several sorted sets have in common.",
		flags: WRITE | DENYOOM,
		args: [destination, ...inputs, ...combination],
		keySpecs: storeKeySpecs,
		run: zinterstore,
	},
	{
		name: "zdiffstore",
		since: "6.2.0",
		group: "sorted-set",
		complexity: DIFFERENCE_COMPLEXITY,
		summary: "Stores the members of the first sorted set that are in no other.",
		flags: WRITE | DENYOOM,
		args: [destination, ...inputs],
		keySpecs: storeKeySpecs,
		run: zdiffstore,
	},
	{
		name: "zintercard",
		since: "7.0.0",
		group: "sorted-set",
		complexity: "O(N*K), N being the size of the smallest input and K the number of inputs.",
		summary: "Counts the members that several sorted sets have in common, up to a limit.",
		flags: READONLY,
		args: [...inputs, optional(integer("limit", "LIMIT"))],
		keySpecs,
		run: zintercard,
	},
];
