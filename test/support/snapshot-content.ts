/** What a snapshot's pieces say, as a map that can be compared, whatever the order and the sizes of the pieces. */
import { latin1 } from "../../src/bytes/ascii.ts";
import type { SnapshotTaker, ValueHead } from "../../src/keyspace/keyspace-snapshot.ts";
import {
	INLINE_KEY_MAX,
	isLive,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	KIND_MARKS,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	SLAB_START,
	strideOf,
	TYPE_MASK,
	valueField,
	valueLengthAt,
	valueStartAt,
} from "../../src/memory/entry.ts";
import type { BytesPiece, ElementsPiece, EntriesPiece, Piece } from "../../src/memory/snapshot.ts";

/** Calls `visit` with each entry of a piece. */
export function forEachEntry(
	{ slab, used, deadlines, strings }: EntriesPiece,
	visit: (key: string, value: string, deadline_ms: number, kind: number) => void,
): void {
	for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
		if (!isLive(slab, offset)) continue;
		const kind = slab[offset]!;
		const length = keyLength(slab, offset);
		const start = keyStart(slab, offset);
		const key =
			length > INLINE_KEY_MAX ? textOf(strings[readUint32(slab, start)]!) : latin1(slab, start, start + length);
		const field = valueField(slab, offset);
		const at = valueStartAt(slab, field);
		const value =
			(kind & KIND_EXTERNAL) !== 0
				? textOf(strings[readUint32(slab, field)]!)
				: latin1(slab, at, at + valueLengthAt(slab, field));
		const position = (kind & KIND_DEADLINE) === 0 ? NO_HEAP_POSITION : readHeapPosition(slab, offset);
		visit(key, value, position === NO_HEAP_POSITION ? Infinity : deadlines![position]!, kind);
	}
}

function textOf(bytes: Uint8Array): string {
	return latin1(bytes, 0, bytes.length);
}

/** Collects a whole snapshot; what comes twice, or out of turn, is an error. */
export class SnapshotContent implements SnapshotTaker {
	/** By database and key: type, deadline and content. */
	readonly keys: Map<string, string>;
	private head: ValueHead | null;
	private members: string[];
	private content: string;

	constructor() {
		this.keys = new Map();
		this.head = null;
		this.members = [];
		this.content = "";
	}

	entries(database: number, piece: EntriesPiece): void {
		if (this.head !== null) throw new Error("a value has not ended");
		forEachEntry(piece, (key, value, deadline_ms, kind) => {
			if ((kind & KIND_EXTERNAL) !== 0) throw new Error(`${key} is no inline value`);
			this.add(database, key, kind & (TYPE_MASK | KIND_MARKS), deadline_ms, value);
		});
	}

	beginValue(head: ValueHead): void {
		if (this.head !== null) throw new Error("a value has not ended");
		this.head = head;
		this.members = [];
		this.content = "";
	}

	piece(piece: Piece): void {
		if (piece.form === "entries") {
			forEachEntry(piece as EntriesPiece, (key, value, deadline_ms) => {
				this.members.push(JSON.stringify([key, value, deadline_ms]));
			});
		} else if (piece.form === "bytes") this.content += textOf((piece as BytesPiece).bytes);
		else if (piece.form === "elements") this.content += textOf((piece as ElementsPiece).run);
		else
			this.content += JSON.stringify(piece, (_, value) =>
				ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value,
			);
	}

	endValue(): void {
		const { database, key, kind, deadline_ms, count } = this.head!;
		this.head = null;
		if (this.members.length > 0 && this.members.length !== count) {
			throw new Error(`${textOf(key)} has ${this.members.length} members, not ${count}`);
		}
		this.add(database, textOf(key), kind, deadline_ms, `${count} ${this.content}${this.members.sort().join()}`);
	}

	private add(database: number, key: string, kind: number, deadline_ms: number, content: string): void {
		const name = `${database} ${key}`;
		if (this.keys.has(name)) throw new Error(`${name} comes twice`);
		this.keys.set(name, `${kind} ${deadline_ms} ${content}`);
	}
}
