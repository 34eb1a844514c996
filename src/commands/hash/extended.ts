/** Reading or setting fields of a hash together with what becomes of them, by commands of Redis 8. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import {
	type Argument,
	block,
	integer,
	key,
	many,
	oneOf,
	optional,
	string,
	token,
	unixTime,
	withToken,
} from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_HASH } from "../../keyspace/change.ts";
import {
	FIELD_CONDITIONS,
	FIELD_COUNT_NOT_POSITIVE,
	FIELD_EXPIRE_MISSING,
	FIELD_LIFETIMES,
	SET_FIELD_COUNT_INVALID,
	unknownArgument,
	wrongArity,
} from "../../resp/errors.ts";
import {
	FIELDS as EFFECT_FIELDS,
	KEEPTTL as EFFECT_KEEPTTL,
	PXAT as EFFECT_PXAT,
	HSET,
	HSETEX,
} from "../effect-words.ts";
import { changedFields, tellDeadlines, tellPersisted, tellRemoved } from "./effects.ts";
import { DONE, expireFound, persistFound, REMOVED } from "./expire.ts";
import { FIELDS, fieldDeadlineFrom, fieldsArgument, fieldsFrom } from "./fields.ts";
import { closeChanged, findField, hash, openForWrite, setField } from "./open.ts";

/** What is to become of the deadlines of fields. */
const NOTHING = 0;
const EX = 1;
const PX = 2;
const EXAT = 3;
const PXAT = 4;
const PERSIST = 5;
const KEEPTTL = 6;

/** By their numbers; the first stands for no word. */
const LIFETIMES = ["", "ex", "px", "exat", "pxat", "persist", "keepttl"].map(bytesOf);
const FNX = bytesOf("fnx");
const FXX = bytesOf("fxx");

/** Beyond it Redis calls a number of fields invalid. */
const INT32_MAX = 0x7fffffff;

function lifetimeAt(call: Call, argument: number): number {
	for (let lifetime = EX; lifetime <= KEEPTTL; lifetime++) if (call.is(argument, LIFETIMES[lifetime]!)) return lifetime;
	return NOTHING;
}

function hasTime(lifetime: number): boolean {
	return lifetime >= EX && lifetime <= PXAT;
}

function deadlineFrom(call: Call, argument: number, lifetime: number): number {
	const unit_ms = lifetime === PX || lifetime === PXAT ? 1 : 1000;
	return fieldDeadlineFrom(call, argument, unit_ms, lifetime === EXAT || lifetime === PXAT);
}

function replyField(call: Call, isFound: boolean): void {
	if (isFound) call.reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
	else call.reply.null();
}

function hgetdel(call: Call): void {
	if (!openForWrite(call)) return;
	const first = fieldsFrom(call, 2, FIELD_COUNT_NOT_POSITIVE);
	if (first === 0) return;
	call.reply.array(call.argc - first);
	let removed = 0;
	for (let i = first; i < call.argc; i++) {
		const isFound = findField(call, i);
		replyField(call, isFound);
		if (!isFound) continue;
		hash.removeFound();
		removed++;
		if (call.effects.isOn) changedFields.push(i);
	}
	if (removed === 0) return;
	closeChanged(call, removed, "hdel");
	if (call.effects.isOn) tellRemoved(call);
}

function hgetex(call: Call): void {
	const { database, reply } = call;
	if (!openForWrite(call)) return;
	const word = lifetimeAt(call, 2);
	const lifetime = word === KEEPTTL ? NOTHING : word;
	const deadline_ms = hasTime(lifetime) ? deadlineFrom(call, 3, lifetime) : Infinity;
	if (Number.isNaN(deadline_ms)) return;
	const first = fieldsFrom(call, hasTime(lifetime) ? 4 : lifetime === PERSIST ? 3 : 2, FIELD_COUNT_NOT_POSITIVE);
	if (first === 0) return;
	reply.array(call.argc - first);
	if (lifetime !== NOTHING) hash.becomeVolatile();
	let updated = 0;
	let removed = 0;
	for (let i = first; i < call.argc; i++) {
		const isFound = findField(call, i);
		replyField(call, isFound);
		if (!isFound || lifetime === NOTHING) continue;
		const outcome = lifetime === PERSIST ? persistFound() : expireFound(call, 0, deadline_ms);
		if (outcome === DONE) updated++;
		else if (outcome === REMOVED) removed++;
		if (call.effects.isOn && (outcome === DONE || outcome === REMOVED)) changedFields.push(i);
	}
	if (updated > 0) database.scheduleFields();
	if (removed > 0) closeChanged(call, removed, "hdel");
	else if (updated > 0) closeChanged(call, updated, lifetime === PERSIST ? "hpersist" : "hexpire");
	else return;
	if (!call.effects.isOn) return;
	if (lifetime === PERSIST) tellPersisted(call);
	else tellDeadlines(call, deadline_ms);
}

/** The words of HSETEX before its fields. */
class SetOptions {
	lifetime: number;
	deadline_ms: number;
	ifAll: boolean;
	ifNone: boolean;
	/** Argument of the first field. */
	first: number;

	constructor() {
		this.lifetime = NOTHING;
		this.deadline_ms = Infinity;
		this.ifAll = false;
		this.ifNone = false;
		this.first = 0;
	}

	/** False after an error reply. */
	read(call: Call): boolean {
		this.lifetime = NOTHING;
		this.ifAll = false;
		this.ifNone = false;
		for (let i = 2; i < call.argc; i++) {
			if (call.is(i, FIELDS)) return this.readFields(call, i);
			const lifetime = lifetimeAt(call, i);
			if (lifetime !== NOTHING && lifetime !== PERSIST) {
				if (this.lifetime !== NOTHING) return fail(call, FIELD_LIFETIMES);
				this.lifetime = lifetime;
				if (lifetime === KEEPTTL) continue;
				if (++i === call.argc) return fail(call, FIELD_EXPIRE_MISSING);
				this.deadline_ms = deadlineFrom(call, i, lifetime);
				if (Number.isNaN(this.deadline_ms)) return false;
			} else if (call.is(i, FNX) || call.is(i, FXX)) {
				if (this.ifAll || this.ifNone) return fail(call, FIELD_CONDITIONS);
				this.ifNone = call.is(i, FNX);
				this.ifAll = !this.ifNone;
			} else return fail(call, unknownArgument(call.latin1(i)));
		}
		// Not reached by so many arguments as the arity asks for: the words before FIELDS are five at most.
		return fail(call, wrongArity(call.command.fullName));
	}

	private readFields(call: Call, argument: number): boolean {
		if (argument >= call.argc - 3) return fail(call, wrongArity(call.command.fullName));
		const count = call.clampedInteger(argument + 1);
		if (!(count > 0 && count <= INT32_MAX)) return fail(call, SET_FIELD_COUNT_INVALID);
		if (2 * count !== call.argc - argument - 2) return fail(call, wrongArity(call.command.fullName));
		this.first = argument + 2;
		return true;
	}
}

const options = new SetOptions();

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}

function hsetex(call: Call): void {
	const { database, reply } = call;
	if (!options.read(call) || !openForWrite(call)) return;
	const { first, lifetime } = options;
	if (!meetsCondition(call, first)) return reply.integer(0);
	const count = (call.argc - first) >> 1;
	const expires = hasTime(lifetime);
	hash.expect(count);
	if (expires) hash.becomeVolatile();
	let removed = 0;
	if (call.effects.isOn) tellSet(call);
	for (let i = first; i < call.argc; i += 2) {
		setField(call, i, i + 1, lifetime !== NOTHING);
		if (expires && findField(call, i) && expireFound(call, 0, options.deadline_ms) === REMOVED) removed++;
	}
	// The hash of a key that did not exist may be empty again, and then there is nothing to close.
	const isGone = hash.count() === 0;
	hash.close();
	if (expires && !isGone) database.scheduleFields();
	call.changed(1, EVENT_HASH, "hset");
	if (expires) call.alsoChanged(1, EVENT_HASH, removed > 0 ? "hdel" : "hexpire");
	if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
	call.keyspace.changes.dirty += count - 1;
	reply.integer(1);
}

/** The effect of setting the fields, before it is done. */
function tellSet(call: Call): void {
	const { first, lifetime, deadline_ms } = options;
	for (let i = first; i < call.argc; i += 2) {
		const isAmong = hasTime(lifetime)
			? deadline_ms <= call.keyspace.now_ms
			: lifetime === KEEPTTL && !findField(call, i);
		if (isAmong) changedFields.push(i);
	}
	// What is set for a time that is over was there for nobody; what keeps its deadline and is not there has none to keep.
	if (changedFields.length > 0 && (hasTime(lifetime) || hash.isVolatile())) tellRemoved(call);
	changedFields.length = 0;
	if (hasTime(lifetime) && deadline_ms <= call.keyspace.now_ms) return;
	const pairs = call.argc - first;
	const words = lifetime === NOTHING ? 2 : hasTime(lifetime) ? 6 : 5;
	const effect = call
		.effect(words + pairs)
		.word(lifetime === NOTHING ? HSET : HSETEX)
		.argument(call, 1);
	if (hasTime(lifetime)) effect.word(EFFECT_PXAT).integer(deadline_ms);
	else if (lifetime === KEEPTTL) effect.word(EFFECT_KEEPTTL);
	if (lifetime !== NOTHING) effect.word(EFFECT_FIELDS).integer(pairs >> 1);
	for (let i = first; i < call.argc; i++) effect.argument(call, i);
}

/** Whether all of the fields, which begin at an argument, or none of them are there, as was asked for. */
function meetsCondition(call: Call, first: number): boolean {
	if (!options.ifAll && !options.ifNone) return true;
	for (let i = first; i < call.argc; i += 2) if (findField(call, i) !== options.ifAll) return false;
	return true;
}

function expirations(last: Argument): Argument {
	return optional(
		oneOf(
			"expiration",
			integer("seconds", "EX"),
			integer("milliseconds", "PX"),
			unixTime("unix-time-seconds", "EXAT"),
			unixTime("unix-time-milliseconds", "PXAT"),
			last,
		),
	);
}

export const extendedCommands: readonly CommandRow[] = [
	{
		name: "hgetdel",
		since: "8.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields given.",
		summary: "Reads fields of a hash and removes them.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), fieldsArgument],
		run: hgetdel,
	},
	{
		name: "hgetex",
		since: "8.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields given.",
		summary: "Reads fields of a hash and gives them a deadline, or takes their deadlines away.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS UPDATE"), expirations(token("persist")), fieldsArgument],
		run: hgetex,
	},
	{
		name: "hsetex",
		since: "8.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields set.",
		summary: "Sets fields of a hash and gives them a deadline, if all or none of them are there.",
		flags: WRITE | DENYOOM | FAST,
		args: [
			key("RW UPDATE"),
			optional(oneOf("condition", token("fnx"), token("fxx"))),
			expirations(token("keepttl")),
			withToken("FIELDS", block("fields", integer("numfields"), many(block("data", string("field"), string("value"))))),
		],
		run: hsetex,
	},
];
