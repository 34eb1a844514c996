import { copyBytes } from "../../bytes/ascii.ts";
import { type ElementsPiece, PIECE_BYTES, type ValueSnapshot } from "../../memory/snapshot.ts";
import type { BlockDirectory } from "./block-directory.ts";

/** Of a block in `spans`. */
const START = 0;
const END = 1;
const COUNT = 2;
const SPAN_FIELDS = 3;

/** What the objects of a patch take. */
const PATCH_OBJECT_BYTES = 100;
/** A block is copied when its patches would take more than this part of it. */
const PATCHED_PART = 8;

const noBlock = new Uint8Array(0);

/** Bytes of a block as they were before they changed. */
interface Patch {
	readonly at: number;
	readonly bytes: Uint8Array;
}

/** Of one block, in the order in which they came. */
interface Patches {
	readonly items: Patch[];
	bytes: number;
}

/**
 * A list of blocks as it was at one moment: the buffers of its blocks, and where the elements lay in each.
 *
 *     blocks    [taken  taken | buffer  copy  buffer  buffer …]
 *     spans     i32   START  END  COUNT                         of each
 *
 * The list goes on using the buffers. It tells before it writes to one, with the number the block has here. Where it only
 * adds elements beside those we know, nothing is copied; a few bytes of a block become patches, which the piece gets, the
 * oldest last; where they are many the block is copied as a whole. A buffer the list lets go of is ours alone.
 */
export class ListSnapshot implements ValueSnapshot {
	readonly count: number;
	readonly deadlineBound_ms: number;
	/** Bytes put aside so far. */
	keptBytes: number;
	private readonly blocks: Uint8Array[];
	private readonly spans: Int32Array;
	/** By block; null while there are none, as for most of many lists. */
	private patches: Map<number, Patches> | null;
	/** Blocks. */
	private taken: number;

	constructor(list: BlockDirectory) {
		const { size } = list;
		this.count = list.count;
		this.deadlineBound_ms = Infinity;
		this.keptBytes = 0;
		this.blocks = new Array<Uint8Array>(size);
		this.spans = new Int32Array(size * SPAN_FIELDS);
		this.patches = null;
		this.taken = 0;
		for (let block = 0, span = 0; block < size; block++, span += SPAN_FIELDS) {
			this.blocks[block] = list.bufferOf(block);
			this.spans[span + START] = list.startOf(block);
			this.spans[span + END] = list.endOf(block);
			this.spans[span + COUNT] = list.countOf(block);
		}
	}

	/** A block's buffer is about to change in [from, to): returns whether from now on that does not matter. */
	preserve(block: number, from: number, to: number): boolean {
		const span = block * SPAN_FIELDS;
		const start = this.spans[span + START]!;
		const end = this.spans[span + END]!;
		if (block < this.taken || to <= start || from >= end) return false;
		if (this.patch(block, Math.max(from, start), Math.min(to, end))) return false;
		const copy = new Uint8Array(end - start);
		this.copyBlock(block, copy, 0);
		this.blocks[block] = copy;
		this.spans[span + START] = 0;
		this.spans[span + END] = end - start;
		this.keptBytes += end - start;
		return true;
	}

	/** False where the patches of the block would become too many. */
	private patch(block: number, from: number, to: number): boolean {
		const bytes = PATCH_OBJECT_BYTES + to - from;
		this.patches ??= new Map();
		const patches = this.patches.get(block) ?? { items: [], bytes: 0 };
		if ((patches.bytes + bytes) * PATCHED_PART > this.bytesOf(block)) return false;
		patches.items.push({ at: from, bytes: this.blocks[block]!.slice(from, to) });
		patches.bytes += bytes;
		this.patches.set(block, patches);
		this.keptBytes += bytes;
		return true;
	}

	/** Copies what a block had, and forgets its patches. */
	private copyBlock(block: number, target: Uint8Array, to: number): void {
		const start = this.spans[block * SPAN_FIELDS + START]!;
		copyBytes(this.blocks[block]!, start, target, to, this.bytesOf(block));
		const patches = this.patches?.get(block);
		if (patches === undefined) return;
		const { items } = patches;
		for (let i = items.length - 1; i >= 0; i--) target.set(items[i]!.bytes, to + items[i]!.at - start);
		this.patches!.delete(block);
	}

	next(): ElementsPiece | null {
		const { blocks, spans, taken } = this;
		let bytes = 0;
		let count = 0;
		let behind = taken;
		for (; behind < blocks.length; behind++) {
			const size = this.bytesOf(behind);
			if (bytes > 0 && bytes + size > PIECE_BYTES) break;
			bytes += size;
			count += spans[behind * SPAN_FIELDS + COUNT]!;
		}
		if (count === 0) return null;
		const run = new Uint8Array(bytes);
		for (let block = taken, at = 0; block < behind; block++) {
			this.copyBlock(block, run, at);
			blocks[block] = noBlock;
			at += this.bytesOf(block);
		}
		this.taken = behind;
		return { form: "elements", run, count };
	}

	private bytesOf(block: number): number {
		return this.spans[block * SPAN_FIELDS + END]! - this.spans[block * SPAN_FIELDS + START]!;
	}
}
