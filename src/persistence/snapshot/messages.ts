/** What the server and the writer of a snapshot say to each other. Plain objects, whose buffers are moved. */
import type { ValueHead } from "../../keyspace/keyspace-snapshot.ts";
import type { EntriesPiece, Piece } from "../../memory/snapshot.ts";
import type { SnapshotContents } from "./format.ts";
import type { SnapshotRequest } from "./snapshots.ts";

/** The calls of a SnapshotTaker, written down. */
export type TakerCall =
	| { readonly call: "entries"; readonly database: number; readonly piece: EntriesPiece }
	| { readonly call: "beginValue"; readonly head: ValueHead }
	| { readonly call: "piece"; readonly piece: Piece }
	| { readonly call: "endValue" };

export type ToWriter =
	| { readonly what: "begin"; readonly request: SnapshotRequest; readonly contents: SnapshotContents }
	/** `bytes` are those of all buffers, for the answer. */
	| { readonly what: "calls"; readonly calls: readonly TakerCall[]; readonly bytes: number }
	| { readonly what: "end" };

export type FromWriter =
	/** So many bytes are done with; of the buffers, those worth using again come back. */
	| { readonly what: "taken"; readonly bytes: number; readonly buffers: readonly ArrayBuffer[] }
	/** The next bytes of a snapshot that goes into no file. */
	| { readonly what: "written"; readonly bytes: Uint8Array }
	/** The file is complete and synced. */
	| { readonly what: "done"; readonly bytes: number }
	/** There is no file; `code` is that of the system, "" where it gave none. */
	| { readonly what: "failed"; readonly message: string; readonly code: string };
