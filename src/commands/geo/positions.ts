/** Positions of members: stored as scores, read back, compared, written as geohashes. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, READONLY, WRITE } from "../../dispatch/command.ts";
import { block, key, many, oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import { EVENT_SORTED_SET } from "../../keyspace/change.ts";
import { SYNTAX_ERROR, WRONG_TYPE } from "../../resp/errors.ts";
import { Origin } from "../../types/geo/distance.ts";
import { columnOf, geohashText, latitudeOf, longitudeOf, rowOf, scoreOf } from "../../types/geo/geohash.ts";
import { ADDED, SortedSet, UNCHANGED } from "../../types/sorted-set.ts";
import { SORTED_SET } from "../../types/type.ts";
import { ZADD } from "../effect-words.ts";
import { Coordinates, latitude, longitude, unit, unitFrom } from "./arguments.ts";
import { replyDistance, replyPosition } from "./reply.ts";

const NX = bytesOf("nx");
const XX = bytesOf("xx");
const CH = bytesOf("ch");

const set = new SortedSet();
const coordinates = new Coordinates();
const origin = new Origin();
/** Of the members GEOADD is to add. */
const scores: number[] = [];

/** Opens the sorted set at key 1, or an empty one where there is none; false after an error reply. */
function open(call: Call): boolean {
	if (call.findForRead(1) && call.database.type() !== SORTED_SET) {
		call.reply.error(WRONG_TYPE);
		return false;
	}
	set.open(call.database);
	return true;
}

/** Finds the member named by an argument; `set.score` is its score then. */
function find(call: Call, argument: number): boolean {
	return set.find(call.bytes, call.start(argument), call.length(argument));
}

function geoadd(call: Call): void {
	const { argc, reply } = call;
	let onlyNew = false;
	let onlyOld = false;
	let countsUpdates = false;
	let first = 2;
	for (; first < argc; first++) {
		if (call.is(first, NX)) onlyNew = true;
		else if (call.is(first, XX)) onlyOld = true;
		else if (call.is(first, CH)) countsUpdates = true;
		else break;
	}
	if (first === argc || (argc - first) % 3 !== 0 || (onlyNew && onlyOld)) return reply.error(SYNTAX_ERROR);
	if (!readScores(call, first)) return;
	if (call.findForWrite(1) && call.database.type() !== SORTED_SET) return reply.error(WRONG_TYPE);
	set.openForWrite(call.database, call.keyspace.limits);
	let added = 0;
	let changed = 0;
	for (const [index, score] of scores.entries()) {
		const member = first + 3 * index + 2;
		if ((onlyNew || onlyOld) && find(call, member) === onlyNew) continue;
		const outcome = set.add(call.bytes, call.start(member), call.length(member), score);
		if (outcome === ADDED) added++;
		if (outcome !== UNCHANGED) changed++;
	}
	set.close();
	if (changed > 0) {
		call.changed(1, EVENT_SORTED_SET, "zadd");
		call.keyspace.changes.dirty += changed - 1;
		if (call.effects.isOn) tellScores(call, first);
	}
	reply.integer(countsUpdates ? changed : added);
}

/** The effect is the addition of the scores, which need not be computed again: their members begin at `first`. */
function tellScores(call: Call, first: number): void {
	const effect = call.effect(first + 2 * scores.length).word(ZADD);
	for (let i = 1; i < first; i++) effect.argument(call, i);
	for (const [index, score] of scores.entries()) effect.integer(score).argument(call, first + 3 * index + 2);
}

/** Sets `scores` to those of the positions given from argument `first` on; false after an error reply. */
function readScores(call: Call, first: number): boolean {
	scores.length = 0;
	for (let i = first; i < call.argc; i += 3) {
		if (!coordinates.read(call, i)) return false;
		scores.push(scoreOf(coordinates.longitude, coordinates.latitude));
	}
	return true;
}

function geopos(call: Call): void {
	if (!open(call)) return;
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) {
		if (find(call, i)) replyPosition(call.reply, set.score);
		else call.reply.nullArray();
	}
}

function geohash(call: Call): void {
	if (!open(call)) return;
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) {
		if (find(call, i)) call.reply.bulkText(geohashText(set.score));
		else call.reply.null();
	}
}

function geodist(call: Call): void {
	const { argc, reply } = call;
	if (argc > 5) return reply.error(SYNTAX_ERROR);
	const unit_m = argc === 5 ? unitFrom(call, 4) : 1;
	if (Number.isNaN(unit_m) || !open(call)) return;
	if (!find(call, 2)) return reply.null();
	origin.place(longitudeOf(columnOf(set.score)), latitudeOf(rowOf(set.score)));
	if (!find(call, 3)) return reply.null();
	const { score } = set;
	replyDistance(reply, origin.distanceTo_m(longitudeOf(columnOf(score)), latitudeOf(rowOf(score))) / unit_m);
}

export const positionCommands: readonly CommandRow[] = [
	{
		name: "geoadd",
		since: "3.2.0",
		group: "geo",
		complexity: "O(log(N)) for each member, N being the number of members of the sorted set.",
		summary: "Adds members with their positions, or moves them, and creates the sorted set where there is none.",
		flags: WRITE | DENYOOM,
		args: [
			key("RW UPDATE"),
			optional(oneOf("condition", token("nx"), token("xx")), "6.2.0"),
			optional(token("change", "CH"), "6.2.0"),
			many(block("longitude_latitude_member", longitude, latitude, string("member"))),
		],
		history: [["6.2.0", "The options `CH`, `NX` and `XX` came."]],
		run: geoadd,
	},
	{
		name: "geopos",
		since: "3.2.0",
		group: "geo",
		complexity: "O(1) for each member.",
		summary: "Reads the positions of members.",
		flags: READONLY,
		// No member at all is accepted, too.
		arity: -2,
		args: [key("RO ACCESS"), many(string("member"))],
		run: geopos,
	},
	{
		name: "geohash",
		since: "3.2.0",
		group: "geo",
		complexity: "O(1) for each member.",
		summary: "Reads the positions of members as geohash strings.",
		flags: READONLY,
		arity: -2,
		args: [key("RO ACCESS"), many(string("member"))],
		run: geohash,
	},
	{
		name: "geodist",
		since: "3.2.0",
		group: "geo",
		complexity: "O(1)",
		summary: "Measures the distance between two members.",
		flags: READONLY,
		args: [key("RO ACCESS"), string("member1"), string("member2"), optional(unit)],
		run: geodist,
	},
];
