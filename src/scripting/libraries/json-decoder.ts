import { latin1 } from "../../bytes/ascii.ts";
import type { LuaState } from "../lua/state.ts";
import { Output } from "./output.ts";

/** A text that is not JSON; the message is what Lua raises. */
export class DecodeError extends Error {}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const PLUS = 0x2b;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const POINT = 0x2e;
const DECIMAL_DIGITS_MAX = 15;
const powersOfTen = Float64Array.from({ length: DECIMAL_DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent);
/** Of `stringAt`. */
const UNESCAPED = -1;

/** Bytes of strings that stand for themselves. */
const isPlain = new Uint8Array(256).fill(1);
for (const byte of [QUOTE, BACKSLASH, 0]) isPlain[byte] = 0;

/** Tokens, and the names that errors give them. */
const T_OBJ_BEGIN: number = 0;
const T_OBJ_END: number = 1;
const T_ARR_BEGIN: number = 2;
const T_ARR_END: number = 3;
const T_STRING: number = 4;
const T_NUMBER: number = 5;
const T_BOOLEAN: number = 6;
const T_NULL: number = 7;
const T_COLON: number = 8;
const T_COMMA: number = 9;
const T_END: number = 10;
/** `invalid` says what is wrong. */
const T_INVALID: number = 11;

const tokenNames = [
	...["T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER"],
	...["T_BOOLEAN", "T_NULL", "T_COLON", "T_COMMA", "T_END"],
];

/** What a token of one byte, or the first of a longer one, is; those that are none of these are T_INVALID. */
const tokenOf = new Uint8Array(256).fill(T_INVALID);
for (const [text, token] of Object.entries({
	"{": T_OBJ_BEGIN,
	"}": T_OBJ_END,
	"[": T_ARR_BEGIN,
	"]": T_ARR_END,
	":": T_COLON,
	",": T_COMMA,
	'"': T_STRING,
	"\0": T_END,
})) {
	tokenOf[text.charCodeAt(0)] = token;
}
for (const digit of "0123456789+-") tokenOf[digit.charCodeAt(0)] = T_NUMBER;

const simpleEscapes: Readonly<Record<number, number>> = {
	34: 0x22,
	92: 0x5c,
	47: 0x2f,
	98: 0x08,
	102: 0x0c,
	110: 0x0a,
	114: 0x0d,
	116: 0x09,
};

/** JSON as values of Lua, with the leniences and the error texts of the cjson library of Redis. */
export class JsonDecoder {
	depthMax: number;
	/** NaN, infinities and hexadecimal numbers are let in. */
	allowsInvalidNumbers: boolean;
	private readonly lua: LuaState;
	/** The newest string: where it lies in the text and how long it is; UNESCAPED where it is in `unescaped`. */
	private stringAt: number;
	private stringLength: number;
	private readonly unescaped: Output;
	/** The text is in Lua's memory, which moves when it grows: so this is read again behind each call into Lua. */
	private heap: Uint8Array;
	private thread: number;
	private start: number;
	private end: number;
	private at: number;
	/** The newest token: its name, its place in the text, and its value. */
	private token: number;
	private invalid: string;
	private tokenAt: number;
	private number: number;
	private depth: number;

	constructor(lua: LuaState) {
		this.depthMax = 1000;
		this.allowsInvalidNumbers = true;
		this.lua = lua;
		this.stringAt = 0;
		this.stringLength = 0;
		this.unescaped = new Output(lua.stringBytesMax());
		this.heap = lua.machine.heap;
		this.thread = 0;
		this.start = 0;
		this.end = 0;
		this.at = 0;
		this.token = T_END;
		this.invalid = "";
		this.tokenAt = 0;
		this.number = 0;
		this.depth = 0;
	}

	/** Pushes the value of the text at [start, end) of Lua's memory; throws a DecodeError. */
	decode(thread: number, start: number, end: number): void {
		this.thread = thread;
		this.start = start;
		this.at = start;
		this.end = end;
		this.depth = 0;
		this.heap = this.lua.machine.heap;
		// Two leading zero bytes are no ASCII and so no UTF-8.
		if (end - start >= 2 && (this.heap[start] === 0 || this.heap[start + 1] === 0)) {
			throw new DecodeError("JSON parser does not support UTF-16 or UTF-32");
		}
		this.next();
		this.value();
		this.next();
		if (this.token !== T_END) this.fail("the end");
	}

	private fail(expected: string): never {
		const found = this.token === T_INVALID ? this.invalid : tokenNames[this.token]!;
		throw new DecodeError(`Expected ${expected} but found ${found} at character ${this.tokenAt - this.start + 1}`);
	}

	/** An error in the middle of a token. */
	private refuse(what: string, at: number): void {
		this.token = T_INVALID;
		this.invalid = what;
		this.tokenAt = at;
	}

	private next(): void {
		const { heap, end } = this;
		let { at } = this;
		while (at < end && heap[at]! <= BLANK && isBlank(heap[at]!)) at++;
		this.tokenAt = at;
		this.at = at;
		// As for C, a zero byte ends the text.
		const byte = at === end ? 0 : heap[at]!;
		const token = tokenOf[byte]!;
		if (token === T_STRING) this.string();
		else if (token === T_NUMBER) this.readNumber();
		else if (token === T_INVALID) this.word(byte);
		else {
			this.token = token;
			if (token !== T_END) this.at = at + 1;
		}
	}

	/** Begins with a letter or something that nothing begins with; C reads some words as numbers. */
	private word(byte: number): void {
		const letter = byte | 0x20;
		if ((letter === 0x69 || letter === 0x6e) && this.startsInfinityOrNaN(this.at) > 0) {
			if (this.allowsInvalidNumbers) return this.readNumber();
			return this.refuse("invalid token", this.at);
		}
		for (const [word, token, value] of words) {
			if (!this.hasWord(word)) continue;
			this.token = token;
			this.number = value;
			this.at += word.length;
			return;
		}
		this.refuse("invalid token", this.at);
	}

	/** Whether this word, in lower case, stands here; what follows is a matter of the next token. */
	private hasWord(word: string): boolean {
		for (let i = 0; i < word.length; i++) if (this.heap[this.at + i] !== word.charCodeAt(i)) return false;
		return this.at + word.length <= this.end;
	}

	// Numbers

	/** How many bytes of "inf", "infinity" or "nan", in any case, stand here. */
	private startsInfinityOrNaN(at: number): number {
		const text = latin1(this.heap, at, Math.min(at + 8, this.end)).toLowerCase();
		if (text === "infinity") return 8;
		return text.startsWith("inf") || text.startsWith("nan") ? 3 : 0;
	}

	private readNumber(): void {
		const { heap, at } = this;
		let i = at;
		if (!this.allowsInvalidNumbers) {
			if (heap[i] === PLUS) return this.refuse("invalid token", i);
			const first = heap[i] === 0x2d ? i + 1 : i;
			const isOctal = heap[first] === 0x30 && first + 1 < this.end && isDigit(heap[first + 1]!);
			if (isOctal) return this.refuse("invalid number", i);
		}
		if (heap[i] === 0x2d || heap[i] === 0x2b) i++;
		const digits = i;
		let whole = 0;
		while (i < this.end && heap[i]! >= 0x30 && heap[i]! <= 0x39) whole = whole * 10 + heap[i++]! - 0x30;
		const wholeDigits = i - digits;
		let places = 0;
		if (i < this.end && heap[i] === POINT) {
			const fraction = ++i;
			while (i < this.end && heap[i]! >= 0x30 && heap[i]! <= 0x39) whole = whole * 10 + heap[i++]! - 0x30;
			places = i - fraction;
		}
		const byte = i < this.end ? heap[i]! | 0x20 : 0;
		// Up to here both are exact, so that their quotient is the nearest number there is.
		if (wholeDigits > 0 && wholeDigits + places <= DECIMAL_DIGITS_MAX && byte !== 0x65 && byte !== 0x78) {
			const value = places === 0 ? whole : whole / powersOfTen[places]!;
			this.number = heap[at] === 0x2d ? -value : value;
			this.token = T_NUMBER;
			this.at = i;
			return;
		}
		this.readAnyNumber();
	}

	/** As strtod reads them. */
	private readAnyNumber(): void {
		const text = latin1(this.heap, this.at, Math.min(this.at + NUMBER_TEXT_MAX, this.end));
		const isNegative = text[0] === "-";
		const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
		const signLength = text.length - unsigned.length;
		let length = 0;
		let value = 0;
		const hexadecimal = /^0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?/i.exec(unsigned);
		const decimal = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i.exec(unsigned);
		const special = this.startsInfinityOrNaN(this.at + signLength);
		if (hexadecimal !== null && `${hexadecimal[1]}${hexadecimal[2] ?? ""}` !== "") {
			length = hexadecimal[0].length;
			value = hexadecimalValue(hexadecimal);
		} else if (decimal !== null) {
			length = decimal[0].length;
			value = Number(decimal[0]);
		} else if (special > 0) {
			length = special;
			value = /^n/i.test(unsigned) ? Number.NaN : Number.POSITIVE_INFINITY;
		}
		const isInvalid = length === 0 || (!this.allowsInvalidNumbers && (hexadecimal !== null || special > 0));
		if (isInvalid) return this.refuse("invalid number", this.at);
		this.number = isNegative ? -value : value;
		this.token = T_NUMBER;
		this.at += signLength + length;
	}

	// Strings

	/** Finds where the string's bytes are: in the text itself, or, where some are escaped, in `unescaped`. */
	private string(): void {
		const { heap, end } = this;
		let at = this.at + 1;
		this.stringAt = at;
		while (at < end && isPlain[heap[at]!] === 1) at++;
		if (at < end && heap[at] === QUOTE) {
			this.stringLength = at - this.stringAt;
			this.token = T_STRING;
			this.at = at + 1;
		} else this.escapedString();
	}

	private escapedString(): void {
		const { heap, end, unescaped } = this;
		unescaped.length = 0;
		this.stringAt = UNESCAPED;
		let at = this.at + 1;
		for (;;) {
			const from = at;
			while (at < end && isPlain[heap[at]!] === 1) at++;
			if (at > from) unescaped.range(heap, from, at - from);
			if (at >= end || heap[at] === 0) return this.refuse("unexpected end of string", at);
			if (heap[at] === QUOTE) break;
			const escapeAt = at;
			const code = heap[at + 1] ?? 0;
			if (code === 0x75 && at + 1 < end) {
				at = this.unicode(at);
				if (at < 0) return this.refuse("invalid unicode escape code", escapeAt);
				continue;
			}
			const byte = at + 1 < end ? simpleEscapes[code] : undefined;
			if (byte === undefined) return this.refuse("invalid escape code", escapeAt);
			unescaped.byte(byte);
			at += 2;
		}
		this.token = T_STRING;
		this.at = at + 1;
	}

	/** Four hexadecimal digits, or twice as many where they are halves of one; returns where they end, -1 if wrong. */
	private unicode(at: number): number {
		const first = this.hexadecimal(at + 2);
		if (first < 0 || (first >= 0xdc00 && first <= 0xdfff)) return -1;
		if (first < 0xd800 || first > 0xdbff) {
			this.utf8(first);
			return at + 6;
		}
		if (this.heap[at + 6] !== BACKSLASH || this.heap[at + 7] !== 0x75) return -1;
		const second = this.hexadecimal(at + 8);
		if (second < 0xdc00 || second > 0xdfff) return -1;
		this.utf8(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
		return at + 12;
	}

	private hexadecimal(at: number): number {
		if (at + 4 > this.end) return -1;
		const text = latin1(this.heap, at, at + 4);
		return /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : -1;
	}

	private utf8(code: number): void {
		const text = this.unescaped;
		if (code < 0x80) return text.byte(code);
		if (code < 0x800) text.byte(0xc0 | (code >> 6));
		else {
			if (code < 0x10000) text.byte(0xe0 | (code >> 12));
			else {
				text.byte(0xf0 | (code >> 18));
				text.byte(0x80 | ((code >> 12) & 0x3f));
			}
			text.byte(0x80 | ((code >> 6) & 0x3f));
		}
		text.byte(0x80 | (code & 0x3f));
	}

	// Values

	private value(): void {
		const { lua } = this.lua;
		const { thread, token } = this;
		if (token === T_STRING) this.pushString();
		else if (token === T_NUMBER) lua.lua_pushnumber(thread, this.number);
		else if (token === T_BOOLEAN) lua.lua_pushboolean(thread, this.number);
		else if (token === T_OBJ_BEGIN) this.object();
		else if (token === T_ARR_BEGIN) this.array();
		else if (token === T_NULL) lua.lua_pushlightuserdata(thread, 0);
		else this.fail("value");
	}

	private pushString(): void {
		const { lua, thread, unescaped } = this;
		// Where Lua has the text, it can take strings of it from there.
		if (this.stringAt !== UNESCAPED) lua.lua.lua_pushlstring(thread, this.stringAt, this.stringLength);
		else lua.pushBytes(thread, unescaped.bytes, 0, unescaped.length);
		this.heap = this.lua.machine.heap;
	}

	private descend(): void {
		const { lua } = this.lua;
		if (++this.depth <= this.depthMax && lua.lua_checkstack(this.thread, SLOTS) !== 0) return;
		throw new DecodeError(`Found too many nested data structures (${this.depth}) at character ${this.at - this.start}`);
	}

	private object(): void {
		const { lua } = this.lua;
		const { thread } = this;
		this.descend();
		lua.lua_createtable(thread, 0, 0);
		this.heap = this.lua.machine.heap;
		this.next();
		if (this.token !== T_OBJ_END) {
			for (;;) {
				if (this.token !== T_STRING) this.fail("object key string");
				this.pushString();
				this.next();
				if (this.token !== T_COLON) this.fail("colon");
				this.next();
				this.value();
				lua.lua_rawset(thread, -3);
				this.heap = this.lua.machine.heap;
				this.next();
				if (this.token === T_OBJ_END) break;
				if (this.token !== T_COMMA) this.fail("comma or object end");
				this.next();
			}
		}
		this.depth--;
	}

	private array(): void {
		const { lua } = this.lua;
		const { thread } = this;
		this.descend();
		lua.lua_createtable(thread, 0, 0);
		this.heap = this.lua.machine.heap;
		this.next();
		if (this.token !== T_ARR_END) {
			for (let i = 1; ; i++) {
				this.value();
				lua.lua_rawseti(thread, -2, i);
				this.heap = this.lua.machine.heap;
				this.next();
				if (this.token === T_ARR_END) break;
				if (this.token !== T_COMMA) this.fail("comma or array end");
				this.next();
			}
		}
		this.depth--;
	}
}

function isBlank(byte: number): boolean {
	return byte === BLANK || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

const words: readonly (readonly [word: string, token: number, value: number])[] = [
	["true", T_BOOLEAN, 1],
	["false", T_BOOLEAN, 0],
	["null", T_NULL, 0],
];

/** Slots of Lua's stack that a nested table takes: itself, a key, a value. */
const SLOTS = 3;
/** Longer ones than this have nothing but further digits. */
const NUMBER_TEXT_MAX = 1200;

function hexadecimalValue([, whole = "", fraction = "", exponent = "0"]: RegExpExecArray): number {
	let value = 0;
	for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
	return value * 2 ** (Number(exponent) - 4 * fraction.length);
}
