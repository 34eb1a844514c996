import {
	TYPE_HASH,
	TYPE_HASH_LISTPACK,
	TYPE_HASH_LISTPACK_EX,
	TYPE_HASH_LISTPACK_EX_PRE_RELEASE,
	TYPE_HASH_METADATA,
	TYPE_HASH_METADATA_PRE_RELEASE,
	TYPE_HASH_ZIPLIST,
	TYPE_HASH_ZIPMAP,
	TYPE_LIST,
	TYPE_LIST_QUICKLIST,
	TYPE_LIST_QUICKLIST_2,
	TYPE_LIST_ZIPLIST,
	TYPE_MODULE,
	TYPE_MODULE_PRE_RELEASE,
	TYPE_SET,
	TYPE_SET_INTSET,
	TYPE_SET_LISTPACK,
	TYPE_SORTED_SET,
	TYPE_SORTED_SET_2,
	TYPE_SORTED_SET_LISTPACK,
	TYPE_SORTED_SET_ZIPLIST,
	TYPE_STREAM_LISTPACKS,
	TYPE_STREAM_LISTPACKS_2,
	TYPE_STREAM_LISTPACKS_3,
	TYPE_STRING,
} from "../format.ts";
import { BadData } from "./bad-data.ts";
import {
	ABSOLUTE_DEADLINES,
	NO_DEADLINES,
	RELATIVE_DEADLINES,
	readHash,
	readPackedHash,
	TRAILING_DEADLINES,
} from "./hash-values.ts";
import { IntsetCursor } from "./intset-cursor.ts";
import { readList, readQuicklist, readZiplistList } from "./list-values.ts";
import { ListpackCursor } from "./listpack-cursor.ts";
import { moduleName } from "./module-data.ts";
import { readPackedSet, readSet } from "./set-values.ts";
import { readPackedSortedSet, readSortedSet } from "./sorted-set-values.ts";
import { readStream } from "./stream-values.ts";
import type { ValueContext } from "./value-context.ts";
import { ZiplistCursor } from "./ziplist-cursor.ts";
import { ZipmapCursor } from "./zipmap-cursor.ts";

const listpack = new ListpackCursor();
const ziplist = new ZiplistCursor();
const zipmap = new ZipmapCursor();
const intset = new IntsetCursor();

/** In the files of Valkey 9, in place of TYPE_HASH_METADATA_PRE_RELEASE. */
const TYPE_HASH_VALKEY = TYPE_HASH_METADATA_PRE_RELEASE;

/** Whether a value can have this type, loadable or not. */
export function isValueType(type: number, isValkey: boolean): boolean {
	if (isValkey) return type <= TYPE_HASH_VALKEY && type !== 8;
	return type <= TYPE_HASH_LISTPACK_EX && type !== 8;
}

/**
 * Reads a value that is no string into the context's place, which is empty. What is packed is there when this returns
 * null; of what came element by element the returned reader has to be run to its end, however long it pauses.
 */
export function readValue(context: ValueContext, type: number): Generator<void, void> | null {
	context.begin();
	switch (type) {
		case TYPE_LIST:
			return readList(context);
		case TYPE_SET:
			return readSet(context);
		case TYPE_SORTED_SET:
			return readSortedSet(context, false);
		case TYPE_SORTED_SET_2:
			return readSortedSet(context, true);
		case TYPE_HASH:
			return readHash(context, NO_DEADLINES);
		case TYPE_LIST_QUICKLIST:
			return readQuicklist(context, false);
		case TYPE_LIST_QUICKLIST_2:
			return readQuicklist(context, true);
		case TYPE_STREAM_LISTPACKS:
			return readStream(context, 1);
		case TYPE_STREAM_LISTPACKS_2:
			return readStream(context, 2);
		case TYPE_STREAM_LISTPACKS_3:
			return readStream(context, 3);
		case TYPE_HASH_METADATA_PRE_RELEASE:
			return readHash(context, context.isValkey ? TRAILING_DEADLINES : ABSOLUTE_DEADLINES);
		case TYPE_HASH_METADATA:
			return readHash(context, RELATIVE_DEADLINES);
		default:
			readPacked(context, type);
			return null;
	}
}

function readPacked(context: ValueContext, type: number): void {
	const { limits, packedLimits, input } = context;
	switch (type) {
		case TYPE_HASH_ZIPMAP:
			return readPackedHash(context, zipmap.open(context.readBlob()), false, limits);
		case TYPE_HASH_ZIPLIST:
			return readPackedHash(context, ziplist.open(context.readBlob()), false, packedLimits);
		case TYPE_HASH_LISTPACK:
			return readPackedHash(context, listpack.open(context.readBlob()), false, packedLimits);
		case TYPE_HASH_LISTPACK_EX:
			input.int64();
			return readPackedHash(context, listpack.open(context.readBlob()), true, packedLimits);
		case TYPE_HASH_LISTPACK_EX_PRE_RELEASE:
			return readPackedHash(context, listpack.open(context.readBlob()), true, packedLimits);
		case TYPE_LIST_ZIPLIST:
			return readZiplistList(context);
		case TYPE_SET_INTSET:
			return readPackedSet(context, intset.open(context.readBlob()), true);
		case TYPE_SET_LISTPACK:
			return readPackedSet(context, listpack.open(context.readBlob()), false);
		case TYPE_SORTED_SET_ZIPLIST:
			return readPackedSortedSet(context, ziplist.open(context.readBlob()));
		case TYPE_SORTED_SET_LISTPACK:
			return readPackedSortedSet(context, listpack.open(context.readBlob()));
		case TYPE_MODULE:
		case TYPE_MODULE_PRE_RELEASE: {
			input.length();
			const name = moduleName(input.high, input.low);
			throw new BadData(`The RDB file contains module data I can't load: no matching module type '${name}'`);
		}
		default:
			throw new BadData(`Unknown RDB encoding type ${type}`);
	}
}

export { TYPE_STRING };
