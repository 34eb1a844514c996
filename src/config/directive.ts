/**
 * What a row of the directive table is made of. A type knows how to read the words behind a directive's name, and the
 * row adds what is true of that one directive; nothing else in the program knows a directive by name.
 *
 * Invariant: the lines of a setting, read in order, give an equal setting back.
 */
import type { Files } from "../adapters/files.ts";
import { assert } from "../bytes/assert.ts";

/** A value together with the text CONFIG GET shows for it, which stays exact where a number would be rounded. */
export interface Setting<Value> {
	readonly value: Value;
	readonly text: string;
}

/** Why words are no value, in the text that follows the dash of CONFIG SET's error. */
export class Refusal {
	readonly reason: string;

	constructor(reason: string) {
		this.reason = reason;
	}
}

/** One line CONFIG REWRITE may write, without the directive's name. */
export interface RewriteLine {
	readonly words: string;
	/** Written even where the old file has no line to put it in. */
	readonly isNew: boolean;
}

export interface DirectiveType<Value> {
	/** `isFurther`: an earlier line of the same configuration gave the directive already. */
	read(words: readonly string[], current: Setting<Value> | undefined, isFurther: boolean): Setting<Value> | Refusal;
	/** Lines that together give the setting back when read in order. */
	lines(setting: Setting<Value>, initial: Setting<Value>): readonly RewriteLine[];
}

export interface Traits<Value> {
	/** Older names of the same directive. */
	readonly aliases?: readonly string[];
	/** Names that others have for it: patterns of CONFIG GET pass them by. */
	readonly foreignNames?: readonly string[];
	/** True: only the start can give it. */
	readonly immutable?: boolean;
	/** CONFIG SET needs enable-protected-configs. */
	readonly protected?: boolean;
	/** Patterns of CONFIG GET pass it by; its exact name finds it. */
	readonly hidden?: boolean;
	/** CONFIG REWRITE writes it even where it has its default. */
	readonly alwaysWritten?: boolean;
	/** The value names something that may have changed behind it, a file: to be given the same value is a change, too. */
	readonly isReference?: boolean;
	/** Makes a value true at the moment it is given; returns the text it has become. Throws where that fails. */
	settle?(value: Value, files: Files): string;
	/** Values that need a capability which is not built yet. Take the field away when it is. */
	pending?(value: Value): boolean;
}

export interface Directive<Value> extends Traits<Value> {
	readonly type: DirectiveType<Value>;
	readonly initial: Setting<Value>;
	/** One sentence for people. */
	readonly doc: string;
}

/** `initial` is written as in a configuration file. */
export function directive<Value>(
	type: DirectiveType<Value>,
	initial: string,
	doc: string,
	traits: Traits<NoInfer<Value>> = {},
): Directive<Value> {
	const setting = type.read([initial], undefined, false);
	assert(!(setting instanceof Refusal), `${initial} is no value of its own type: ${doc}`);
	return { type, initial: setting, doc, ...traits };
}

/** A line of a configuration that is no setting. */
export interface Statement {
	readonly wordsMin: number;
	readonly wordsMax: number;
	readonly doc: string;
	/** Read and forgotten. */
	readonly isObsolete?: boolean;
	/** Needs a capability which is not built yet. Take the field away when it is. */
	readonly pending?: boolean;
}

// What `pending` is in most rows.

export function isOn(value: boolean): boolean {
	return value;
}

export function isNonZero(value: number): boolean {
	return value !== 0;
}

export function isGiven(value: string | readonly unknown[]): boolean {
	return value.length > 0;
}
