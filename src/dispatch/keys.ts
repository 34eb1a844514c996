import { equalsIgnoreCase, latin1 } from "../bytes/ascii.ts";
import { parseInteger } from "../bytes/int64.ts";
import { type Command, NO_MANDATORY_KEYS } from "./command.ts";
import { type Argument, wordsOf } from "./grammar.ts";
import {
	accessBits,
	BEGIN_INDEX,
	BEGIN_KEYWORD,
	FIND_COUNT,
	KEY_ACCESS,
	KEY_DELETE,
	KEY_INCOMPLETE,
	KEY_INSERT,
	KEY_NOT_KEY,
	KEY_OW,
	KEY_RM,
	KEY_RO,
	KEY_RW,
	KEY_UPDATE,
	type KeyRule,
} from "./key-rule.ts";

/** Bits that say what happens to a key; the rest of an access speaks of the rule. */
const KEY_EFFECTS = KEY_RO | KEY_RW | KEY_OW | KEY_RM | KEY_ACCESS | KEY_UPDATE | KEY_INSERT | KEY_DELETE;

/** Words of a command as ranges of one buffer; a `Call` is one. */
export interface Words {
	readonly bytes: Uint8Array;
	start(word: number): number;
	end(word: number): number;
}

/**
 * Which words of a command are its keys, and what happens to each: for COMMAND GETKEYS, for ACL rules, for the slots of a
 * cluster.
 *
 * The finder is reused: `count`, `positions` and `access` are good until the next search. Words are numbered from the
 * command's name (or its container's), which is 0.
 */
export class KeyFinder {
	count: number;
	positions: Int32Array;
	/** KEY_ bits of each. */
	access: Int32Array;
	private words: Words;
	/** Where in `words` the command begins, and how many words it has. */
	private offset: number;
	private argc: number;

	constructor() {
		this.count = 0;
		this.positions = new Int32Array(16);
		this.access = new Int32Array(16);
		this.words = { bytes: new Uint8Array(0), start: () => 0, end: () => 0 };
		this.offset = 0;
		this.argc = 0;
	}

	/** False where the words cannot be what the command takes: too few keys for their number, a keyword missing. */
	find(command: Command, words: Words, offset: number, argc: number): boolean {
		if (!this.findKnown(command, words, offset, argc)) this.count = 0;
		return this.count > 0 || command.keyRules.length === 0 || (command.flags & NO_MANDATORY_KEYS) !== 0;
	}

	/**
	 * The same, but of words that do not fit those keys are found that can be: whoever gives them to a command that takes
	 * less than its rules say, as PFMERGE one key alone, has to have a right to them. False where some do not fit.
	 */
	findKnown(command: Command, words: Words, offset: number, argc: number): boolean {
		this.words = words;
		this.offset = offset;
		this.argc = argc;
		this.count = 0;
		const { keyRules } = command;
		let walked = false;
		let fitsAll = true;
		for (let i = 0; i < keyRules.length; i++) {
			const rule = keyRules[i]!;
			if ((rule.access & KEY_NOT_KEY) !== 0) continue;
			let fits = true;
			if (rule.begin === BEGIN_INDEX) fits = rule.index < argc && this.findFrom(rule, rule.index);
			else if (rule.begin === BEGIN_KEYWORD) {
				if ((rule.access & KEY_INCOMPLETE) !== 0) fits = this.findInstead(command, rule);
				else {
					const at = this.findKeyword(rule);
					fits = at < 0 || this.findFrom(rule, at + 1);
				}
			} else if (!walked) {
				walked = true;
				this.findByTokens(command);
			}
			if (!fits) fitsAll = false;
		}
		return fitsAll;
	}

	private findFrom(rule: KeyRule, begin: number): boolean {
		const { argc } = this;
		let first = begin;
		let last = 0;
		if (rule.find === FIND_COUNT) {
			const at = begin + rule.keyNumberIndex;
			if (at >= argc) return false;
			const { words, offset } = this;
			const keys = parseInteger(words.bytes, words.start(offset + at), words.end(offset + at));
			if (!(keys >= 1 && keys <= argc)) return false;
			first = begin + rule.firstKey;
			last = first + (keys - 1) * rule.step;
		} else if (rule.last >= 0) last = first + rule.last;
		else if (rule.limit < 2) last = argc + rule.last;
		else last = first + Math.floor((argc - first) / rule.limit) + rule.last;
		if (last >= argc) return false;
		const access = this.accessOf(rule);
		for (let at = first; at <= last; at += rule.step) this.add(at, access);
		return true;
	}

	/**
	 * As in MIGRATE … "" … KEYS key: what is behind the keyword stands in for an empty key, and for no other. The keyword is
	 * one of the options, and may be the value of another one.
	 */
	private findInstead(command: Command, rule: KeyRule): boolean {
		const { words, offset, argc } = this;
		const options = (command.row.args ?? []).flatMap(tokensOf);
		let word = firstOption(command);
		let option: Argument | undefined;
		for (; word < argc; word += option === undefined ? 1 : wordsOf(option)) {
			const text = this.text(word);
			option = options.find((candidate) => candidate.token.toLowerCase() === text);
			if (option?.type === "key") break;
		}
		if (word >= argc - 1) return true;
		const key = offset + this.positions[0]!;
		const isEmpty = this.count === 1 && words.start(key) === words.end(key);
		if (isEmpty) this.count = 0;
		return this.findFrom(rule, word + 1) && isEmpty;
	}

	private accessOf({ access, variable }: KeyRule): number {
		if (variable === null) return access & KEY_EFFECTS;
		const { words, offset } = this;
		for (let word = variable.from; word < this.argc; word++) {
			const at = offset + word;
			for (const wanted of variable.words) {
				if (equalsIgnoreCase(words.bytes, words.start(at), words.end(at), wanted)) return variable.present;
			}
		}
		return variable.absent;
	}

	/** The word that is the rule's keyword, or -1. The last word of a command is followed by nothing. */
	private findKeyword({ startFrom, keywordBytes }: KeyRule): number {
		const step = startFrom < 0 ? -1 : 1;
		let word = startFrom < 0 ? this.argc + startFrom : startFrom;
		for (; word > 0 && word < this.argc - 1; word += step) {
			const { words, offset } = this;
			if (equalsIgnoreCase(words.bytes, words.start(offset + word), words.end(offset + word), keywordBytes))
				return word;
		}
		return -1;
	}

	/**
	 * Keys behind words that may stand anywhere among the options, as SORT's STORE: walks along the options by the grammar,
	 * so that a value that looks like such a word is not taken for one. Of a word given twice the last counts.
	 */
	private findByTokens(command: Command): void {
		const options = (command.row.args ?? []).flatMap(tokensOf);
		const found = new Map<Argument, number>();
		let word = firstOption(command);
		while (word < this.argc) {
			const text = this.text(word);
			const option = options.find((candidate) => candidate.token.toLowerCase() === text);
			if (option?.type === "key" && word + 1 < this.argc) found.set(option, word + 1);
			word += option === undefined ? 1 : wordsOf(option);
		}
		for (const [{ access }, at] of found) this.add(at, accessBits(access) & KEY_EFFECTS);
	}

	/** A word in lower case. */
	private text(word: number): string {
		const { words, offset } = this;
		return latin1(words.bytes, words.start(offset + word), words.end(offset + word)).toLowerCase();
	}

	private add(position: number, access: number): void {
		if (this.count === this.positions.length) {
			const positions = new Int32Array(2 * this.count);
			const accesses = new Int32Array(2 * this.count);
			positions.set(this.positions);
			accesses.set(this.access);
			this.positions = positions;
			this.access = accesses;
		}
		this.positions[this.count] = position;
		this.access[this.count] = access;
		this.count++;
	}
}

/** The word behind those that every call of the command has. */
function firstOption({ parent, row }: Command): number {
	let word = parent === null ? 1 : 2;
	for (const part of row.args ?? []) {
		if (part.optional || part.multiple) break;
		word += wordsOf(part);
	}
	return word;
}

/** The arguments that begin with a literal word, those inside choices too. */
function tokensOf(part: Argument): Argument[] {
	if (part.token !== "") return [part];
	return part.type === "oneof" ? part.children.flatMap(tokensOf) : [];
}
