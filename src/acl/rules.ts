/**
 * The words that make a user: `on >secret ~cache:* +@read (%R~stats:* +get)`. Rules are texts of one character a byte.
 *
 * Invariant: what a refused rule has changed until it was refused is up to it, so rules are tried on a copy.
 */
import type { Digests } from "../adapters/digests.ts";
import { latin1, latin1Bytes } from "../bytes/ascii.ts";
import {
	RULE_AFTER_ALL_CHANNELS,
	RULE_AFTER_ALL_KEYS,
	RULE_BAD_HASH,
	RULE_FIRST_ARGUMENT_OF_SUBCOMMAND,
	RULE_NO_SUCH_PASSWORD,
	RULE_SYNTAX,
	RULE_UNKNOWN_COMMAND,
} from "../resp/access-errors.ts";
import { splitInline } from "../resp/inline.ts";
import { isAbsentCommand } from "./absent-commands.ts";
import { READ, Selector, WRITE } from "./selector.ts";
import type { User } from "./user.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What rules depend on beside their words. */
export interface RuleContext {
	readonly vocabulary: Vocabulary;
	readonly digests: Digests;
	/** Whether new users and selectors have all channels: `acl-pubsub-default`. */
	allChannelsByDefault(): boolean;
	/** A line for the log. */
	warn(line: string): void;
}

/** Names and patterns are parted by blanks in files, so they have none. */
export function hasBlank(text: string): boolean {
	return /[\t-\r \0]/.test(text);
}

/** SHA-256 in hexadecimal, as passwords are kept. */
export function hashOf(password: Uint8Array, digests: Digests): string {
	let text = "";
	for (const byte of digests.sha256(password)) text += byte.toString(16).padStart(2, "0");
	return text;
}

export function newSelector({ vocabulary, allChannelsByDefault }: RuleContext): Selector {
	return new Selector(vocabulary.size, allChannelsByDefault());
}

/** Of a selector whose parenthesis is not closed: where it begins. */
export class OpenSelector {
	readonly word: string;

	constructor(word: string) {
		this.word = word;
	}
}

/** Makes one rule of the words of each selector. */
export function joinSelectors(words: readonly string[]): string[] | OpenSelector {
	const rules: string[] = [];
	let open: string[] | null = null;
	for (const word of words) {
		// Redis, too, forgets an open selector when another one begins.
		if (word.startsWith("(") && !word.endsWith(")")) open = [word];
		else if (open === null) rules.push(word);
		else {
			open.push(word);
			if (!word.endsWith(")")) continue;
			rules.push(open.join(" "));
			open = null;
		}
	}
	return open === null ? rules : new OpenSelector(open[0]!);
}

/** Returns why it is refused, or null. */
export function applyRule(user: User, rule: string, context: RuleContext): string | null {
	if (rule === "") return null;
	const isDone = applyWord(user, rule.toLowerCase(), context);
	if (isDone) return null;
	switch (rule[0]) {
		case ">":
			return addPassword(user, hashOf(latin1Bytes(rule.slice(1)), context.digests));
		case "#":
			return isHash(rule.slice(1)) ? addPassword(user, rule.slice(1)) : RULE_BAD_HASH;
		case "<":
			return removePassword(user, hashOf(latin1Bytes(rule.slice(1)), context.digests));
		case "!":
			return isHash(rule.slice(1)) ? removePassword(user, rule.slice(1)) : RULE_BAD_HASH;
	}
	if (rule.startsWith("(") && rule.endsWith(")")) return addSelector(user, rule.slice(1, -1), context);
	return applySelectorRule(user.root, rule, context);
}

/** Rules that are one word; false where it is none of them. */
function applyWord(user: User, word: string, context: RuleContext): boolean {
	switch (word) {
		case "on":
		case "off":
			user.isOn = word === "on";
			return true;
		case "sanitize-payload":
		case "skip-sanitize-payload":
			user.isTrustedWithPayloads = word === "skip-sanitize-payload";
			return true;
		case "nopass":
		case "resetpass":
			user.needsNoPassword = word === "nopass";
			user.passwords = [];
			return true;
		case "clearselectors":
			user.selectors.length = 1;
			return true;
		case "reset":
			user.isOn = false;
			user.isTrustedWithPayloads = false;
			user.needsNoPassword = false;
			user.passwords = [];
			user.selectors = [newSelector(context)];
			return true;
	}
	return false;
}

function isHash(text: string): boolean {
	return /^[0-9a-f]{64}$/.test(text);
}

function addPassword(user: User, hash: string): null {
	if (!user.passwords.includes(hash)) user.passwords.push(hash);
	user.needsNoPassword = false;
	return null;
}

function removePassword(user: User, hash: string): string | null {
	const at = user.passwords.indexOf(hash);
	if (at < 0) return RULE_NO_SUCH_PASSWORD;
	user.passwords.splice(at, 1);
	return null;
}

function addSelector(user: User, rules: string, context: RuleContext): string | null {
	const words = splitRules(rules);
	if (words === null) return RULE_SYNTAX;
	const selector = newSelector(context);
	for (const word of words) {
		const reason = applySelectorRule(selector, word, context);
		if (reason !== null) return reason;
	}
	user.selectors.push(selector);
	return null;
}

/** Quotes may be used as in a configuration file; null where one stays open. */
function splitRules(rules: string): string[] | null {
	const bytes = latin1Bytes(rules);
	const words: string[] = [];
	const isBalanced = splitInline(bytes, 0, bytes.length, {
		addRange: (start, end) => void words.push(latin1(bytes, start, end)),
	});
	return isBalanced ? words : null;
}

/** Rules that speak of commands, keys and channels. Returns why it is refused, or null. */
export function applySelectorRule(selector: Selector, rule: string, context: RuleContext): string | null {
	switch (rule.toLowerCase()) {
		case "allkeys":
		case "~*":
			selector.setAllKeys(true);
			return null;
		case "resetkeys":
			selector.setAllKeys(false);
			return null;
		case "allchannels":
		case "&*":
			selector.setAllChannels(true);
			return null;
		case "resetchannels":
			selector.setAllChannels(false);
			return null;
		case "allcommands":
		case "+@all":
			selector.setAllCommands(true);
			return null;
		case "nocommands":
		case "-@all":
			selector.setAllCommands(false);
			return null;
	}
	switch (rule[0]) {
		case "~":
		case "%":
			return addKeys(selector, rule);
		case "&":
			return addChannels(selector, rule.slice(1));
		case "+":
		case "-":
			return setCommands(selector, rule, context);
	}
	return RULE_SYNTAX;
}

function addKeys(selector: Selector, rule: string): string | null {
	if (selector.hasAllKeys) return RULE_AFTER_ALL_KEYS;
	let permissions = READ | WRITE;
	let at = 1;
	if (rule.startsWith("%")) {
		permissions = 0;
		for (; at < rule.length && rule[at] !== "~"; at++) {
			const permission = PERMISSIONS.get(rule[at]!.toUpperCase()) ?? 0;
			if (permission === 0 || (permissions & permission) !== 0) return RULE_SYNTAX;
			permissions |= permission;
		}
		at++;
	}
	const pattern = rule.slice(at);
	if (permissions === 0 || hasBlank(pattern)) return RULE_SYNTAX;
	selector.addKeys(pattern, permissions);
	return null;
}

const PERMISSIONS: ReadonlyMap<string, number> = new Map([
	["R", READ],
	["W", WRITE],
]);

function addChannels(selector: Selector, pattern: string): string | null {
	if (selector.hasAllChannels) return RULE_AFTER_ALL_CHANNELS;
	if (hasBlank(pattern)) return RULE_SYNTAX;
	selector.addChannels(pattern);
	return null;
}

function setCommands(selector: Selector, rule: string, context: RuleContext): string | null {
	const { vocabulary } = context;
	const isAllowed = rule.startsWith("+");
	const name = rule.slice(1);
	if (name.startsWith("@")) {
		const commands = vocabulary.category(name.slice(1));
		if (commands === undefined) return RULE_UNKNOWN_COMMAND;
		selector.setCategory(name.slice(1), commands, isAllowed);
		return null;
	}
	if (isAbsentCommand(name)) {
		selector.note(name, isAllowed);
		return null;
	}
	if (isAllowed && name.includes("|")) return allowPart(selector, name, context);
	const command = vocabulary.command(name);
	if (command === undefined) return RULE_UNKNOWN_COMMAND;
	selector.setCommand(command, isAllowed);
	return null;
}

/** A subcommand, or a command with one first argument. */
function allowPart(selector: Selector, name: string, { vocabulary, warn }: RuleContext): string | null {
	const bar = name.lastIndexOf("|");
	const command = vocabulary.command(name.slice(0, bar));
	if (command === undefined) return RULE_UNKNOWN_COMMAND;
	if (command.parent !== null) return RULE_FIRST_ARGUMENT_OF_SUBCOMMAND;
	const part = name.slice(bar + 1);
	if (part === "") return RULE_SYNTAX;
	if (command.subcommands === null) {
		warn(
			"Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get disabled " +
				`in the future (offender: +${name})`,
		);
		selector.allowFirstArgument(command, part);
		return null;
	}
	const subcommand = vocabulary.command(name);
	if (subcommand === undefined) return RULE_UNKNOWN_COMMAND;
	selector.setCommand(subcommand, true);
	return null;
}
