import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	NOT_AN_INTEGER,
	STREAM_ID_INVALID,
	SYNTAX_ERROR,
	TRIM_LENGTH_NEGATIVE,
	TRIM_LIMIT_EXACT,
	TRIM_LIMIT_NEGATIVE,
	TRIM_LIMIT_WITHOUT_STRATEGY,
	TRIM_STRATEGIES,
	TRIM_WITHOUT_STRATEGY,
} from "../../resp/errors.ts";
import { ID_INVALID, ID_WHOLE, parseId } from "../../types/stream/id-text.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { tellId } from "./effects.ts";
import { isCharacter, readId } from "./ids.ts";

const MAXLEN = bytesOf("maxlen");
const MINID = bytesOf("minid");
const LIMIT = bytesOf("limit");
const NOMKSTREAM = bytesOf("nomkstream");
const EXACTLY = bytesOf("=");
const STAR = 0x2a;
const TILDE = 0x7e;
const EQUAL = 0x3d;

/** All ids of entries that were are below it. */
const greatest = new StreamId();
greatest.setMax();

const BY_NOTHING = 0;
const BY_LENGTH = 1;
const BY_ID = 2;

/** How XADD gives the id of its entry. */
export const ID_OF_NOW = 0;
export const ID_GIVEN = 1;
export const ID_OF_TIME = 2;

/** An approximate trimming without LIMIT goes through so many full nodes. */
const NODES_MAX = 100;
const LIMIT_DEFAULT = 10_000;
const LIMIT_DEFAULT_MAX = 1_000_000;

/** What XADD and XTRIM say between key and entry: how to trim, and the id. There is one object for all calls. */
export class TrimOptions {
	/** ID_OF_NOW, ID_GIVEN, or ID_OF_TIME where the sequence number is left open. */
	idForm: number;
	readonly id: StreamId;
	makesStream: boolean;
	private strategy: number;
	private isApproximate: boolean;
	/** The argument with the threshold, and the one with LIMIT; 0 for none. */
	private thresholdArgument: number;
	private limitArgument: number;
	private lengthMax: number;
	private readonly idMin: StreamId;
	private limit: number;
	private hasLimit: boolean;

	constructor() {
		this.idForm = ID_OF_NOW;
		this.id = new StreamId();
		this.makesStream = true;
		this.strategy = BY_NOTHING;
		this.isApproximate = false;
		this.thresholdArgument = 0;
		this.limitArgument = 0;
		this.lengthMax = 0;
		this.idMin = new StreamId();
		this.limit = 0;
		this.hasLimit = false;
	}

	/** Reads the arguments of XADD up to the id, and returns its number; -1 after an error reply. */
	readAdd(call: Call): number {
		this.clear();
		let at = 2;
		while (at < call.argc && !isCharacter(call, at, STAR)) {
			const next = this.readOption(call, at, true);
			if (next < 0) return -1;
			if (next === at) {
				if (!this.readEntryId(call, at)) return -1;
				break;
			}
			at = next;
		}
		return at === 2 || this.isConsistent(call, true) ? at : -1;
	}

	/** Reads the arguments of XTRIM; false after an error reply. */
	readTrim(call: Call): boolean {
		this.clear();
		for (let at = 2; at < call.argc; ) {
			const next = this.readOption(call, at, false);
			if (next < 0) return false;
			if (next === at) return fail(call, SYNTAX_ERROR);
			at = next;
		}
		return this.isConsistent(call, false);
	}

	private clear(): void {
		this.idForm = ID_OF_NOW;
		this.makesStream = true;
		this.strategy = BY_NOTHING;
		this.isApproximate = false;
		this.limitArgument = 0;
		this.limit = 0;
		this.hasLimit = false;
	}

	/** Returns the number of the argument behind the option at `at`: the same where it is none, -1 after an error reply. */
	private readOption(call: Call, at: number, isAdd: boolean): number {
		const isLast = at + 1 === call.argc;
		if (!isLast && call.is(at, MAXLEN)) return this.readThreshold(call, at, BY_LENGTH);
		if (!isLast && call.is(at, MINID)) return this.readThreshold(call, at, BY_ID);
		if (!isLast && call.is(at, LIMIT)) {
			this.limit = call.clampedInteger(at + 1);
			this.hasLimit = true;
			this.limitArgument = at;
			if (Number.isNaN(this.limit)) return this.failed(call, NOT_AN_INTEGER);
			return this.limit < 0 ? this.failed(call, TRIM_LIMIT_NEGATIVE) : at + 2;
		}
		if (!isAdd || !call.is(at, NOMKSTREAM)) return at;
		this.makesStream = false;
		return at + 1;
	}

	private readThreshold(call: Call, option: number, strategy: number): number {
		if (this.strategy !== BY_NOTHING) return this.failed(call, TRIM_STRATEGIES);
		let at = option + 1;
		this.isApproximate = false;
		if (at + 1 < call.argc) {
			this.isApproximate = isCharacter(call, at, TILDE);
			if (this.isApproximate || isCharacter(call, at, EQUAL)) at++;
		}
		this.strategy = strategy;
		this.thresholdArgument = at;
		if (strategy === BY_ID) return readId(call, at, this.idMin) ? at + 1 : -1;
		this.lengthMax = call.clampedInteger(at);
		if (Number.isNaN(this.lengthMax)) return this.failed(call, NOT_AN_INTEGER);
		return this.lengthMax < 0 ? this.failed(call, TRIM_LENGTH_NEGATIVE) : at + 1;
	}

	private readEntryId(call: Call, at: number): boolean {
		const form = parseId(call.bytes, call.start(at), call.end(at), false, this.id);
		this.idForm = form === ID_WHOLE ? ID_GIVEN : ID_OF_TIME;
		return form !== ID_INVALID || fail(call, STREAM_ID_INVALID);
	}

	/** Whether the options go together; XADD may do without any. */
	private isConsistent(call: Call, isAdd: boolean): boolean {
		if (this.strategy === BY_NOTHING) {
			if (this.limit > 0) return fail(call, TRIM_LIMIT_WITHOUT_STRATEGY);
			if (!isAdd) return fail(call, TRIM_WITHOUT_STRATEGY);
		}
		// Redis makes the trimming of an effect exact, and leaves the LIMIT in it.
		return !this.hasLimit || this.isApproximate || call.client.isObeyed || fail(call, TRIM_LIMIT_EXACT);
	}

	hasStrategy(): boolean {
		return this.strategy !== BY_NOTHING;
	}

	/** Trims a stream as told; returns how many entries went. */
	trim(stream: Stream, nodeEntries: number): number {
		const limit = !this.isApproximate ? 0 : this.hasLimit ? this.limit : defaultLimit(nodeEntries);
		if (this.strategy === BY_LENGTH) return stream.trimToLength(this.lengthMax, this.isApproximate, limit);
		return stream.trimBefore(this.idMin, this.isApproximate, limit);
	}

	/**
	 * The effect of XADD or XTRIM on what is a stream of this length and first entry now: the threshold that has been
	 * reached takes the place of an approximate one, without LIMIT, and the id of the entry that of what is at `idArgument`.
	 */
	tell(call: Call, stream: Stream, idArgument: number, id: StreamId): void {
		const isExact = !this.hasStrategy() || !this.isApproximate;
		if (isExact && (idArgument === 0 || this.idForm === ID_GIVEN)) return;
		const effect = call.effect(call.argc - (isExact || this.limitArgument === 0 ? 0 : 2));
		for (let i = 0; i < call.argc; i++) {
			if (i === idArgument && i > 0 && this.idForm !== ID_GIVEN) tellId(effect, id);
			else if (isExact) effect.argument(call, i);
			else if (i === this.thresholdArgument - 1) effect.word(EXACTLY);
			else if (i !== this.thresholdArgument) {
				if (i === this.limitArgument && i > 0) i++;
				else effect.argument(call, i);
			} else if (this.strategy === BY_LENGTH) effect.integer(stream.length);
			else tellId(effect, stream.length === 0 ? greatest : stream.firstId);
		}
	}

	private failed(call: Call, error: string): number {
		fail(call, error);
		return -1;
	}
}

function defaultLimit(nodeEntries: number): number {
	const limit = NODES_MAX * nodeEntries;
	return limit <= 0 ? LIMIT_DEFAULT : Math.min(limit, LIMIT_DEFAULT_MAX);
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}
