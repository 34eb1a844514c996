import { Crc64 } from "../../../bytes/crc64.ts";
import type { Table } from "../../../memory/table.ts";
import type { Limits } from "../../../types/limits.ts";
import { LonePlace } from "../../../types/lone-place.ts";
import { WITHOUT_PAUSE } from "../../loading.ts";
import { CHECKSUM_BYTES, FOOTER_BYTES, TYPE_STRING, VERSION_MAX } from "../format.ts";
import { BadData } from "./bad-data.ts";
import { ByteSource } from "./byte-source.ts";
import { RdbInput, type Text } from "./rdb-input.ts";
import { ValueContext } from "./value-context.ts";
import { readValue } from "./value-reader.ts";

/** Payloads of Valkey have versions from here on. */
const VALKEY_VERSION_MIN = 80;
const crc = new Crc64();

/** Whether bytes are a DUMP payload of a version that is understood, and as it was made. */
export function isPayload(bytes: Uint8Array, from: number, to: number): boolean {
	if (to - from < FOOTER_BYTES) return false;
	const version = payloadVersion(bytes, to);
	if (version > VERSION_MAX && version < VALKEY_VERSION_MIN) return false;
	const end = to - CHECKSUM_BYTES;
	const expected = new Uint8Array(CHECKSUM_BYTES);
	crc.reset();
	crc.update(bytes, from, end);
	crc.write(expected, 0);
	return expected.every((byte, i) => byte === bytes[end + i]!);
}

function payloadVersion(bytes: Uint8Array, to: number): number {
	return bytes[to - FOOTER_BYTES]! | (bytes[to - FOOTER_BYTES + 1]! << 8);
}

/** The value of a DUMP payload. */
export class PayloadValue {
	/** Of a string, where it is one: good as long as the payload is. */
	readonly string: Text | null;
	/** Otherwise, where the value is. */
	readonly place: LonePlace;

	/** Throws BadData. `table` is any table of the server. */
	constructor(bytes: Uint8Array, from: number, to: number, table: Table, limits: Limits) {
		const input = new RdbInput(ByteSource.ofBytes(bytes, from, to - FOOTER_BYTES));
		this.place = new LonePlace(table);
		const context = new ValueContext(input, this.place, limits, WITHOUT_PAUSE);
		context.isValkey = payloadVersion(bytes, to) >= VALKEY_VERSION_MIN;
		const type = input.byte();
		this.string = type === TYPE_STRING ? context.first : null;
		if (type === TYPE_STRING) input.string(context.first);
		else {
			const reader = readValue(context, type);
			while (reader !== null && !reader.next().done);
		}
		if (input.source.left() > 0) throw new BadData("there is more behind the value");
	}
}
