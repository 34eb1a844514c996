/**
 * Lua's own structures as they lie in its memory: how Lua 5.1 is laid out where pointers have 32 bits. To read a table here
 * costs no call into Lua, which makes encoders several times as fast. Nothing is ever written.
 *
 *     TValue    value:8 (number, boolean or pointer)  type:4  –:4
 *     TString   next:4  tt:1 marked:1 reserved:1 –:1  hash:4  length:4  bytes …
 *     Table     next:4  tt:1 marked:1 flags:1 lsizenode:1  metatable:4  array:4  node:4  lastfree:4  gclist:4  sizearray:4
 *     Node      value:16  key: value:8 type:4 next:4
 *     state     next:4  tt:1 marked:1 status:1 –:1  top:4  base:4  –:4  activation:4 …
 *     activation  base:4  function:4 (a pointer to its value) …
 *     function of C  –:16  f:4
 */
export const VALUE_BYTES = 16;
const STATE_TOP = 8;
const STATE_BASE = 12;
const STATE_ACTIVATION = 20;
const ACTIVATION_FUNCTION = 4;
const C_FUNCTION = 16;
const STATE_C_CALLS = 52;
const STATE_BASE_C_CALLS = 54;
const VALUE_TYPE = 8;
const STRING_LENGTH = 12;
/** In front of a string's bytes. */
export const STRING_HEAD_BYTES = 16;
const TABLE_SIZE_LOG = 7;
const TABLE_METATABLE = 8;
const TABLE_ARRAY = 12;
const TABLE_NODES = 16;
const TABLE_ARRAY_SIZE = 28;
const NODE_BYTES = 32;
const NODE_KEY = 16;
const NODE_NEXT = 28;

/** Where the arguments of the function at work begin, and where they end. */
export function stackBase(int32: Int32Array, state: number): number {
	return int32[(state + STATE_BASE) >> 2]!;
}

export function stackTop(int32: Int32Array, state: number): number {
	return int32[(state + STATE_TOP) >> 2]!;
}

/** The function of C at work, as a pointer. */
export function runningFunction(int32: Int32Array, state: number): number {
	const activation = int32[(state + STATE_ACTIVATION) >> 2]!;
	const closure = pointerAt(int32, int32[(activation + ACTIVATION_FUNCTION) >> 2]!);
	return int32[(closure + C_FUNCTION) >> 2]!;
}

/** Whether a function of C that cannot be yielded from has called what runs. */
export function isInsideC(heap: Uint8Array, state: number): boolean {
	const calls = heap[state + STATE_C_CALLS]! | (heap[state + STATE_C_CALLS + 1]! << 8);
	const base = heap[state + STATE_BASE_C_CALLS]! | (heap[state + STATE_BASE_C_CALLS + 1]! << 8);
	return calls > base;
}

/** Of a value at this place in memory. */
export function typeAt(int32: Int32Array, value: number): number {
	return int32[(value + VALUE_TYPE) >> 2]!;
}

export function numberAt(float64: Float64Array, value: number): number {
	return float64[value >> 3]!;
}

export function isTrueAt(int32: Int32Array, value: number): boolean {
	return int32[value >> 2] !== 0;
}

/** The string, table … that the value refers to. */
export function pointerAt(int32: Int32Array, value: number): number {
	return int32[value >> 2]!;
}

export function stringStart(string: number): number {
	return string + STRING_HEAD_BYTES;
}

export function stringLength(int32: Int32Array, string: number): number {
	return int32[(string + STRING_LENGTH) >> 2]!;
}

/** A pointer to it; 0 where there is none. */
export function metatableOf(int32: Int32Array, table: number): number {
	return int32[(table + TABLE_METATABLE) >> 2]!;
}

/** Where a table has its nodes: all tables that never had any share one place. */
export function nodesOf(int32: Int32Array, table: number): number {
	return int32[(table + TABLE_NODES) >> 2]!;
}

/** Values 1 to so many are in the array of the table, nil among them. */
export function arraySize(int32: Int32Array, table: number): number {
	return int32[(table + TABLE_ARRAY_SIZE) >> 2]!;
}

/** The place of element `index`, from 0. */
export function elementAt(int32: Int32Array, table: number, index: number): number {
	return int32[(table + TABLE_ARRAY) >> 2]! + index * VALUE_BYTES;
}

/** Places for other keys, most of them in use; nil is the value of those that are not. */
export function nodeCount(heap: Uint8Array, table: number): number {
	return 1 << heap[table + TABLE_SIZE_LOG]!;
}

/** The place of the value of node `index`, from 0; that of its key is `keyOf` it. In this order lua_next goes. */
export function nodeAt(int32: Int32Array, table: number, index: number): number {
	return int32[(table + TABLE_NODES) >> 2]! + index * NODE_BYTES;
}

const oneNumber = new Float64Array(1);
const itsHalves = new Uint32Array(oneNumber.buffer);

/** Where a number that is not 0 is looked for first among so many nodes; the others are behind it, by `nextNode`. */
export function placeOfNumber(number: number, count: number): number {
	oneNumber[0] = number;
	return ((itsHalves[0]! + itsHalves[1]!) >>> 0) % ((count - 1) | 1);
}

/** The node that is looked at behind this one, 0 behind the last. */
export function nextNode(int32: Int32Array, node: number): number {
	return int32[(node + NODE_NEXT) >> 2]!;
}

/** Whether nothing is in the table. */
export function isEmpty(heap: Uint8Array, int32: Int32Array, table: number): boolean {
	const size = arraySize(int32, table);
	for (let i = 0; i < size; i++) if (typeAt(int32, elementAt(int32, table, i)) !== 0) return false;
	const nodes = nodeCount(heap, table);
	for (let i = 0; i < nodes; i++) if (typeAt(int32, nodeAt(int32, table, i)) !== 0) return false;
	return true;
}

export function keyOf(node: number): number {
	return node + NODE_KEY;
}

/** Whether one of a table's nodes holds a value. */
export function hasNodes(heap: Uint8Array, int32: Int32Array, table: number): boolean {
	const count = nodeCount(heap, table);
	for (let i = 0; i < count; i++) if (typeAt(int32, nodeAt(int32, table, i)) !== 0) return true;
	return false;
}
