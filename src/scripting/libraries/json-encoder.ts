import { formatG } from "../../bytes/printf.ts";
import {
	LUA_BOOLEAN,
	LUA_LIGHT_POINTER,
	LUA_NIL,
	LUA_NUMBER,
	LUA_STRING,
	LUA_TABLE,
	type LuaState,
} from "../lua/state.ts";
import {
	arraySize,
	elementAt,
	isTrueAt,
	keyOf,
	nextNode,
	nodeAt,
	nodeCount,
	numberAt,
	placeOfNumber,
	pointerAt,
	STRING_HEAD_BYTES,
	stringLength,
	stringStart,
	typeAt,
} from "../lua/structures.ts";
import { Output } from "./output.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const LOWEST_PRINTABLE = 0x20;
const DELETE = 0x7f;

/** Between these, and with so many places, a number is tried as a short decimal fraction. */
const DECIMAL_MIN = 0.001;
const DECIMAL_LIMIT = 1e9;
const PLACES_MAX = 4;

/** What `invalidNumbers` says of NaN and the infinities: refused, written as null, written as C does. */
export const REFUSED = 0;
export const AS_NULL = 1;
export const AS_NUMBER = 2;

/** What a table cannot be encoded for; the text is what Lua raises. */
export class EncodeError extends Error {}

/** Bytes that are not themselves in a string of JSON; null for those that are. */
const escapes: readonly (string | null)[] = Array.from({ length: 256 }, (_, code) => {
	const short = shortEscapes().get(code);
	if (short !== undefined) return short;
	if (code >= LOWEST_PRINTABLE && code !== DELETE) return null;
	return `\\u${code.toString(16).padStart(4, "0")}`;
});
const isEscaped = Uint8Array.from(escapes, (written) => (written === null ? 0 : 1));

function shortEscapes(): Map<number, string> {
	const pairs = [...'"\\/\b\f\n\r\t'].map((c, i): [number, string] => [c.charCodeAt(0), `\\${'"\\/bfnrt'[i]}`]);
	return new Map(pairs);
}

const INT_LIMIT = 2 ** 31;
const ESCAPE_BYTES_MAX = 6;
/** For a string up to this there is room made without a look at it. */
const SHORT_BYTES = 4096;

/** Values of Lua as JSON, byte for byte as the cjson library of Redis writes them; reads them where they lie. */
export class JsonEncoder {
	readonly output: Output;
	/** A table is an object where it would be a sparse array and this is set, else an error. */
	convertsSparse: boolean;
	/** A table whose largest index exceeds this many times the number of its elements is sparse; 0: none is. */
	sparseRatio: number;
	/** Up to this index none is. */
	sparseSafe: number;
	depthMax: number;
	precision: number;
	invalidNumbers: number;
	private readonly lua: LuaState;
	private heap: Uint8Array;
	private int32: Int32Array;
	private float64: Float64Array;

	constructor(lua: LuaState) {
		this.output = new Output(lua.stringBytesMax());
		this.convertsSparse = false;
		this.sparseRatio = 2;
		this.sparseSafe = 10;
		this.depthMax = 1000;
		this.precision = 14;
		this.invalidNumbers = REFUSED;
		this.lua = lua;
		this.heap = lua.machine.heap;
		this.int32 = lua.machine.int32;
		this.float64 = lua.machine.float64;
	}

	/** Appends the value at this index of Lua's stack to the output; throws an EncodeError. */
	encode(thread: number, index: number): void {
		const { lua } = this;
		this.heap = lua.machine.heap;
		this.int32 = lua.machine.int32;
		this.float64 = lua.machine.float64;
		const type = lua.lua.lua_type(thread, index);
		if (type === LUA_TABLE) this.table(lua.lua.lua_topointer(thread, index), 1);
		else if (type === LUA_NUMBER) this.number(lua.lua.lua_tonumber(thread, index));
		else if (type === LUA_STRING) {
			lua.string(thread, index);
			this.string(lua.start - STRING_HEAD_BYTES);
		} else if (type === LUA_BOOLEAN) this.output.text(lua.lua.lua_toboolean(thread, index) === 1 ? "true" : "false");
		else if (type === LUA_NIL || (type === LUA_LIGHT_POINTER && lua.lua.lua_topointer(thread, index) === 0)) {
			this.output.text("null");
		} else throw new EncodeError(`Cannot serialise ${typeName(type)}: type not supported`);
	}

	private value(value: number, depth: number): void {
		const type = typeAt(this.int32, value);
		if (type === LUA_STRING) this.string(pointerAt(this.int32, value));
		else if (type === LUA_NUMBER) this.number(numberAt(this.float64, value));
		else if (type === LUA_TABLE) this.table(pointerAt(this.int32, value), depth + 1);
		else if (type === LUA_BOOLEAN) this.output.text(isTrueAt(this.int32, value) ? "true" : "false");
		else if (type === LUA_NIL || (type === LUA_LIGHT_POINTER && pointerAt(this.int32, value) === 0)) {
			this.output.text("null");
		} else throw new EncodeError(`Cannot serialise ${typeName(type)}: type not supported`);
	}

	private string(string: number): void {
		const length = stringLength(this.int32, string);
		const start = stringStart(string);
		const { heap, output } = this;
		output.reserve(length <= SHORT_BYTES ? ESCAPE_BYTES_MAX * length + 2 : this.writtenBytes(start, length));
		const { bytes } = output;
		let to = output.length;
		bytes[to++] = QUOTE;
		for (let i = start; i < start + length; i++) {
			const byte = heap[i]!;
			if (isEscaped[byte] === 0) bytes[to++] = byte;
			else {
				const written = escapes[byte]!;
				for (let j = 0; j < written.length; j++) bytes[to++] = written.charCodeAt(j);
			}
		}
		bytes[to++] = QUOTE;
		output.length = to;
	}

	/** How long a string becomes, with its quotes. */
	private writtenBytes(start: number, length: number): number {
		const { heap } = this;
		let bytes = length + 2;
		for (let i = start; i < start + length; i++) {
			if (isEscaped[heap[i]!] !== 0) bytes += escapes[heap[i]!]!.length - 1;
		}
		return bytes;
	}

	private number(value: number): void {
		const { output, precision } = this;
		if (Number.isSafeInteger(value) && Math.abs(value) < 10 ** precision && !Object.is(value, -0))
			output.integer(value);
		else if (this.writesDecimal(value)) return;
		else if (Number.isFinite(value)) output.text(formatG(value, precision));
		else if (this.invalidNumbers === AS_NULL) this.output.text("null");
		else if (this.invalidNumbers === AS_NUMBER) {
			this.output.text(Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
		} else throw new EncodeError("Cannot serialise number: must not be NaN or Inf");
	}

	/**
	 * Writes a number of few digits, those of prices and durations: one that is the nearest to a decimal fraction no longer
	 * than the precision is written as this fraction.
	 */
	private writesDecimal(value: number): boolean {
		const magnitude = Math.abs(value);
		if (!(magnitude >= DECIMAL_MIN && magnitude < DECIMAL_LIMIT)) return false;
		for (let places = 1, scale = 10; places <= PLACES_MAX; places++, scale *= 10) {
			const digits = Math.round(magnitude * scale);
			if (digits / scale !== magnitude) continue;
			if (digits >= 10 ** this.precision) return false;
			if (value < 0) this.output.byte(MINUS);
			this.output.decimal(digits, scale);
			return true;
		}
		return false;
	}

	private table(table: number, depth: number): void {
		if (depth > this.depthMax) throw new EncodeError(`Cannot serialise, excessive nesting (${depth})`);
		const length = this.arrayLength(table);
		if (length > 0) this.array(table, length, depth);
		else this.object(table, depth);
	}

	/** The largest index where all keys are whole and positive; 0 for an empty table, -1 for one that is an object. */
	private arrayLength(table: number): number {
		const { int32 } = this;
		let largest = 0;
		let count = 0;
		const size = arraySize(int32, table);
		for (let i = 0; i < size; i++) {
			if (typeAt(int32, elementAt(int32, table, i)) === LUA_NIL) continue;
			largest = i + 1;
			count++;
		}
		const nodes = nodeCount(this.heap, table);
		for (let i = 0; i < nodes; i++) {
			const node = nodeAt(int32, table, i);
			if (typeAt(int32, node) === LUA_NIL) continue;
			if (typeAt(int32, keyOf(node)) !== LUA_NUMBER) return -1;
			const key = numberAt(this.float64, keyOf(node));
			if (!Number.isInteger(key) || key <= 0) return -1;
			// The library keeps it as an int: what does not fit is negative, and the table an object unless more comes.
			if (key > largest) largest = key < INT_LIMIT ? key : -INT_LIMIT;
			count++;
		}
		if (this.sparseRatio > 0 && largest > count * this.sparseRatio && largest > this.sparseSafe) {
			if (!this.convertsSparse) throw new EncodeError("Cannot serialise table: excessively sparse array");
			return -1;
		}
		return largest;
	}

	private array(table: number, length: number, depth: number): void {
		const { output, int32 } = this;
		output.byte(OPEN_ARRAY);
		const size = Math.min(arraySize(int32, table), length);
		for (let i = 0; i < size; i++) {
			if (i > 0) output.byte(COMMA);
			this.value(elementAt(int32, table, i), depth);
		}
		for (let index = size + 1; index <= length; index++) {
			if (index > 1) output.byte(COMMA);
			const node = this.nodeOf(table, index);
			if (node === 0) output.text("null");
			else this.value(node, depth);
		}
		output.byte(CLOSE_ARRAY);
	}

	/** The value of a whole key that is not in the array part, 0 where there is none. */
	private nodeOf(table: number, key: number): number {
		const { int32 } = this;
		let node = nodeAt(int32, table, placeOfNumber(key, nodeCount(this.heap, table)));
		while (node !== 0) {
			if (typeAt(int32, keyOf(node)) === LUA_NUMBER && numberAt(this.float64, keyOf(node)) === key) return node;
			node = nextNode(int32, node);
		}
		return 0;
	}

	/** In the order of lua_next: the array, then the nodes. */
	private object(table: number, depth: number): void {
		const { output, int32 } = this;
		output.byte(OPEN_OBJECT);
		let isFirst = true;
		const size = arraySize(int32, table);
		for (let i = 0; i < size; i++) {
			const value = elementAt(int32, table, i);
			if (typeAt(int32, value) === LUA_NIL) continue;
			if (!isFirst) output.byte(COMMA);
			isFirst = false;
			output.text(`"${i + 1}":`);
			this.value(value, depth);
		}
		const nodes = nodeCount(this.heap, table);
		for (let i = 0; i < nodes; i++) {
			const node = nodeAt(int32, table, i);
			if (typeAt(int32, node) === LUA_NIL) continue;
			if (!isFirst) output.byte(COMMA);
			isFirst = false;
			this.key(keyOf(node));
			this.value(node, depth);
		}
		output.byte(CLOSE_OBJECT);
	}

	private key(key: number): void {
		const type = typeAt(this.int32, key);
		if (type === LUA_STRING) {
			this.string(pointerAt(this.int32, key));
			this.output.byte(COLON);
		} else if (type === LUA_NUMBER) {
			const value = numberAt(this.float64, key);
			// As a value it would be refused, too.
			if (!Number.isFinite(value) && this.invalidNumbers === REFUSED) {
				throw new EncodeError("Cannot serialise number: must not be NaN or Inf");
			}
			this.output.text(`"${formatG(value, this.precision)}":`);
		} else throw new EncodeError(`Cannot serialise ${typeName(type)}: table key must be a number or string`);
	}
}

const typeNames = ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"];

function typeName(type: number): string {
	return typeNames[type] ?? "no value";
}
