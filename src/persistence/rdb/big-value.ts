import { assert, unreachable } from "../../bytes/assert.ts";
import { TYPE_MASK } from "../../memory/entry.ts";
import type { Piece } from "../../memory/snapshot.ts";
import { HASH, LIST, SET, SORTED_SET, STREAM, STRING } from "../../types/type.ts";
import { BigList } from "./big-list.ts";
import { BigStream } from "./big-stream.ts";
import { BigString } from "./big-string.ts";
import { BigHash, BigMembers } from "./big-table.ts";
import { TYPE_SET, TYPE_SORTED_SET_2 } from "./format.ts";
import type { RdbOutput } from "./output.ts";

/** What is known of a value before its pieces. */
export interface BigValueHead {
	readonly kind: number;
	readonly count: number;
	readonly fieldDeadlineBound_ms: number;
	/** Goes between type and value; null for none, as in a DUMP payload. */
	readonly key: Uint8Array | null;
}

/** Writes values of one type that come in pieces: type, key, value. */
export interface BigValueForm {
	begin(head: BigValueHead): void;
	piece(piece: Piece): void;
	end(): void;
}

/** Writes what comes in pieces, whatever its type is. */
export class BigValue implements BigValueForm {
	/** By type code. */
	private readonly forms: readonly BigValueForm[];
	private form: BigValueForm | null;

	constructor(output: RdbOutput) {
		const forms: BigValueForm[] = [];
		forms[STRING] = new BigString(output);
		forms[LIST] = new BigList(output);
		forms[SET] = new BigMembers(output, TYPE_SET);
		forms[SORTED_SET] = new BigMembers(output, TYPE_SORTED_SET_2);
		forms[HASH] = new BigHash(output);
		forms[STREAM] = new BigStream(output);
		this.forms = forms;
		this.form = null;
	}

	begin(head: BigValueHead): void {
		assert(this.form === null, "one value ends before the next begins");
		this.form = this.forms[head.kind & TYPE_MASK] ?? unreachable("every type can be written");
		this.form.begin(head);
	}

	piece(piece: Piece): void {
		this.form!.piece(piece);
	}

	end(): void {
		this.form!.end();
		this.form = null;
	}
}
