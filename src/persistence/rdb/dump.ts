import { assert } from "../../bytes/assert.ts";
import { KIND_MARKS, TYPE_MASK } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { BigValue } from "./big-value.ts";
import { TYPE_HASH_LISTPACK_EX, TYPE_HASH_METADATA, VERSION, VERSION_WITH_FIELD_DEADLINES } from "./format.ts";
import { inlineType, writeInline } from "./inline-value.ts";
import { RdbOutput } from "./output.ts";

const INITIAL_BYTES = 16_384;
const OWNER_BITS = TYPE_MASK | KIND_MARKS;

/**
 * Values one at a time, as DUMP gives them out: type, value, version and checksum. The result is `output.bytes` up to
 * `output.length`, good until the next one.
 */
export class ValueDump {
	readonly output: RdbOutput;
	private readonly bigValue: BigValue;

	constructor() {
		this.output = new RdbOutput(null, INITIAL_BYTES);
		this.bigValue = new BigValue(this.output);
	}

	/** Makes the payload of the value at the table's cursor. */
	dump(table: Table, compresses: boolean): void {
		const { output } = this;
		this.encode(table, compresses);
		const type = output.bytes[0]!;
		const isNew = type === TYPE_HASH_METADATA || type === TYPE_HASH_LISTPACK_EX;
		const version = isNew ? VERSION_WITH_FIELD_DEADLINES : VERSION;
		output.byte(version);
		output.byte(version >> 8);
		output.sign();
	}

	/** Bytes of the value at the table's cursor in a snapshot, without key and type. */
	serializedLength(table: Table, compresses: boolean): number {
		this.encode(table, compresses);
		const { length } = this.output;
		this.forget();
		return length - 1;
	}

	/** Lets go of the memory that a huge value took. */
	forget(): void {
		this.output.begin(false, false);
	}

	private encode(table: Table, compresses: boolean): void {
		const kind = table.kind() & OWNER_BITS;
		this.output.begin(compresses, true);
		if (table.isExternal()) return this.encodeBig(table, kind);
		const { slab } = table.segment;
		const start = table.valueStart();
		const end = start + table.valueLength();
		this.output.byte(inlineType(kind, slab, start, end));
		writeInline(this.output, kind, slab, start, end);
	}

	private encodeBig(table: Table, kind: number): void {
		const { bigValue } = this;
		const external = table.external();
		assert(external.beginSnapshot !== undefined, "the value of a key can be written down");
		const snapshot = external.beginSnapshot();
		const { count, deadlineBound_ms } = snapshot;
		bigValue.begin({ kind, count, fieldDeadlineBound_ms: deadlineBound_ms, key: null });
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) bigValue.piece(piece);
		bigValue.end();
	}
}
