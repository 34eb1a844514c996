/**
 * string.find, match, gmatch and gsub where much may have to be tried. Lua's own functions do what surely is little; for
 * the rest they have no measure: `.-b` takes minutes in half a megabyte, `a*a*a*b` in a few hundred bytes. There ours
 * match (PatternMatcher), with the same results, and ask now and then whether the script has had its time.
 *
 * Ours stand in the places of the functions of C, so that scripts see the same functions as ever, and calling the one of
 * C from here is the same activation: its errors say what they always said.
 */
import type { LuaFunction } from "../lua/machine.ts";
import { LUA_FUNCTION, LUA_NIL, LUA_NUMBER, LUA_STRING, LUA_TABLE, type LuaState, upvalueIndex } from "../lua/state.ts";
import {
	pointerAt,
	STRING_HEAD_BYTES,
	stackBase,
	stackTop,
	stringLength,
	stringStart,
	typeAt,
	VALUE_BYTES,
} from "../lua/structures.ts";
import type { Endurance } from "./endurance.ts";
import { Output } from "./output.ts";
import { NO_MATCH, PatternError, PatternMatcher, POSITION, UNDECIDED, UNFINISHED } from "./pattern-matcher.ts";

/** Up to so many steps, at worst, C does the work: about half a millisecond. */
const STEPS_OF_C_MAX = 100_000;
/** Between two looks at the clock: some milliseconds. */
const STEPS_BETWEEN = 400_000;

const CARET = 0x5e;
const PERCENT = 0x25;
/** What makes a pattern more than a text, for string.find. */
const isSpecial = new Uint8Array(256);
for (const c of "^$*+?.([%-") isSpecial[c.charCodeAt(0)] = 1;
/** What may be tried at many places: repetitions, %b, and captures that are met again. */
const multiplies = new Uint8Array(256);
for (const c of "*+-?") multiplies[c.charCodeAt(0)] = 1;
const multipliesEscaped = new Uint8Array(256);
for (const c of "b123456789") multipliesEscaped[c.charCodeAt(0)] = 1;

/** What is left to do of a call. */
interface Work {
	/** Goes on until the steps are used up; true when it is done. */
	proceed(): boolean;
	/** Pushes the results; returns how many. */
	push(thread: number): number;
}

/** string.find and string.match, and one step of gmatch. */
class Search implements Work {
	/** Where the match begins and ends; `end` is NO_MATCH where there is none. */
	at: number;
	end: number;
	private readonly patterns: Patterns;
	private readonly matcher: PatternMatcher;
	private readonly subjectEnd: number;
	private readonly pattern: number;
	private readonly isAnchored: boolean;
	private readonly givesPlace: boolean;
	private readonly start: number;
	private isUndecided: boolean;

	constructor(
		patterns: Patterns,
		start: number,
		subjectEnd: number,
		at: number,
		pattern: number,
		mayBeAnchored: boolean,
		givesPlace: boolean,
	) {
		const { heap } = patterns.lua.machine;
		this.patterns = patterns;
		this.matcher = new PatternMatcher();
		this.matcher.begin(heap, start, subjectEnd);
		this.start = start;
		this.subjectEnd = subjectEnd;
		this.at = at;
		this.end = NO_MATCH;
		this.isAnchored = mayBeAnchored && heap[pattern] === CARET;
		this.pattern = this.isAnchored ? pattern + 1 : pattern;
		this.givesPlace = givesPlace;
		this.isUndecided = false;
	}

	proceed(): boolean {
		const { matcher } = this;
		matcher.heap = this.patterns.lua.machine.heap;
		matcher.steps = this.patterns.stepsBetween;
		for (;;) {
			const end = this.isUndecided ? matcher.goOn() : matcher.match(this.at, this.pattern);
			this.isUndecided = end === UNDECIDED;
			if (this.isUndecided) return false;
			this.end = end;
			if (end !== NO_MATCH || this.isAnchored || this.at >= this.subjectEnd) return true;
			this.at++;
		}
	}

	push(thread: number): number {
		const { patterns, at, end, start } = this;
		const { lua } = patterns.lua;
		if (end === NO_MATCH) {
			lua.lua_pushnil(thread);
			return 1;
		}
		if (!this.givesPlace) return patterns.pushCaptures(thread, this.matcher, start, at, end);
		lua.lua_pushnumber(thread, at - start + 1);
		lua.lua_pushnumber(thread, end - start);
		return 2 + patterns.pushLevels(thread, this.matcher, start, at, end, this.matcher.level);
	}
}

/** string.find of a text that is no pattern. */
class PlainSearch implements Work {
	private readonly patterns: Patterns;
	private readonly start: number;
	private readonly last: number;
	private readonly text: number;
	private readonly length: number;
	private at: number;
	private isFound: boolean;

	constructor(patterns: Patterns, start: number, end: number, at: number, text: number, length: number) {
		this.patterns = patterns;
		this.start = start;
		this.last = end - length;
		this.text = text;
		this.length = length;
		this.at = at;
		this.isFound = false;
	}

	proceed(): boolean {
		const { text, length, last } = this;
		const { heap } = this.patterns.lua.machine;
		let { at } = this;
		for (let steps = this.patterns.stepsBetween; at <= last; at++) {
			let i = 0;
			while (i < length && heap[at + i] === heap[text + i]) i++;
			if (i === length) {
				this.isFound = true;
				break;
			}
			steps -= i + 1;
			if (steps > 0) continue;
			this.at = at + 1;
			return false;
		}
		this.at = at;
		return true;
	}

	push(thread: number): number {
		const { lua } = this.patterns.lua;
		if (!this.isFound) {
			lua.lua_pushnil(thread);
			return 1;
		}
		const first = this.at - this.start + 1;
		lua.lua_pushnumber(thread, first);
		lua.lua_pushnumber(thread, first + this.length - 1);
		return 2;
	}
}

/** string.gsub. Where the replacement is a function or a table, the thread must be the one that has called it. */
class Substitution implements Work {
	private readonly patterns: Patterns;
	private readonly matcher: PatternMatcher;
	private readonly output: Output;
	private readonly thread: number;
	private readonly start: number;
	private readonly end: number;
	private readonly pattern: number;
	private readonly isAnchored: boolean;
	private readonly most: number;
	/** The replacement, where it is a text: [replacement, replacementEnd). */
	private readonly type: number;
	private readonly replacement: number;
	private readonly replacementEnd: number;
	private at: number;
	private count: number;
	private isUndecided: boolean;

	constructor(
		patterns: Patterns,
		thread: number,
		start: number,
		end: number,
		pattern: number,
		most: number,
		type: number,
		replacement: number,
		replacementEnd: number,
	) {
		const { machine } = patterns.lua;
		this.patterns = patterns;
		this.matcher = new PatternMatcher();
		this.matcher.begin(machine.heap, start, end);
		this.output = new Output(patterns.lua.stringBytesMax());
		this.thread = thread;
		this.start = start;
		this.end = end;
		this.isAnchored = machine.heap[pattern] === CARET;
		this.pattern = this.isAnchored ? pattern + 1 : pattern;
		this.most = most;
		this.type = type;
		this.replacement = replacement;
		this.replacementEnd = replacementEnd;
		this.at = start;
		this.count = 0;
		this.isUndecided = false;
	}

	proceed(): boolean {
		const { matcher, output, end } = this;
		matcher.heap = this.patterns.lua.machine.heap;
		matcher.steps = this.patterns.stepsBetween;
		while (this.count < this.most) {
			const to = this.isUndecided ? matcher.goOn() : matcher.match(this.at, this.pattern);
			this.isUndecided = to === UNDECIDED;
			if (this.isUndecided) return false;
			if (to !== NO_MATCH) {
				this.count++;
				this.replace(to);
			}
			if (to !== NO_MATCH && to > this.at) this.at = to;
			else if (this.at < end) output.byte(matcher.heap[this.at++]!);
			else break;
			if (this.isAnchored) break;
		}
		output.range(matcher.heap, this.at, end - this.at);
		return true;
	}

	/** Appends what stands for the match that ends here. */
	private replace(to: number): void {
		const { patterns, matcher, thread, start, at, output, type } = this;
		if (type === LUA_STRING) return this.expand(to);
		const { lua, machine } = patterns.lua;
		if (type === LUA_FUNCTION) {
			lua.lua_pushvalue(thread, 3);
			lua.lua_call(thread, patterns.pushCaptures(thread, matcher, start, at, to), 1);
		} else {
			patterns.pushCapture(thread, matcher, start, at, to, 0);
			lua.lua_gettable(thread, 3);
		}
		matcher.heap = machine.heap;
		const found = lua.lua_type(thread, -1);
		if (lua.lua_toboolean(thread, -1) === 0) output.range(machine.heap, at, to - at);
		else if (found === LUA_STRING || found === LUA_NUMBER) {
			patterns.lua.string(thread, -1);
			matcher.heap = machine.heap;
			output.range(machine.heap, patterns.lua.start, patterns.lua.end - patterns.lua.start);
		} else throw new PatternError(`invalid replacement value (a ${typeNames[found]})`);
		lua.lua_settop(thread, -2);
	}

	/** Appends the replacement with what its %0 to %9 stand for. */
	private expand(to: number): void {
		const { matcher, output, replacement, replacementEnd, at } = this;
		const { heap, level, captureStart, captureLength } = matcher;
		let plain = replacement;
		for (let i = replacement; i < replacementEnd; i++) {
			if (heap[i] !== PERCENT) continue;
			output.range(heap, plain, i - plain);
			const digit = heap[++i]! - 0x30;
			plain = i + 1;
			if (!(digit >= 0 && digit <= 9)) output.byte(heap[i]!);
			else if (digit === 0 || (digit === 1 && level === 0)) output.range(heap, at, to - at);
			else if (digit > level) throw new PatternError("invalid capture index");
			else {
				const length = captureLength[digit - 1]!;
				if (length === UNFINISHED) throw new PatternError("unfinished capture");
				if (length === POSITION) output.text(String(captureStart[digit - 1]! - this.start + 1));
				else output.range(heap, captureStart[digit - 1]!, length);
			}
		}
		if (plain < replacementEnd) output.range(heap, plain, replacementEnd - plain);
	}

	push(thread: number): number {
		const { lua } = this.patterns;
		lua.pushBytes(thread, this.output.bytes, 0, this.output.length);
		lua.lua.lua_pushnumber(thread, this.count);
		return 2;
	}
}

const typeNames = ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"];

export class Patterns {
	readonly lua: LuaState;
	readonly stepsBetween: number;
	private readonly stepsOfC: number;
	private readonly endurance: Endurance;
	/** The arguments of the function at work that are texts. */
	private subject: number;
	private subjectEnd: number;
	private pattern: number;
	private patternEnd: number;

	constructor(lua: LuaState, endurance: Endurance, stepsOfC = STEPS_OF_C_MAX, stepsBetween = STEPS_BETWEEN) {
		this.lua = lua;
		this.stepsBetween = stepsBetween;
		this.stepsOfC = stepsOfC;
		this.endurance = endurance;
		this.subject = 0;
		this.subjectEnd = 0;
		this.pattern = 0;
		this.patternEnd = 0;
	}

	/** Takes the places of the functions in the table `string` on top of the stack. */
	open(thread: number): void {
		const { lua } = this;
		const { lua: api } = lua;
		const replace = (name: string, ours: (original: LuaFunction) => LuaFunction) => {
			lua.getField(thread, -1, name);
			lua.replaceFunction(thread, ours);
		};
		replace("find", (original) => (state) => this.find(state, original, true));
		replace("match", (original) => (state) => this.find(state, original, false));
		replace("gsub", (original) => (state) => this.gsub(state, original));
		// What gmatch returns is another function.
		lua.getField(thread, -1, "gmatch");
		lua.pushText(thread, "");
		lua.pushText(thread, "");
		api.lua_call(thread, 2, 1);
		lua.replaceFunction(thread, (original) => (state) => this.next(state, original));
	}

	/**
	 * Whether C is to do it: arguments 1 and 2 are no texts, or that is little work, whatever their bytes are. Else it takes
	 * them.
	 */
	private isForC(state: number): boolean {
		const { int32 } = this.lua.machine;
		const base = stackBase(int32, state);
		if (stackTop(int32, state) - base < 2 * VALUE_BYTES) return true;
		if (typeAt(int32, base) !== LUA_STRING || typeAt(int32, base + VALUE_BYTES) !== LUA_STRING) {
			// A number becomes a string.
			if (!this.lua.string(state, 1) || !this.lua.string(state, 2)) return true;
		}
		const { int32: words } = this.lua.machine;
		return this.isLittle(pointerAt(words, base), pointerAt(words, base + VALUE_BYTES));
	}

	private isLittle(subject: number, pattern: number): boolean {
		const { heap, int32 } = this.lua.machine;
		const start = stringStart(pattern);
		const end = start + stringLength(int32, pattern);
		const places = stringLength(int32, subject) + 1;
		let steps = places * (end - start + 1);
		for (let i = start; i < end && steps <= this.stepsOfC; i++) {
			const code = heap[i]!;
			if (multiplies[code] === 1 || (code === PERCENT && multipliesEscaped[heap[i + 1]!] === 1)) steps *= places;
		}
		if (steps <= this.stepsOfC) return true;
		this.subject = stringStart(subject);
		this.subjectEnd = this.subject + places - 1;
		this.pattern = start;
		this.patternEnd = end;
		return false;
	}

	/** Whether string.find looks for a text: as C sees it, up to a zero byte. */
	private isText(): boolean {
		const { heap } = this.lua.machine;
		for (let i = this.pattern; heap[i] !== 0; i++) if (isSpecial[heap[i]!] === 1) return false;
		return true;
	}

	private find(state: number, original: LuaFunction, givesPlace: boolean): number {
		if (this.isForC(state)) return original(state);
		const { lua } = this.lua;
		const { subject, subjectEnd, pattern, patternEnd } = this;
		const length = subjectEnd - subject;
		const given = lua.lua_type(state, 3) > LUA_NIL ? lua.luaL_checkinteger(state, 3) : 1;
		const first = Math.min(Math.max(given < 0 ? given + length : given - 1, 0), length);
		const at = subject + first;
		if (givesPlace && (lua.lua_toboolean(state, 4) === 1 || this.isText())) {
			if (length * (patternEnd - pattern) <= this.stepsOfC) return original(state);
			return this.work(state, new PlainSearch(this, subject, subjectEnd, at, pattern, patternEnd - pattern), true);
		}
		return this.work(state, new Search(this, subject, subjectEnd, at, pattern, true, givesPlace), true);
	}

	/** What gmatch returns, called for the next match. */
	private next(state: number, original: LuaFunction): number {
		const { lua } = this;
		const { lua: api } = lua;
		// Numbers became strings when gmatch was called.
		const text = api.lua_tolstring(state, upvalueIndex(1), 0) - STRING_HEAD_BYTES;
		const form = api.lua_tolstring(state, upvalueIndex(2), 0) - STRING_HEAD_BYTES;
		if (this.isLittle(text, form)) return original(state);
		const { subject, subjectEnd, pattern } = this;
		const at = subject + api.lua_tonumber(state, upvalueIndex(3));
		if (at > subjectEnd) return 0;
		const search = new Search(this, subject, subjectEnd, at, pattern, false, false);
		return this.raised(state, () => {
			// It cannot be left: where the next match begins is kept where only this activation gets at it.
			while (!search.proceed()) this.endurance.mustLeave(state, false);
			if (search.end === NO_MATCH) return 0;
			api.lua_pushnumber(state, search.end - subject + (search.end === search.at ? 1 : 0));
			api.lua_replace(state, upvalueIndex(3));
			return search.push(state);
		});
	}

	private gsub(state: number, original: LuaFunction): number {
		if (this.isForC(state)) return original(state);
		const { lua } = this;
		const { lua: api } = lua;
		const { subject, subjectEnd, pattern } = this;
		const type = api.lua_type(state, 3);
		const isText = type === LUA_STRING || type === LUA_NUMBER;
		if (!isText && type !== LUA_FUNCTION && type !== LUA_TABLE) return original(state);
		const most = api.lua_type(state, 4) > LUA_NIL ? api.luaL_checkinteger(state, 4) : subjectEnd - subject + 1;
		if (isText) lua.string(state, 3);
		const [from, to] = isText ? [lua.start, lua.end] : [0, 0];
		const kind = isText ? LUA_STRING : type;
		return this.work(state, new Substitution(this, state, subject, subjectEnd, pattern, most, kind, from, to), isText);
	}

	/** Does it, in later turns where it takes long and `mayLeave`. */
	private work(state: number, work: Work, mayLeave: boolean): number {
		const { endurance } = this;
		return this.raised(state, () => {
			while (!work.proceed()) {
				if (!endurance.mustLeave(state, mayLeave)) continue;
				return endurance.leave(state, (thread) => (work.proceed() ? work.push(thread) : -1));
			}
			return work.push(state);
		});
	}

	private raised(state: number, work: () => number): number {
		try {
			return work();
		} catch (error) {
			if (error instanceof PatternError) return this.lua.raiseText(state, error.message);
			throw error;
		}
	}

	// Captures

	/** All captures, or the whole match where there are none. */
	pushCaptures(thread: number, matcher: PatternMatcher, start: number, at: number, end: number): number {
		return this.pushLevels(thread, matcher, start, at, end, Math.max(1, matcher.level));
	}

	pushLevels(thread: number, matcher: PatternMatcher, start: number, at: number, end: number, count: number): number {
		const { lua } = this.lua;
		if (lua.lua_checkstack(thread, count) === 0) throw new PatternError("stack overflow (too many captures)");
		for (let i = 0; i < count; i++) this.pushCapture(thread, matcher, start, at, end, i);
		return count;
	}

	pushCapture(thread: number, matcher: PatternMatcher, start: number, at: number, end: number, index: number): void {
		const { lua } = this.lua;
		const { level, captureStart, captureLength } = matcher;
		if (index >= level) return lua.lua_pushlstring(thread, at, end - at);
		const length = captureLength[index]!;
		if (length === UNFINISHED) throw new PatternError("unfinished capture");
		if (length === POSITION) lua.lua_pushnumber(thread, captureStart[index]! - start + 1);
		else lua.lua_pushlstring(thread, captureStart[index]!, length);
	}
}
