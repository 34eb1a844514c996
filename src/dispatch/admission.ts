import { bytesOf, latin1 } from "../bytes/ascii.ts";
import {
	LOADING_DATA,
	MASTER_DOWN,
	NO_KEYS_FOR_SPECTATORS,
	NOAUTH,
	NOT_IN_TRANSACTION,
	notWhileSubscribed,
	OUT_OF_MEMORY,
	READ_ONLY_REPLICA,
	TOO_FEW_REPLICAS,
	unknownCommand,
	unknownSubcommand,
	wrongArity,
} from "../resp/errors.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import {
	DENYOOM,
	LOADING,
	NO_ASYNC_LOADING,
	NO_MULTI,
	NOT_QUEUED,
	QUEUED_FLAGS_COUNT,
	REFUSED_WITH_WRITES,
	STALE,
	WRITE,
} from "./flags.ts";
import {
	GATE_BUSY,
	GATE_CROWDED,
	GATE_LOADING,
	GATE_LOADING_ASIDE,
	GATE_LOGIN,
	GATE_MEMORY,
	GATE_PAUSE,
	GATE_PERMISSIONS,
	GATE_PROTECTED,
	GATE_READONLY,
	GATE_REPLICAS,
	GATE_SPECTATOR,
	GATE_STALE,
	GATE_SUBSCRIBED,
	GATE_WRITES,
} from "./gates.ts";
import type { Performer } from "./perform.ts";

/** What may become of a command that has met a shut gate. */
export const ADMITTED = 0;
export const REFUSED = 1;
/** It has to wait: CLIENT PAUSE. */
export const WAITS = 2;

/**
 * The checks before a call, for commands that meet a shut gate, have the wrong number of arguments or are unknown: in
 * Redis's order, as the first one that fails says the error.
 */
export class Admission {
	/** What was found out about the call that was checked last: its command, null for none; and why it was refused. */
	command: Command | null;
	/** Of a script those that it says itself; of EXEC also those of what was queued. */
	flags: number;
	error: string;
	/** Is told of every command while GATE_CROWDED is shut. */
	trackedKeys: { keepLimit(call: Call): void } | null;
	private readonly performer: Performer;

	constructor(performer: Performer) {
		this.command = null;
		this.flags = 0;
		this.error = "";
		this.trackedKeys = null;
		this.performer = performer;
	}

	/** ADMITTED, REFUSED or WAITS; `found` is what the name of the command stands for. */
	check(call: Call, found: Command | null): number {
		const { client } = call;
		this.command = null;
		client.lastCommand = null;
		if (found === null) return this.refuseUnknown(call);
		let command = found;
		if (command.subcommands !== null && call.argc > 1) {
			const name = call.latin1(1);
			const sub: Command | undefined = command.subcommands.get(name.toLowerCase());
			if (sub === undefined) return this.refuse(unknownSubcommand(quoted(call, 1), command.row.name));
			command = sub;
		}
		this.command = command;
		client.lastCommand = command;
		if (!command.accepts(call.argc)) return this.refuse(wrongArity(command.fullName));
		return this.checkGates(call, command);
	}

	private checkGates(call: Call, command: Command): number {
		const { client } = call;
		const { gates, observer, writeRefusal } = this.performer;
		const shut = command.gates & (gates | client.gates) & client.heeds;
		if ((shut & GATE_PROTECTED) !== 0) {
			const error = observer.protectedCommandError(command, client);
			if (error !== null) return this.refuse(error);
		}
		if ((shut & GATE_LOGIN) !== 0) return this.refuse(NOAUTH);
		const { transaction } = client;
		if (transaction !== null && (command.flags & NO_MULTI) !== 0) return this.refuse(NOT_IN_TRANSACTION);
		if ((shut & GATE_PERMISSIONS) !== 0) {
			const error = client.permissions!.refusal(call, command, transaction === null ? "toplevel" : "multi");
			if (error !== null) return this.refuse(error);
		}
		let { flags } = command;
		// No script is looked at in the middle of another one, or before all data is there: it is refused below.
		if ((shut & (GATE_BUSY | GATE_LOADING)) === 0) flags = command.row.flagsOfScript?.(call) ?? flags;
		// Those that it has, and all that was queued.
		let common = flags;
		if (transaction !== null && (flags & QUEUED_FLAGS_COUNT) !== 0) {
			flags |= transaction.flags;
			common &= transaction.commonFlags;
		}
		this.flags = flags;
		const isQueued = transaction !== null && (flags & NOT_QUEUED) === 0;
		// What is queued takes memory, too.
		if (((shut | (isQueued ? gates : 0)) & GATE_MEMORY) !== 0) {
			const isFull = !observer.makesRoom();
			this.performer.isOutOfMemory = isFull;
			if (isFull && (isQueued || (flags & DENYOOM) !== 0)) return this.refuse(OUT_OF_MEMORY);
		}
		if ((shut & GATE_CROWDED) !== 0) this.trackedKeys?.keepLimit(call);
		if ((shut & GATE_WRITES) !== 0 && (flags & (WRITE | REFUSED_WITH_WRITES)) !== 0) {
			return this.refuse(writeRefusal!);
		}
		if ((flags & WRITE) !== 0) {
			if ((shut & GATE_REPLICAS) !== 0) return this.refuse(TOO_FEW_REPLICAS);
			if ((shut & GATE_READONLY) !== 0) return this.refuse(READ_ONLY_REPLICA);
		}
		if ((shut & GATE_SUBSCRIBED) !== 0 && client.protocol === 2) {
			return this.refuse(notWhileSubscribed(command.fullName));
		}
		if ((shut & GATE_STALE) !== 0 && (common & STALE) === 0) return this.refuse(MASTER_DOWN);
		if ((shut & GATE_LOADING) !== 0 && (common & LOADING) === 0) return this.refuse(LOADING_DATA);
		if ((shut & GATE_LOADING_ASIDE) !== 0 && (flags & NO_ASYNC_LOADING) !== 0) return this.refuse(LOADING_DATA);
		if ((shut & GATE_BUSY) !== 0) return client.isObeyed ? WAITS : this.refuse(this.performer.busyError);
		if ((shut & GATE_SPECTATOR) !== 0) return this.refuse(NO_KEYS_FOR_SPECTATORS);
		return (shut & GATE_PAUSE) !== 0 && observer.holdsBack(flags, client) ? WAITS : ADMITTED;
	}

	private refuse(error: string): number {
		this.error = error;
		return REFUSED;
	}

	private refuseUnknown(call: Call): number {
		if (call.is(0, POST) || call.is(0, HOST)) {
			call.client.closing = true;
			this.performer.observer.webRequestReceived(call.client);
			return this.refuse("");
		}
		return this.refuse(unknownCommand(quoted(call, 0), quotedArguments(call)));
	}
}

/** The first arguments as the error for an unknown command quotes them, up to about 128 characters in all. */
function quotedArguments(call: Call): string {
	let text = "";
	for (let i = 1; i < call.argc && text.length < QUOTED_CHARACTERS_MAX; i++) {
		text += `'${quoted(call, i, QUOTED_CHARACTERS_MAX - text.length)}' `;
	}
	return text;
}

/** First words of HTTP requests. */
const POST = bytesOf("post");
const HOST = bytesOf("host:");

const QUOTED_CHARACTERS_MAX = 128;

/** An argument as error texts show it: up to a zero byte, where a C string would end, and not too long. */
function quoted(call: Call, argument: number, charactersMax = QUOTED_CHARACTERS_MAX): string {
	const start = call.start(argument);
	const text = latin1(call.bytes, start, Math.min(call.end(argument), start + charactersMax));
	const zero = text.indexOf("\0");
	return zero < 0 ? text : text.slice(0, zero);
}
