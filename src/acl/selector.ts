import { equalBytes, equalsIgnoreCase, latin1Bytes } from "../bytes/ascii.ts";
import { globMatch } from "../bytes/glob.ts";
import { type Command, NO_AUTH } from "../dispatch/command.ts";
import { KEY_ACCESS, KEY_DELETE, KEY_INSERT, KEY_UPDATE } from "../dispatch/key-rule.ts";
import type { Words } from "../dispatch/keys.ts";

/** What a pattern of keys allows to do with them. */
export const READ = 1 << 0;
export const WRITE = 1 << 1;

/** What an access of a key, KEY_ bits, takes. Some take neither: to ask how long a key is. Then any pattern will do. */
export function permissionsFor(access: number): number {
	const reads = (access & KEY_ACCESS) !== 0 ? READ : 0;
	return (access & (KEY_INSERT | KEY_DELETE | KEY_UPDATE)) !== 0 ? reads | WRITE : reads;
}

interface Pattern {
	/** One character a byte. */
	readonly text: string;
	readonly bytes: Uint8Array;
}

interface KeyPattern extends Pattern {
	/** READ, WRITE or both. */
	permissions: number;
}

/**
 * One set of permissions: commands, keys and channels. A user may do what one of its selectors allows.
 *
 * Commands are a bitmap by their numbers, so that a test is one AND; `rules` keeps what was said, in order, for people to
 * read and for files.
 *
 * Invariant: to apply `rules` in order to all commands, or to none where `includesNewCommands` is false, gives the bitmap
 * and the first arguments.
 */
export class Selector {
	/** It began with all commands: those that come with a later version are included. */
	includesNewCommands: boolean;
	hasAllKeys: boolean;
	hasAllChannels: boolean;
	readonly keys: KeyPattern[];
	readonly channels: Pattern[];
	/** As "+get" and "-@admin". */
	private rules: string[];
	private readonly commandCount: number;
	private readonly commands: Uint32Array;
	/** By number of a command that is not allowed: the first arguments it is allowed with, in lower case. */
	private firstArguments: Map<number, Uint8Array[]> | null;

	constructor(commandCount: number, hasAllChannels: boolean) {
		this.includesNewCommands = false;
		this.hasAllKeys = false;
		this.hasAllChannels = hasAllChannels;
		this.keys = [];
		this.channels = [];
		this.rules = [];
		this.commandCount = commandCount;
		this.commands = new Uint32Array((commandCount + 31) >>> 5);
		this.firstArguments = null;
	}

	copy(): Selector {
		const copy = new Selector(this.commandCount, this.hasAllChannels);
		copy.includesNewCommands = this.includesNewCommands;
		copy.hasAllKeys = this.hasAllKeys;
		for (const key of this.keys) copy.keys.push({ ...key });
		copy.channels.push(...this.channels);
		copy.rules = [...this.rules];
		copy.commands.set(this.commands);
		if (this.firstArguments !== null) {
			copy.firstArguments = new Map([...this.firstArguments].map(([number, words]) => [number, [...words]]));
		}
		return copy;
	}

	// Changes

	setAllCommands(areAllowed: boolean): void {
		this.includesNewCommands = areAllowed;
		this.commands.fill(areAllowed ? 0xffffffff : 0);
		this.firstArguments = null;
		this.rules = [];
	}

	/** A container stands for its subcommands, too. */
	setCommand(command: Command, isAllowed: boolean): void {
		this.change(command, isAllowed);
		this.note(command.fullName, isAllowed);
	}

	setCategory(name: string, commands: readonly Command[], areAllowed: boolean): void {
		for (const command of commands) this.change(command, areAllowed);
		this.note(`@${name}`, areAllowed);
	}

	allowFirstArgument(command: Command, word: string): void {
		this.firstArguments ??= new Map();
		const lower = word.toLowerCase();
		const words = this.firstArguments.get(command.number) ?? [];
		const bytes = latin1Bytes(lower);
		if (!words.some((known) => equalsIgnoreCase(bytes, 0, bytes.length, known))) words.push(bytes);
		this.firstArguments.set(command.number, words);
		this.note(`${command.fullName}|${lower}`, true);
	}

	private change(command: Command, isAllowed: boolean): void {
		this.firstArguments?.delete(command.number);
		this.setBit(command.number, isAllowed);
		if (command.subcommands === null) return;
		for (const subcommand of command.subcommands.values()) this.setBit(subcommand.number, isAllowed);
	}

	private setBit(number: number, isSet: boolean): void {
		const word = number >>> 5;
		if (isSet) this.commands[word]! |= 1 << (number & 31);
		else this.commands[word]! &= ~(1 << (number & 31));
	}

	/** Keeps a rule, which takes the place of earlier ones about the same, and about parts of it. */
	note(about: string, isAllowed: boolean): void {
		const name = about.toLowerCase();
		this.rules = this.rules.filter((rule) => rule.slice(1) !== name && !rule.startsWith(`${name}|`, 1));
		this.rules.push(`${isAllowed ? "+" : "-"}${name}`);
	}

	setAllKeys(areAllowed: boolean): void {
		this.hasAllKeys = areAllowed;
		this.keys.length = 0;
	}

	addKeys(text: string, permissions: number): void {
		const known = this.keys.find((pattern) => pattern.text === text);
		if (known === undefined) this.keys.push({ text, bytes: latin1Bytes(text), permissions });
		else known.permissions |= permissions;
	}

	setAllChannels(areAllowed: boolean): void {
		this.hasAllChannels = areAllowed;
		this.channels.length = 0;
	}

	addChannels(text: string): void {
		if (!this.channels.some((pattern) => pattern.text === text)) this.channels.push({ text, bytes: latin1Bytes(text) });
	}

	// Questions

	/** Whether the command may be run at all; its words begin at number `offset`. */
	mayRun(command: Command, words: Words, offset: number, argc: number): boolean {
		const { number } = command;
		if ((this.commands[number >>> 5]! & (1 << (number & 31))) !== 0) return true;
		if ((command.flags & NO_AUTH) !== 0) return true;
		const allowed = this.firstArguments?.get(number);
		if (allowed === undefined || argc < 2) return false;
		const start = words.start(offset + 1);
		const end = words.end(offset + 1);
		return allowed.some((word) => equalsIgnoreCase(words.bytes, start, end, word));
	}

	/** Whether bytes [start, end) are a key with which all of `permissions` may be done. */
	mayUseKey(bytes: Uint8Array, start: number, end: number, permissions: number): boolean {
		if (this.hasAllKeys) return true;
		const { keys } = this;
		for (let i = 0; i < keys.length; i++) {
			const pattern = keys[i]!;
			if ((pattern.permissions & permissions) !== permissions) continue;
			if (globMatch(pattern.bytes, 0, pattern.bytes.length, bytes, start, end, false)) return true;
		}
		return false;
	}

	mayReadAllKeys(): boolean {
		return this.hasAllKeys || this.keys.some(({ text, permissions }) => text === "*" && (permissions & READ) !== 0);
	}

	/** A pattern to listen to has to be one of ours, letter by letter: what it matches could be anything. */
	mayUseChannel(bytes: Uint8Array, start: number, end: number, isPattern: boolean): boolean {
		if (this.hasAllChannels) return true;
		const { channels } = this;
		for (let i = 0; i < channels.length; i++) {
			const { bytes: own } = channels[i]!;
			if (isPattern) {
				if (own.length === end - start && equalBytes(own, 0, bytes, start, own.length)) return true;
			} else if (globMatch(own, 0, own.length, bytes, start, end, false)) return true;
		}
		return false;
	}

	/** Whether there is nothing that it does not allow. */
	isUnrestricted(): boolean {
		if (!this.hasAllKeys || !this.hasAllChannels) return false;
		for (let number = 0; number < this.commandCount; number++) {
			if ((this.commands[number >>> 5]! & (1 << (number & 31))) === 0) return false;
		}
		return true;
	}

	// In words

	/** Rules that give the same keys back, each as "~a*" or "%R~b*". */
	keyRules(): string[] {
		if (this.hasAllKeys) return ["~*"];
		return this.keys.map(({ text, permissions }) => {
			// As "~*" it would mean more, and nothing could stand behind it.
			const prefix = text === "*" && permissions === (READ | WRITE) ? "%RW~" : PREFIXES[permissions]!;
			return prefix + text;
		});
	}

	channelRules(): string[] {
		return this.hasAllChannels ? ["&*"] : this.channels.map(({ text }) => `&${text}`);
	}

	commandRules(): string[] {
		return [this.includesNewCommands ? "+@all" : "-@all", ...this.rules];
	}

	/** As ACL LIST shows it. */
	describe(): string {
		const channels = this.hasAllChannels ? this.channelRules() : ["resetchannels", ...this.channelRules()];
		return [...this.keyRules(), ...channels, ...this.commandRules()].join(" ");
	}
}

/** By permissions. */
const PREFIXES = ["", "%R~", "%W~", "~"];
