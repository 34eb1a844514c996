import type { Call } from "../../dispatch/call.ts";
import { BRIEF, type CommandRow, DENYOOM, FAST, MAY_REPLICATE, READONLY, WRITE } from "../../dispatch/command.ts";
import { key, many, optional, string } from "../../dispatch/grammar.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { HYPERLOGLOG_CORRUPTED } from "../../resp/errors.ts";
import { countHigh, countLow, highHalf, lowHalf, markStale, writeCount } from "../../types/hyperloglog/header.ts";
import { emptyUnion, type RegisterUnion } from "../../types/hyperloglog/union.ts";
import { CORRUPTED, HyperLogLog } from "../../types/hyperloglog.ts";
import { loadHyperLogLog, openHyperLogLog } from "./loading.ts";

/** Adding elements, counting them, uniting what was added here and there. */
const NO_EVENT = 0;
const HALF = 2 ** 32;
/** High halves of counts that are safe integers. */
const SAFE_HIGH = 2 ** 21;

const hyperLogLog = new HyperLogLog();

function pfadd(call: Call): void {
	const { argc, bytes, database, keyspace, reply } = call;
	const { hyperLogLogSparseBytes } = keyspace.limits;
	let changes = 0;
	if (call.findForWrite(1)) {
		if (!openHyperLogLog(call, hyperLogLog)) return;
	} else {
		hyperLogLog.create(database);
		changes++;
	}
	for (let i = 2; i < argc; i++) {
		const result = hyperLogLog.add(database, bytes, call.start(i), call.length(i), hyperLogLogSparseBytes);
		if (result === CORRUPTED) return reply.error(HYPERLOGLOG_CORRUPTED);
		changes += result;
	}
	if (changes === 0) return reply.integer(0);
	markStale(hyperLogLog.view);
	call.changed(1, EVENT_STRING, "pfadd");
	keyspace.changes.dirty += changes - 1;
	reply.integer(1);
}

/** Of one key the estimate is kept in the string, which is a change, though one that no event tells of. */
function pfcount(call: Call): void {
	const { reply } = call;
	if (call.argc > 2) return countUnion(call);
	if (!call.findForRead(1)) return reply.integer(0);
	if (!openHyperLogLog(call, hyperLogLog)) return;
	const { view } = hyperLogLog;
	if (countHigh(view) < 0) {
		const estimate = hyperLogLog.estimate();
		if (Number.isNaN(estimate)) return reply.error(HYPERLOGLOG_CORRUPTED);
		writeCount(view, estimate);
		call.changed(1, NO_EVENT, "");
	}
	replyCount(call, countHigh(view), countLow(view));
}

function replyCount(call: Call, high: number, low: number): void {
	if (high >= 0 && high < SAFE_HIGH) call.reply.integer(HALF * high + low);
	else call.reply.bigInteger((BigInt(high) << 32n) | BigInt(low));
}

function countUnion(call: Call): void {
	const union = emptyUnion();
	if (addAll(call, union) === null) return;
	const estimate = hyperLogLog.estimateOf(union);
	replyCount(call, highHalf(estimate), lowHalf(estimate));
}

function pfmerge(call: Call): void {
	const { database, keyspace, reply } = call;
	const union = emptyUnion();
	const isSomeDense = addAll(call, union);
	if (isSomeDense === null) return;
	if (!call.findForWrite(1)) hyperLogLog.create(database);
	else if (!openHyperLogLog(call, hyperLogLog)) return;
	if (isSomeDense) hyperLogLog.toDense(database);
	hyperLogLog.replaceRegisters(database, union, keyspace.limits.hyperLogLogSparseBytes);
	call.changed(1, EVENT_STRING, "pfadd");
	reply.ok();
}

/** Adds the HyperLogLogs of all keys and says whether one of them is dense; null after an error reply. */
function addAll(call: Call, union: RegisterUnion): boolean | null {
	let isSomeDense = false;
	for (let i = 1; i < call.argc; i++) {
		if (!call.findForRead(i)) continue;
		if (!loadHyperLogLog(call, hyperLogLog)) return null;
		if (!hyperLogLog.addTo(union)) {
			call.reply.error(HYPERLOGLOG_CORRUPTED);
			return null;
		}
		if (hyperLogLog.isDense()) isSomeDense = true;
	}
	return isSomeDense;
}

export const countingCommands: readonly CommandRow[] = [
	{
		name: "pfadd",
		since: "2.8.9",
		group: "hyperloglog",
		complexity: "O(1) for each element.",
		summary: "Adds elements to the HyperLogLog at a key.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), optional(many(string("element")))],
		run: pfadd,
	},
	{
		name: "pfcount",
		since: "2.8.9",
		group: "hyperloglog",
		complexity: "O(1) with one key; with several O(N), N being their number, each of which takes much longer.",
		summary: "Estimates how many different elements were added to one HyperLogLog, or to several together.",
		flags: READONLY | MAY_REPLICATE | BRIEF,
		args: [many(key("RW ACCESS"))],
		run: pfcount,
	},
	{
		name: "pfmerge",
		since: "2.8.9",
		group: "hyperloglog",
		complexity: "O(N), N being the number of keys.",
		summary: "Unites several HyperLogLogs, and that at a key if there is one, and stores the result there.",
		flags: WRITE | DENYOOM,
		arity: -2,
		args: [key("RW ACCESS INSERT", "destkey"), many(key("RO ACCESS", "sourcekey"))],
		run: pfmerge,
	},
];
