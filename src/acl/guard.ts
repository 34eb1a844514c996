import type { Call } from "../dispatch/call.ts";
import type { Client, CommandContext } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import { KeyFinder, type Words } from "../dispatch/keys.ts";
import {
	deniedInScript,
	NO_PERMISSION_FOR_CHANNEL,
	NO_PERMISSION_FOR_KEY,
	noPermissionForCommand,
	noPermissionForThis,
	permissionsChanged,
	QUEUED_CHANNEL_DENIED,
	QUEUED_COMMAND_DENIED,
	QUEUED_KEY_DENIED,
} from "../resp/access-errors.ts";
import type { AccessLog } from "./access-log.ts";
import { ALLOWED, DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from "./denial.ts";
import { permissionsFor, type Selector } from "./selector.ts";
import type { User } from "./user.ts";

/** How a client is shown in the log. */
export type ClientDescription = (client: Client, now_ms: number) => string;

/**
 * Decides whether a user may run a command, and remembers who was refused what. A command whose keys stand at fixed
 * places is judged without an allocation.
 */
export class Guard {
	readonly log: AccessLog;
	private readonly describeClient: ClientDescription;
	private readonly finder: KeyFinder;
	/** The keys of the command at hand are found. */
	private hasKeys: boolean;
	/** The key or channel that was denied last, as a word of the command; 0 where it was the command itself. */
	private word: number;

	constructor(log: AccessLog, describeClient: ClientDescription) {
		this.log = log;
		this.describeClient = describeClient;
		this.finder = new KeyFinder();
		this.hasKeys = false;
		this.word = 0;
	}

	/** The error for a client that runs into it, or null. */
	refusal(user: User, call: Call, command: Command, context: CommandContext): string | null {
		const reason = this.judge(user, command, call, 0, call.argc);
		if (reason === ALLOWED) return null;
		const { client } = call;
		client.lastCommand = command;
		const object = reason === DENIED_COMMAND ? command.fullName : call.latin1(this.word);
		this.note(client, reason, context, object, user.name, call.keyspace.now_ms);
		if (context === "exec") return permissionsChanged(QUEUED_REASONS[reason]!);
		const text = REASONS[reason] ?? noPermissionForCommand(user.name, command.fullName);
		return context === "lua" ? deniedInScript(text) : `NOPERM ${text}`;
	}

	/** Asks, and remembers nothing. */
	mayRun(user: User, call: Call, command: Command): boolean {
		return this.judge(user, command, call, 0, call.argc) === ALLOWED;
	}

	note(client: Client, reason: number, context: CommandContext, object: string, user: string, now_ms: number): void {
		const place = context === "exec" ? "multi" : context;
		this.log.add({ reason, context: place, object, user, client: this.describeClient(client, now_ms) }, now_ms);
	}

	/** What ACL DRYRUN says of a command that begins at word `offset`; null: it would run. */
	dryRun(user: User, command: Command, words: Call, offset: number): string | null {
		const reason = this.judge(user, command, words, offset, words.argc - offset);
		if (reason === ALLOWED) return null;
		if (reason === DENIED_COMMAND) return noPermissionForCommand(user.name, command.fullName);
		return noPermissionForThis(user.name, reason === DENIED_KEY ? "key" : "channel", words.latin1(offset + this.word));
	}

	/** Whether one selector allows both the command and to read every key. */
	mayReadAllKeys(user: User, call: Call, command: Command): boolean {
		this.hasKeys = false;
		return user.selectors.some(
			(selector) => this.judgeBy(selector, command, call, 0, call.argc) === ALLOWED && selector.mayReadAllKeys(),
		);
	}

	private judge({ selectors }: User, command: Command, words: Words, offset: number, argc: number): number {
		this.hasKeys = false;
		this.word = 0;
		let worst = DENIED_COMMAND;
		let worstWord = 0;
		for (let i = 0; i < selectors.length; i++) {
			const reason = this.judgeBy(selectors[i]!, command, words, offset, argc);
			if (reason === ALLOWED) return ALLOWED;
			if (reason < worst || (reason === worst && this.word <= worstWord)) continue;
			worst = reason;
			worstWord = this.word;
		}
		this.word = worstWord;
		return worst;
	}

	private judgeBy(selector: Selector, command: Command, words: Words, offset: number, argc: number): number {
		if (!selector.mayRun(command, words, offset, argc)) return DENIED_COMMAND;
		if (command.hasKeys && !selector.hasAllKeys) {
			const { finder } = this;
			if (!this.hasKeys) finder.findKnown(command, words, offset, argc);
			this.hasKeys = true;
			for (let i = 0; i < finder.count; i++) {
				const word = finder.positions[i]!;
				const at = offset + word;
				const permissions = permissionsFor(finder.access[i]!);
				if (selector.mayUseKey(words.bytes, words.start(at), words.end(at), permissions)) continue;
				this.word = word;
				return DENIED_KEY;
			}
		}
		const { channels } = command.row;
		if (channels === undefined || selector.hasAllChannels) return ALLOWED;
		const last = channels.last < 0 ? argc + channels.last : channels.last;
		for (let word = channels.first; word <= last; word++) {
			const at = offset + word;
			if (selector.mayUseChannel(words.bytes, words.start(at), words.end(at), channels.isPattern)) continue;
			this.word = word;
			return DENIED_CHANNEL;
		}
		return ALLOWED;
	}
}

/** By DENIED_. */
const REASONS: Readonly<Record<number, string>> = {
	[DENIED_KEY]: NO_PERMISSION_FOR_KEY,
	[DENIED_CHANNEL]: NO_PERMISSION_FOR_CHANNEL,
};
const QUEUED_REASONS: Readonly<Record<number, string>> = {
	[DENIED_COMMAND]: QUEUED_COMMAND_DENIED,
	[DENIED_KEY]: QUEUED_KEY_DENIED,
	[DENIED_CHANNEL]: QUEUED_CHANNEL_DENIED,
};
