import { ID_WORDS } from "./pending-list.ts";
import { RUN_WORDS, type RunBlock } from "./run-block.ts";

/** Bytes of an id as a key of Redis's radix tree. */
const KEY_BYTES = 16;

/**
 * How many nodes Redis's radix tree would have for the runs of a stream, which XINFO tells: a leaf for each run, a node
 * wherever keys part, and one for each stretch of bytes in between that belongs to one path alone.
 *
 * The keys come in order, so the places where they part are those where neighbours do. A stack holds the depths of the
 * places that lie on the path to the present key; one that is left behind hangs below the deeper of its two neighbours.
 */
export function treeNodes(blocks: readonly RunBlock[]): number {
	const open: number[] = [];
	let nodes = 1;
	let runs = 0;
	let last = 0;
	let before: Int32Array | null = null;
	let beforeAt = 0;
	for (const { directory, first, end } of blocks) {
		for (let run = first; run < end; run++, runs++) {
			const at = run * RUN_WORDS;
			if (before !== null) {
				const common = commonBytes(before, beforeAt, directory, at);
				nodes += leafNodes(Math.max(last, common)) + closeDeeper(open, common);
				if (open.length === 0 || open[open.length - 1]! < common) open.push(common);
				last = common;
			}
			before = directory;
			beforeAt = at;
		}
	}
	if (runs === 0) return nodes;
	if (runs === 1) return 2;
	nodes += leafNodes(last) + closeDeeper(open, -1);
	// The root was counted as a place where keys part; it is a stretch of its own where they part later.
	return rootDepth(blocks) > 0 ? nodes : nodes - 1;
}

/** A leaf, and the stretch before it where it does not hang directly below the place at that depth. */
function leafNodes(parent: number): number {
	return parent < KEY_BYTES - 1 ? 2 : 1;
}

/** Takes the places deeper than `depth` off the stack and returns their nodes. */
function closeDeeper(open: number[], depth: number): number {
	let nodes = 0;
	while (open.length > 0 && open[open.length - 1]! > depth) {
		const place = open.pop()!;
		const parent = Math.max(depth, open.length > 0 ? open[open.length - 1]! : -1);
		nodes += parent >= 0 && parent < place - 1 ? 2 : 1;
	}
	return nodes;
}

/** How many bytes all keys begin with. */
function rootDepth(blocks: readonly RunBlock[]): number {
	const first = blocks[0]!;
	const last = blocks[blocks.length - 1]!;
	return commonBytes(first.directory, first.first * RUN_WORDS, last.directory, (last.end - 1) * RUN_WORDS);
}

function commonBytes(a: Int32Array, aAt: number, b: Int32Array, bAt: number): number {
	for (let i = 0; i < ID_WORDS; i++) {
		const difference = a[aAt + i]! ^ b[bAt + i]!;
		if (difference !== 0) return 4 * i + (Math.clz32(difference) >>> 3);
	}
	return KEY_BYTES;
}
