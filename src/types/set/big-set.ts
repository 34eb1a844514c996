import { halfSipHash } from "../../bytes/siphash.ts";
import type { External } from "../../memory/handles.ts";
import type { TakeBuffer } from "../../memory/snapshot.ts";
import { Table } from "../../memory/table.ts";
import { TableSnapshot } from "../../memory/table-snapshot.ts";

/**
 * A set that is not small: a table whose keys are the members; their values are empty.
 *
 * All tables of a server have the same seeds, so the hash of a member, once computed, serves every set.
 */
export class BigSet implements External {
	readonly members: Table;
	readonly memberTable: Table;
	/** What OBJECT ENCODING says of it; means nothing here. */
	encoding: number;

	constructor(members: Table, encoding: number) {
		this.members = members;
		this.memberTable = members;
		this.encoding = encoding;
	}

	/** An empty one that expects so many members; `table` is any table of the server, for seeds and pages. */
	static like(table: Table, encoding: number, members: number): BigSet {
		return new BigSet(new Table(table.seed0, table.seed1, table.pages, undefined, members), encoding);
	}

	hash(bytes: Uint8Array, start: number, length: number): number {
		return halfSipHash(bytes, start, start + length, this.members.seed0, this.members.seed1);
	}

	/** Returns whether it was no member before; the bytes must not lie in a slab of this set. */
	add(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const { members } = this;
		if (members.find(bytes, start, length, hash)) return false;
		members.putInline(bytes, start, length, hash, 0, bytes, 0, 0, Infinity, 0);
		return true;
	}

	get snapshot(): TableSnapshot | null {
		return this.members.snapshot;
	}

	set snapshot(snapshot: TableSnapshot | null) {
		this.members.snapshot = snapshot;
	}

	beginSnapshot(takeBuffer?: TakeBuffer): TableSnapshot {
		return TableSnapshot.ofMembers(this.members, takeBuffer);
	}

	bytesUsed(): number {
		return this.members.bytesUsed();
	}

	buffers(): Iterable<Uint8Array> {
		return this.members.buffers();
	}

	clone(): BigSet {
		return new BigSet(this.members.clone(), this.encoding);
	}
}
