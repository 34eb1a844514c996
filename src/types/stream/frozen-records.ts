const noWords = new Int32Array(0);

/** Records number `start` to before `end` of an array of words. */
export class RecordBlock {
	words: Int32Array;
	start: number;
	end: number;
	/** One more than its number among frozen records, where they say so. */
	frozenNumber: number;

	constructor(words: Int32Array, start: number, end: number) {
		this.words = words;
		this.start = start;
		this.end = end;
		this.frozenNumber = 0;
	}
}

/** The records of a list, as it shows them. */
export interface RecordSource {
	readonly stride: number;
	readonly count: number;
	readonly frozen: FrozenRecords | null;
	recordBlocks(): readonly RecordBlock[];
}

/**
 * The records of a pending list as they were at one moment. Nothing is noted until the list says that it is about to
 * change: then which words of which blocks they are, and before a block's words change a copy of them.
 */
export class FrozenRecords {
	count: number;
	/** Bytes put aside so far. */
	keptBytes: number;
	private readonly list: RecordSource;
	private isNoted: boolean;
	private words: Int32Array[];
	/** Of each block its first record, and the one behind its last. */
	private bounds: Int32Array;
	/** Blocks. */
	private taken: number;
	/** Records of the next block. */
	private takenWithin: number;

	constructor(list: RecordSource) {
		this.count = 0;
		this.keptBytes = 0;
		this.list = list;
		this.isNoted = false;
		this.words = [];
		this.bounds = new Int32Array(0);
		this.taken = 0;
		this.takenWithin = 0;
	}

	/** To be told before records come or go. */
	note(): void {
		if (this.isNoted) return;
		this.isNoted = true;
		const { list } = this;
		const blocks = list.recordBlocks();
		const isAttached = list.frozen === this;
		this.count = list.count;
		this.words = new Array<Int32Array>(blocks.length);
		this.bounds = new Int32Array(2 * blocks.length);
		for (let i = 0; i < blocks.length; i++) {
			const block = blocks[i]!;
			this.words[i] = block.words;
			this.bounds[2 * i] = block.start;
			this.bounds[2 * i + 1] = block.end;
			if (isAttached) block.frozenNumber = i + 1;
		}
	}

	/** To be told before words of a block change. */
	preserve(block: RecordBlock): void {
		this.note();
		const index = block.frozenNumber - 1;
		if (index < this.taken) return;
		block.frozenNumber = 0;
		// A block that has got other words since has left these to us.
		if (block.words !== this.words[index]) return;
		const { stride } = this.list;
		const copy = block.words.slice(this.bounds[2 * index]! * stride, this.bounds[2 * index + 1]! * stride);
		this.words[index] = copy;
		this.bounds[2 * index + 1]! -= this.bounds[2 * index]!;
		this.bounds[2 * index] = 0;
		this.keptBytes += copy.byteLength;
	}

	/** The next records, as many as fit into so many bytes; null where there are none left. They have been noted. */
	next(bytesMax: number): Int32Array | null {
		const { stride } = this.list;
		const left = this.count;
		if (left === 0) return null;
		const taken = new Int32Array(stride * Math.min(left, Math.floor(bytesMax / (4 * stride))));
		for (let at = 0; at < taken.length; ) {
			const from = this.bounds[2 * this.taken]! + this.takenWithin;
			const to = Math.min(this.bounds[2 * this.taken + 1]!, from + (taken.length - at) / stride);
			taken.set(this.words[this.taken]!.subarray(from * stride, to * stride), at);
			at += (to - from) * stride;
			this.takenWithin += to - from;
			if (to === this.bounds[2 * this.taken + 1]!) {
				this.words[this.taken] = noWords;
				this.taken++;
				this.takenWithin = 0;
			}
		}
		this.count -= taken.length / stride;
		return taken;
	}
}
