import { copyBytes } from "../bytes/ascii.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import { KIND_MARKS, TYPE_MASK } from "../memory/entry.ts";
import type { External } from "../memory/handles.ts";
import { Table } from "../memory/table.ts";
import type { Place } from "./place.ts";

const NO_KEY = new Uint8Array(0);

/** A place for one value that has no key: where a result grows before it is known whether and where it will be stored. */
export class LonePlace implements Place {
	readonly table: Table;
	private readonly hash: number;

	/** `table` is any table of the server, for seeds and pages. */
	constructor(table: Table) {
		this.table = new Table(table.seed0, table.seed1, table.pages);
		this.hash = halfSipHash(NO_KEY, 0, 0, table.seed0, table.seed1);
		this.table.find(NO_KEY, 0, 0, this.hash);
	}

	createInline(kind: number, length: number): number {
		return this.table.createInline(NO_KEY, 0, 0, this.hash, kind, length, 0);
	}

	spliceInline(at: number, removed: number, inserted: number): number {
		return this.table.spliceInline(at, removed, inserted);
	}

	putExternal(kind: number, value: External, deadline_ms: number): void {
		this.table.putExternal(NO_KEY, 0, 0, this.hash, kind, value, deadline_ms, 0);
	}

	remove(): void {
		this.table.remove();
		this.table.find(NO_KEY, 0, 0, this.hash);
	}

	/** Somebody took the value, which lives on elsewhere: this place is empty again. */
	forget(): void {
		this.table.forget();
		this.table.find(NO_KEY, 0, 0, this.hash);
	}

	/**
	 * Moves the value to the key of another place's last find, in place of what is there; `deadline_ms` is Infinity or
	 * KEEP_DEADLINE. This place is not to be used any more.
	 */
	moveTo(place: Place, deadline_ms: number): void {
		const { table } = this;
		const kind = table.kind() & (TYPE_MASK | KIND_MARKS);
		if (table.isExternal()) return place.putExternal(kind, table.external(), deadline_ms);
		const length = table.valueLength();
		const start = place.createInline(kind, length);
		copyBytes(table.segment.slab, table.valueStart(), place.table.segment.slab, start, length);
		if (deadline_ms === Infinity) place.table.clearDeadline();
	}
}
