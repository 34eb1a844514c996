import type { Pages } from "../../adapters/pages.ts";
import { assert } from "../../bytes/assert.ts";

/**
 * Blocks of one size, numbered from 0 without a gap: memory for a tree whose nodes have numbers instead of addresses.
 *
 *     number 0 1 2 … 255 | 256 …          256 blocks a chunk, a chunk one buffer of up to 1 MiB
 *
 * Invariant: block `count` - 1 is the last; whoever frees a block fills its place with the last one, so a chunk is given
 * back as soon as the blocks that are left need it no more. The first chunk grows and shrinks with its contents, so that
 * a small tree is small.
 */
export const BLOCK_BYTES = 4096;
const BLOCK_BITS = 12;
const CHUNK_BITS = 8;
const CHUNK_BLOCKS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_BLOCKS - 1;
/** So many blocks of the chunk before have to be free before an empty chunk goes. */
const CHUNK_SLACK = 32;

/** Some blocks in a row, as bytes and as numbers of the kinds they hold. */
export class Chunk {
	readonly bytes: Uint8Array;
	readonly shorts: Uint16Array;
	readonly words: Int32Array;
	readonly view: DataView;

	constructor(blocks: number) {
		const buffer = new ArrayBuffer(blocks * BLOCK_BYTES);
		this.bytes = new Uint8Array(buffer);
		this.shorts = new Uint16Array(buffer);
		this.words = new Int32Array(buffer);
		this.view = new DataView(buffer);
	}

	blocks(): number {
		return this.bytes.length >> BLOCK_BITS;
	}
}

/** Where a block begins in its chunk. */
export function baseOf(block: number): number {
	return (block & CHUNK_MASK) << BLOCK_BITS;
}

export class Blocks {
	count: number;
	private readonly pages: Pages;
	private chunks: Chunk[];

	constructor(pages: Pages) {
		this.count = 0;
		this.pages = pages;
		this.chunks = [];
	}

	chunkOf(block: number): Chunk {
		return this.chunks[block >> CHUNK_BITS]!;
	}

	/** Sees to it that the next `blocks` allocations move nothing. */
	reserve(blocks: number): void {
		const needed = this.count + blocks;
		if (this.chunks.length === 0) this.pushChunk(Math.min(needed, CHUNK_BLOCKS));
		else if (this.chunks.length === 1 && needed > this.chunks[0]!.blocks()) {
			const blocks = this.chunks[0]!.blocks();
			this.resizeFirst(Math.min(CHUNK_BLOCKS, Math.max(needed, blocks + (blocks >> 2))));
		}
		while (needed > this.chunks.length << CHUNK_BITS && this.chunks[0]!.blocks() === CHUNK_BLOCKS) {
			this.pushChunk(CHUNK_BLOCKS);
		}
	}

	/** Takes a block; what it holds is whatever lay there. */
	allocate(): number {
		this.reserve(1);
		return this.count++;
	}

	/** Copies a block over another one. */
	copy(from: number, to: number): void {
		const source = baseOf(from);
		this.chunkOf(to).bytes.set(this.chunkOf(from).bytes.subarray(source, source + BLOCK_BYTES), baseOf(to));
	}

	/** Gives the last block back. */
	dropLast(): void {
		assert(this.count > 0, "there is a block to give back");
		this.count--;
		if (this.chunks.length > 1) {
			// Some blocks early, so that a tree that breathes does not allocate with each breath.
			const last = (this.chunks.length - 1) << CHUNK_BITS;
			if (this.count <= last - CHUNK_SLACK) this.popChunk();
			return;
		}
		const blocks = this.chunks[0]!.blocks();
		const enough = this.count + (this.count >> 2) + 1;
		if (enough * 2 <= blocks) this.resizeFirst(enough);
	}

	clear(): void {
		this.count = 0;
		this.chunks = [];
	}

	/** Becomes a copy that shares nothing with the original. */
	copyFrom(original: Blocks): void {
		this.clear();
		for (const [index, chunk] of original.chunks.entries()) {
			this.pushChunk(chunk.blocks());
			this.chunks[index]!.bytes.set(chunk.bytes);
		}
		this.count = original.count;
	}

	*buffers(): Iterable<Uint8Array> {
		for (const chunk of this.chunks) yield chunk.bytes;
	}

	/** Of the blocks in use; pages behind the last are not resident before they are written. */
	bytesUsed(): number {
		return this.count * BLOCK_BYTES;
	}

	private pushChunk(blocks: number): void {
		this.chunks.push(new Chunk(blocks));
	}

	private popChunk(): void {
		const { bytes } = this.chunks.pop()!;
		this.pages.releaseLater(bytes);
	}

	private resizeFirst(blocks: number): void {
		const old = this.chunks[0]!;
		const resized = new Chunk(blocks);
		resized.bytes.set(old.bytes.subarray(0, Math.min(old.bytes.length, resized.bytes.length)));
		this.chunks[0] = resized;
	}
}
