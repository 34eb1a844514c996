import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	GROUP_OPTION_MISSING,
	GROUP_OPTION_OF_XREAD,
	NOACK_OPTION_OF_XREAD,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
	TIMEOUT_NEGATIVE,
	TIMEOUT_NOT_AN_INTEGER,
	TIMEOUT_OUT_OF_RANGE,
	unbalancedStreams,
} from "../../resp/errors.ts";

const BLOCK = bytesOf("block");
const COUNT = bytesOf("count");
const STREAMS = bytesOf("streams");
const GROUP = bytesOf("group");
const NOACK = bytesOf("noack");
const INT64_MAX = 2n ** 63n - 1n;

/** What XREAD and XREADGROUP say before their streams. There is one object for all calls. */
export class ReadOptions {
	/** NaN where there is nothing to wait for, 0 for ever. */
	timeout_ms: number;
	/** How many entries of each stream at most; Infinity for all. */
	limit: number;
	acknowledges: boolean;
	/** The argument with the name of the group, which is followed by that of the consumer; 0 for none. */
	group: number;
	/** The first key, and how many there are; as many ids follow. */
	firstKey: number;
	keyCount: number;

	constructor() {
		this.timeout_ms = Number.NaN;
		this.limit = Infinity;
		this.acknowledges = false;
		this.group = 0;
		this.firstKey = 0;
		this.keyCount = 0;
	}

	/** False after an error reply. */
	read(call: Call, isGroup: boolean): boolean {
		this.timeout_ms = Number.NaN;
		this.limit = Infinity;
		this.acknowledges = false;
		this.group = 0;
		this.firstKey = 0;
		for (let at = 1; at < call.argc && this.firstKey === 0; ) {
			at = this.readOption(call, at, isGroup);
			if (at < 0) return false;
		}
		if (this.firstKey === 0) return fail(call, SYNTAX_ERROR);
		return !isGroup || this.group > 0 || fail(call, GROUP_OPTION_MISSING);
	}

	/** Returns the number of the next argument, -1 after an error reply. */
	private readOption(call: Call, at: number, isGroup: boolean): number {
		const more = call.argc - at - 1;
		if (more > 0 && call.is(at, COUNT)) return this.readCount(call, at + 1) ? at + 2 : -1;
		if (more > 0 && call.is(at, BLOCK)) return this.readTimeout(call, at + 1) ? at + 2 : -1;
		if (more > 0 && call.is(at, STREAMS)) return this.readStreams(call, at + 1, isGroup) ? call.argc : -1;
		if (more > 1 && call.is(at, GROUP)) {
			this.group = at + 1;
			return isGroup ? at + 3 : failed(call, GROUP_OPTION_OF_XREAD);
		}
		if (!call.is(at, NOACK)) return failed(call, SYNTAX_ERROR);
		this.acknowledges = true;
		return isGroup ? at + 1 : failed(call, NOACK_OPTION_OF_XREAD);
	}

	private readCount(call: Call, at: number): boolean {
		const count = call.clampedInteger(at);
		if (Number.isNaN(count)) return fail(call, NOT_AN_INTEGER);
		this.limit = count > 0 ? count : Infinity;
		return true;
	}

	private readTimeout(call: Call, at: number): boolean {
		const timeout_ms = call.clampedInteger(at);
		if (Number.isNaN(timeout_ms)) return fail(call, TIMEOUT_NOT_AN_INTEGER);
		if (timeout_ms < 0) return fail(call, TIMEOUT_NEGATIVE);
		// The moment at which it is over has to be an int64.
		if (timeout_ms === Number.MAX_SAFE_INTEGER) {
			if (BigInt(call.latin1(at)) > INT64_MAX - BigInt(call.keyspace.now_ms)) return fail(call, TIMEOUT_OUT_OF_RANGE);
		}
		this.timeout_ms = timeout_ms;
		return true;
	}

	private readStreams(call: Call, at: number, isGroup: boolean): boolean {
		const words = call.argc - at;
		if (words % 2 !== 0) return fail(call, unbalancedStreams(call.command.fullName, isGroup ? ">" : "$"));
		this.firstKey = at;
		this.keyCount = words / 2;
		return true;
	}
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}

function failed(call: Call, error: string): number {
	call.reply.error(error);
	return -1;
}
