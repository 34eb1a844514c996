import { copyBytes } from "../bytes/ascii.ts";
import { Murmur64 } from "../bytes/murmur.ts";
import { LongString } from "../memory/long-string.ts";
import { KEEP_DEADLINE } from "../memory/table.ts";
import {
	DENSE,
	DENSE_BYTES,
	encodingAt,
	HEADER_BYTES,
	isHyperLogLog,
	markStale,
	writeEncoding,
	writeHeader,
} from "./hyperloglog/header.ts";
import { Histogram } from "./hyperloglog/histogram.ts";
import { REGISTERS, readRegister, writeRegister } from "./hyperloglog/registers.ts";
import {
	countSparse,
	describeSparse,
	JOIN_BYTES_MAX,
	joinRuns,
	packSparse,
	RUN_BYTES_MAX,
	raiseToSparse,
	SPARSE_VALUE_MAX,
	SPLIT_BYTES_MAX,
	SparseRuns,
	splitRun,
	writeRun,
} from "./hyperloglog/sparse.ts";
import type { RegisterUnion } from "./hyperloglog/union.ts";
import type { Place } from "./place.ts";
import { isInlineString, RAW_STRING_KIND, StringView } from "./string.ts";

/**
 * HyperLogLog: how many different elements there were, within 0.81 %, from 16,384 registers. Each element's hash names a
 * register and a rank, one more than the zeros at the end of the rest of the hash; a register keeps the largest rank.
 *
 * It is a string, byte for byte as Redis has it, for GET shows it: a head, then the registers, first in a sparse form, in
 * a dense one of six bits each as soon as the sparse one is longer than a limit, or a rank does not fit it any more.
 *
 * An object of this class works on one string at a time, the one `load` or `create` found at a place; what changes it
 * takes that place again, and leaves the view where the string is now.
 */
const SEED = 0xadc83b19 | 0;
const INDEX_BITS = 14;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
/** A one above the highest bit of the hash, so that a rank is found in any case. */
const RANK_GUARD = 1 << (32 - INDEX_BITS);

/** An empty one: the head, and one run of all registers. */
const EMPTY_BYTES = HEADER_BYTES + 2;

/** What became of a register. */
export const UNCHANGED = 0;
export const CHANGED = 1;
/** The sparse form is none: changed by hand, it does not say what all registers are. */
export const CORRUPTED = -1;

export class HyperLogLog {
	readonly view: StringView;
	private readonly runs: SparseRuns;
	private readonly murmur: Murmur64;
	private readonly histogram: Histogram;
	/** A run in pieces, and those on their way into the string with their neighbours. */
	private readonly pieces: Uint8Array;
	private readonly edit: Uint8Array;

	constructor() {
		this.view = new StringView();
		this.runs = new SparseRuns();
		this.murmur = new Murmur64(SEED);
		this.histogram = new Histogram();
		this.pieces = new Uint8Array(SPLIT_BYTES_MAX);
		this.edit = new Uint8Array(RUN_BYTES_MAX + SPLIT_BYTES_MAX + JOIN_BYTES_MAX);
	}

	/** Points at the string at the place's cursor; false where it is no HyperLogLog. */
	load(place: Place): boolean {
		const { table } = place;
		this.view.load(table);
		if (!isHyperLogLog(this.view)) return false;
		// Whatever is changed is changed in place, and it is small.
		if (table.isExternal()) (table.external() as LongString).preserve(0, this.view.length);
		return true;
	}

	/** Makes an empty one under the key of the last find, which does not exist. */
	create(place: Place): void {
		const start = place.createInline(RAW_STRING_KIND, EMPTY_BYTES);
		const { slab } = place.table.segment;
		writeHeader(slab, start);
		writeRun(slab, start + HEADER_BYTES, 0, REGISTERS);
		this.view.load(place.table);
	}

	isDense(): boolean {
		return encodingAt(this.view) === DENSE;
	}

	/** Takes an element in; returns what that did to its register. */
	add(place: Place, bytes: Uint8Array, start: number, length: number, sparseBytesMax: number): number {
		const { murmur } = this;
		murmur.hash(bytes, start, length);
		const { high, low } = murmur;
		const rest = (low >>> INDEX_BITS) | (high << (32 - INDEX_BITS));
		const zeros = rest !== 0 ? trailingZeros(rest) : 32 + trailingZeros((high >>> INDEX_BITS) | RANK_GUARD);
		return this.raise(place, low & INDEX_MASK, zeros + 1, sparseBytesMax);
	}

	private raise(place: Place, register: number, rank: number, sparseBytesMax: number): number {
		if (!this.isDense()) {
			this.runs.rewind();
			return this.raiseSparse(place, register, rank, sparseBytesMax);
		}
		const { bytes } = this.view;
		const start = this.view.start + HEADER_BYTES;
		if (readRegister(bytes, start, register) >= rank) return UNCHANGED;
		writeRegister(bytes, start, register, rank);
		return CHANGED;
	}

	private raiseSparse(place: Place, register: number, rank: number, bytesMax: number): number {
		const { view, runs, pieces } = this;
		if (rank > SPARSE_VALUE_MAX) return this.promote(place, register, rank);
		if (!runs.find(view, register)) return CORRUPTED;
		if (runs.value >= rank) return UNCHANGED;
		const growth = splitRun(runs, register, rank, pieces) - runs.size;
		if (growth > 0 && view.length + growth > bytesMax) return this.promote(place, register, rank);
		this.replaceRun(place, runs.size + growth);
		markStale(view);
		return CHANGED;
	}

	/** Puts the first bytes of `pieces` in the place of the run that was found, and joins what can be joined around them. */
	private replaceRun(place: Place, pieceBytes: number): void {
		const { view, runs, pieces, edit } = this;
		const { previous, at, size } = runs;
		const behind = Math.min(view.length - at - size, JOIN_BYTES_MAX);
		const before = at - previous;
		copyBytes(view.bytes, view.start + previous, edit, 0, before);
		copyBytes(pieces, 0, edit, before, pieceBytes);
		copyBytes(view.bytes, view.start + at + size, edit, before + pieceBytes, behind);
		const length = joinRuns(edit, before + pieceBytes + behind);
		this.splice(place, previous, before + size + behind, length);
		copyBytes(edit, 0, view.bytes, view.start + previous, length);
	}

	/** Replaces `removed` bytes of the string at `at` by `inserted` bytes that the caller has to write. */
	private splice(place: Place, at: number, removed: number, inserted: number): void {
		const { view } = this;
		const { table } = place;
		const length = view.length + inserted - removed;
		if (!table.isExternal()) {
			if (isInlineString(length)) {
				place.spliceInline(at, removed, inserted);
				return view.load(table);
			}
			place.putExternal(RAW_STRING_KIND, LongString.of(view.bytes, view.start, view.length), KEEP_DEADLINE);
		}
		const string = table.external() as LongString;
		const before = string.bytesUsed();
		if (length > string.length) string.resize(length);
		string.bytes.copyWithin(at + inserted, at + removed, view.length);
		string.resize(length);
		table.handles.bytes += string.bytesUsed() - before;
		view.load(table);
	}

	private promote(place: Place, register: number, rank: number): number {
		if (!this.toDense(place)) return CORRUPTED;
		return this.raise(place, register, rank, 0);
	}

	/** Gives it the dense form; false where the sparse one is corrupt. */
	toDense(place: Place): boolean {
		const { view } = this;
		if (this.isDense()) return true;
		const dense = new LongString(DENSE_BYTES);
		dense.length = DENSE_BYTES;
		copyBytes(view.bytes, view.start, dense.bytes, 0, HEADER_BYTES);
		writeEncoding(dense.bytes, 0, DENSE);
		if (!packSparse(view, dense.bytes, HEADER_BYTES)) return false;
		place.putExternal(RAW_STRING_KIND, dense, KEEP_DEADLINE);
		view.load(place.table);
		return true;
	}

	/** Adds the registers to a union; false where the sparse form is corrupt. */
	addTo(union: RegisterUnion): boolean {
		const { view } = this;
		if (!this.isDense()) return raiseToSparse(union.registers, view);
		union.addPacked(view.bytes, view.start + HEADER_BYTES);
		return true;
	}

	/** Takes over the registers of a union that this one was added to. */
	replaceRegisters(place: Place, union: RegisterUnion, sparseBytesMax: number): void {
		const { registers } = union;
		this.runs.rewind();
		for (let i = 0; i < REGISTERS && !this.isDense(); i++) {
			if (registers[i]! > 0) this.raiseSparse(place, i, registers[i]!, sparseBytesMax);
		}
		if (this.isDense()) union.pack(this.view.bytes, this.view.start + HEADER_BYTES);
		markStale(this.view);
	}

	/** The sparse form, for people. */
	describe(): string {
		return describeSparse(this.view);
	}

	/** How many different elements there were; NaN where the sparse form is corrupt. */
	estimate(): number {
		const { view, histogram } = this;
		histogram.clear();
		if (this.isDense()) histogram.addPacked(view.bytes, view.start + HEADER_BYTES);
		else if (!countSparse(histogram, view)) return Number.NaN;
		return histogram.estimate();
	}

	/** The same of a union. */
	estimateOf(union: RegisterUnion): number {
		this.histogram.clear();
		this.histogram.addRegisters(union.registers);
		return this.histogram.estimate();
	}
}

function trailingZeros(word: number): number {
	return 31 - Math.clz32(word & -word);
}
