/**
 * The configuration of one server: what the directives are set to, and CONFIG GET, SET and REWRITE.
 *
 * Invariant: `values` always holds what was accepted last. CONFIG SET changes all it names or nothing: listeners hear of
 * a change after it was made, and when one of them refuses, all is put back and told again.
 */
import type { Files } from "../adapters/files.ts";
import { bytesOf } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { globMatch } from "../bytes/glob.ts";
import { SYNTAX_ERROR } from "../resp/errors.ts";
import { type Directive, Refusal, type Setting, type Statement } from "./directive.ts";
import { type DirectiveName, directives, type StatementName, statements, type Values } from "./directives.ts";
import { ConfigError, type ConfigLine, type ConfigSource, configLines } from "./parse.ts";
import { type RewriteEntry, rewriteConfiguration } from "./rewrite.ts";
import { systemErrorText } from "./system-error.ts";

/** Makes a new value true; a text says why that cannot be. */
export type ChangeListener<Value> = (value: Value) => string | undefined;

/** A line such as `rename-command GET ""`: kept for whoever understands it. */
export interface StatementLine {
	readonly name: StatementName;
	readonly words: readonly string[];
	/** Where it stands. */
	readonly line: ConfigLine;
}

/** One directive of this server. */
interface Entry {
	readonly name: DirectiveName;
	readonly directive: Directive<unknown>;
	setting: Setting<unknown>;
	readonly listeners: ChangeListener<unknown>[];
}

/** A name CONFIG GET lists: a directive's own or an older one. */
interface Listed {
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly entry: Entry;
	/** Found by its exact name only. */
	readonly isHidden: boolean;
}

export class Config {
	readonly values: Values;
	readonly statements: StatementLine[];
	private readonly files: Files;
	private readonly current: Record<string, unknown>;
	private readonly entries: readonly Entry[];
	/** By every name, in the order of the table. */
	private readonly listed: ReadonlyMap<string, Listed>;

	/** All directives have their defaults; `dir` is where the process is. */
	constructor(files: Files) {
		this.statements = [];
		this.files = files;
		this.current = {};
		this.values = this.current as Values;
		this.entries = Object.entries<Directive<unknown>>(directives).map(([name, directive]) => ({
			name: name as DirectiveName,
			directive,
			setting: directive.initial,
			listeners: [],
		}));
		const listed = new Map<string, Listed>();
		for (const entry of this.entries) {
			this.place(entry, entry.directive.initial);
			const { aliases = [], foreignNames = [], hidden = false } = entry.directive;
			for (const name of [entry.name, ...aliases, ...foreignNames]) {
				const isHidden = hidden || foreignNames.includes(name);
				listed.set(name, { name, bytes: bytesOf(name), entry, isHidden });
			}
		}
		this.listed = listed;
	}

	/** Reads a whole configuration; throws a ConfigError that says where it is wrong. Listeners are not called. */
	load(sources: readonly ConfigSource[]): void {
		const given = new Map<Entry, ConfigLine>();
		for (const line of configLines(sources, this.files)) {
			const [name, ...words] = line.words;
			const entry = this.listed.get(name.toLowerCase())?.entry;
			if (entry === undefined) this.addStatement(name.toLowerCase(), words, line);
			else {
				const reason = this.change(entry, words, given.has(entry));
				if (reason !== undefined) throw ConfigError.at(line, reason);
				given.set(entry, line);
			}
		}
		// Only now: a list given in several lines is judged as a whole.
		for (const [entry, line] of given) {
			const reason = pendingReason(entry, entry.setting);
			if (reason !== undefined) throw ConfigError.at(line, reason);
		}
	}

	/**
	 * CONFIG GET: names and texts in the order of the patterns. A name without wildcards comes back as it was written;
	 * nothing comes twice.
	 */
	get(patterns: readonly string[]): [name: string, text: string][] {
		const found = new Map<string, [string, string]>();
		for (const pattern of patterns) {
			const lower = pattern.toLowerCase();
			if (/[*?[]/.test(pattern)) {
				const bytes = bytesOf(pattern);
				for (const { name, bytes: text, entry, isHidden } of this.listed.values()) {
					if (isHidden || found.has(name)) continue;
					if (!globMatch(bytes, 0, bytes.length, text, 0, text.length, true)) continue;
					found.set(name, [name, entry.setting.text]);
				}
				continue;
			}
			const exact = this.listed.get(lower);
			if (exact !== undefined && !found.has(lower)) found.set(lower, [pattern, exact.entry.setting.text]);
		}
		return [...found.values()];
	}

	/** CONFIG SET: name, text, name, text … Returns the error reply, or undefined where all of it was done. */
	set(pairs: readonly string[], isLocalClient: boolean): string | undefined {
		if (pairs.length === 0 || pairs.length % 2 !== 0) return SYNTAX_ERROR;
		const changes = this.resolve(pairs, isLocalClient);
		if (typeof changes === "string") return changes;
		const done: Undo[] = [];
		for (const { name, entry, text } of changes) {
			done.push({ entry, before: entry.setting });
			const reason = this.change(entry, [text], false) ?? pendingReason(entry, entry.setting);
			if (reason !== undefined) {
				this.undo(done);
				return setFailed(name, reason);
			}
		}
		const told: Entry[] = [];
		for (const { entry, before } of done) {
			const isSame = entry.setting.text === before.text && !entry.directive.isReference;
			if (isSame || told.includes(entry)) continue;
			told.push(entry);
			const reason = tell(entry);
			if (reason === undefined) continue;
			this.undo(done);
			for (const informed of told) tell(informed);
			return setFailed(entry.name, reason);
		}
		return undefined;
	}

	/** Calls `apply` after every change by CONFIG SET, and again with the old value should the change be undone. */
	onChange<Name extends DirectiveName>(name: Name, apply: ChangeListener<Values[Name]>): void {
		this.entryOf(name).listeners.push(apply as ChangeListener<unknown>);
	}

	/** Applies the value that there is, and each new one. */
	follow<Name extends DirectiveName>(name: Name, apply: (value: Values[Name]) => void): void {
		apply(this.values[name]);
		this.onChange(name, (value) => {
			apply(value);
			return undefined;
		});
	}

	/** The server itself has come to another value, say by REPLICAOF. Nobody is told, nothing is refused. */
	adopt(name: DirectiveName, ...words: readonly string[]): void {
		const entry = this.entryOf(name);
		const setting = entry.directive.type.read(words, entry.setting, false);
		assert(!(setting instanceof Refusal), `${words.join(" ")} is no value of ${name}`);
		entry.setting = setting;
		this.current[name] = setting.value;
	}

	/**
	 * CONFIG REWRITE: the new text of the configuration file. `supplied` has the lines of statements that live elsewhere
	 * (users, for one), without their name; lines of other statements stay.
	 */
	rewrite(old: string, supplied: ReadonlyMap<StatementName, readonly string[]> = new Map()): string {
		const entries: RewriteEntry[] = this.entries.map(({ name, directive, setting }) => {
			const lines = directive.type.lines(setting, directive.initial);
			return { name, lines: directive.alwaysWritten ? lines.map(({ words }) => ({ words, isNew: true })) : lines };
		});
		for (const [name, lines] of supplied) entries.push({ name, lines: lines.map((words) => ({ words, isNew: true })) });
		return rewriteConfiguration(old, entries, (name) => {
			const listed = this.listed.get(name);
			if (listed !== undefined) return listed.entry.name;
			const statement = statementNamed(name);
			if (statement === undefined || statement.isObsolete) return undefined;
			return supplied.has(name as StatementName) ? name : "";
		});
	}

	private entryOf(name: DirectiveName): Entry {
		const listed = this.listed.get(name);
		assert(listed !== undefined, `${name} is in the table`);
		return listed.entry;
	}

	/** Finds what CONFIG SET names and whether it may be set at all; the first objection is the error reply. */
	private resolve(pairs: readonly string[], isLocalClient: boolean): Change[] | string {
		const permission = this.values["enable-protected-configs"];
		const mayProtected = permission === "yes" || (permission === "local" && isLocalClient);
		const changes: Change[] = [];
		for (let index = 0; index < pairs.length; index += 2) {
			const written = pairs[index]!;
			const name = written.toLowerCase();
			const entry = this.listed.get(name)?.entry;
			if (entry === undefined) return `ERR Unknown option or number of arguments for CONFIG SET - '${written}'`;
			if (entry.directive.immutable) return setFailed(written, "can't set immutable config");
			if (entry.directive.protected && !mayProtected) return setFailed(written, "can't set protected config");
			if (changes.some((change) => change.name === name)) return setFailed(written, "duplicate parameter");
			changes.push({ name, entry, text: pairs[index + 1]! });
		}
		return changes;
	}

	/** Returns why the words are refused; then nothing has changed. */
	private change(entry: Entry, words: readonly string[], isFurther: boolean): string | undefined {
		const setting = entry.directive.type.read(words, entry.setting, isFurther);
		if (setting instanceof Refusal) return setting.reason;
		try {
			this.place(entry, setting);
		} catch (failure) {
			return systemErrorText(failure);
		}
		return undefined;
	}

	private place(entry: Entry, setting: Setting<unknown>): void {
		const { settle } = entry.directive;
		if (settle !== undefined) {
			const text = settle(setting.value, this.files);
			setting = { value: text, text };
		}
		entry.setting = setting;
		this.current[entry.name] = setting.value;
	}

	private undo(done: readonly Undo[]): void {
		for (const { entry, before } of done.toReversed()) this.place(entry, before);
	}

	private addStatement(name: string, words: readonly string[], line: ConfigLine): void {
		const statement = statementNamed(name);
		if (statement === undefined || words.length < statement.wordsMin || words.length > statement.wordsMax) {
			throw ConfigError.at(line, "Bad directive or wrong number of arguments");
		}
		if (statement.pending) throw ConfigError.at(line, notSupported(name));
		if (!statement.isObsolete) this.statements.push({ name: name as StatementName, words, line });
	}
}

interface Change {
	readonly name: string;
	readonly entry: Entry;
	readonly text: string;
}

interface Undo {
	readonly entry: Entry;
	readonly before: Setting<unknown>;
}

function tell(entry: Entry): string | undefined {
	for (const listener of entry.listeners) {
		const reason = listener(entry.setting.value);
		if (reason !== undefined) return reason;
	}
	return undefined;
}

function statementNamed(name: string): Statement | undefined {
	return Object.hasOwn(statements, name) ? statements[name as StatementName] : undefined;
}

function pendingReason({ name, directive }: Entry, setting: Setting<unknown>): string | undefined {
	return directive.pending?.(setting.value) ? notSupported(`${name} ${setting.text}`) : undefined;
}

function notSupported(what: string): string {
	return `${what} is not supported by this version of redis-lite`;
}

function setFailed(name: string, reason: string): string {
	return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}
