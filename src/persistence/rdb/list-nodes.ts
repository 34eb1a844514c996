import { elementLength, elementStart, nextElement } from "../../bytes/elements.ts";
import { entryBytesAt } from "../../types/list/listpack.ts";
import { CONTAINER_PACKED, CONTAINER_PLAIN } from "./format.ts";
import { ListpackWriter } from "./listpack-writer.ts";
import type { RdbOutput } from "./output.ts";

/** Of a node of a quicklist by default (list-max-listpack-size -2), and what Redis guesses that an element adds. */
const NODE_BYTES_MAX = 8192;
const ELEMENT_OVERHEAD_GUESS = 8;
/** Of a listpack, around its entries. */
const FRAME_BYTES = 7;
/** Longer elements have a node of their own without a listpack around them. */
const PACKED_ELEMENT_MAX = 1 << 20;

const listpack = new ListpackWriter();

/**
 * Cuts a list into the nodes of a quicklist, as Redis does where every element is pushed at the tail. It goes through the
 * list twice, since the number of nodes comes first: counting, and writing.
 */
export class ListNodes {
	/** How many nodes the elements so far make. */
	count: number;
	/** Bytes of the listpack of the last node, -1 where the next element begins a node anyway. */
	private bytes: number;

	constructor() {
		this.count = 0;
		this.bytes = -1;
	}

	begin(): void {
		this.count = 0;
		this.bytes = -1;
	}

	/** Counts the nodes of a run of elements, which follows the one before. */
	countRun(run: Uint8Array, from: number, to: number): void {
		for (let at = from; at < to; at = nextElement(run, at)) {
			const length = elementLength(run, at);
			if (this.beginsNode(length)) this.count++;
			this.bytes = length > PACKED_ELEMENT_MAX ? -1 : Math.max(this.bytes, FRAME_BYTES) + entryBytesAt(run, at);
		}
	}

	/** Whether an element of this length goes into a node that is not there yet; then what there is is done. */
	private beginsNode(length: number): boolean {
		if (this.bytes >= 0 && length <= PACKED_ELEMENT_MAX) {
			if (this.bytes + length + ELEMENT_OVERHEAD_GUESS <= NODE_BYTES_MAX) return false;
		}
		this.bytes = -1;
		return true;
	}

	/** Writes those that end in this run. */
	writeRun(output: RdbOutput, run: Uint8Array, from: number, to: number): void {
		for (let at = from; at < to; at = nextElement(run, at)) {
			const length = elementLength(run, at);
			const isOpen = this.bytes >= 0;
			if (this.beginsNode(length)) {
				if (isOpen) writeNode(output);
				listpack.begin();
			}
			if (length > PACKED_ELEMENT_MAX) {
				output.size(CONTAINER_PLAIN);
				output.string(run, elementStart(run, at), length);
				continue;
			}
			listpack.text(run, elementStart(run, at), length);
			this.bytes = listpack.totalBytes();
		}
	}

	/** Writes the last node. */
	end(output: RdbOutput): void {
		if (this.bytes >= 0) writeNode(output);
		this.bytes = -1;
	}
}

function writeNode(output: RdbOutput): void {
	listpack.end();
	output.size(CONTAINER_PACKED);
	output.string(listpack.bytes, 0, listpack.length);
}
