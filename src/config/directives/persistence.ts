/** Directives of snapshots and of the append-only file. */
import { savePoints } from "../composite-types.ts";
import { directive, isGiven } from "../directive.ts";
import { INT32_MAX, INT32_MIN, integer, memory, oneOf, plainName, text, textOrNone, yesNo } from "../simple-types.ts";

const SAVE_DEFAULT = "3600 1 300 100 60 10000";

export const persistence = {
	save: directive(savePoints, SAVE_DEFAULT, "When to snapshot: after so many seconds, given so many changes.", {
		alwaysWritten: true,
	}),
	dbfilename: directive(text(plainName("dbfilename", "filename", true)), "dump.rdb", "File name of the snapshot.", {
		protected: true,
	}),
	rdbcompression: directive(yesNo, "yes", "Compress strings in snapshots."),
	rdbchecksum: directive(yesNo, "yes", "Write and check a checksum of each snapshot.", { immutable: true }),
	"rdb-del-sync-files": directive(yesNo, "no", "Delete snapshots that only served replication."),
	"rdb-save-incremental-fsync": directive(yesNo, "yes", "Sync a snapshot to disk piece by piece."),
	"stop-writes-on-bgsave-error": directive(yesNo, "yes", "Refuse writes while the last snapshot has failed."),
	"sanitize-dump-payload": directive(
		oneOf("no", "yes", "clients"),
		"no",
		"Whose serialized values are checked in depth.",
	),
	"rdb-key-save-delay": directive(
		integer(INT32_MIN, INT32_MAX),
		"0",
		"Microseconds to wait per saved key, for tests.",
		{
			hidden: true,
		},
	),
	"key-load-delay": directive(integer(INT32_MIN, INT32_MAX), "0", "Microseconds to wait per loaded key, for tests.", {
		hidden: true,
	}),
	"loading-process-events-interval-bytes": directive(
		integer(1024, INT32_MAX),
		"2097152",
		"Bytes loaded between two looks at the sockets.",
		{ hidden: true },
	),
	bgsave_cpulist: directive(textOrNone(), "", "Processors a background save is pinned to.", {
		immutable: true,
		pending: isGiven,
	}),
	appendonly: directive(yesNo, "no", "Log every change to the append-only file."),
	appendfilename: directive(
		text(plainName("appendfilename", "filename", false)),
		"appendonly.aof",
		"First part of the append-only files' names.",
		{ immutable: true },
	),
	appenddirname: directive(
		text(plainName("appenddirname", "dirname", false)),
		"appendonlydir",
		"Directory of the append-only files, inside dir.",
		{ immutable: true },
	),
	appendfsync: directive(oneOf("everysec", "always", "no"), "everysec", "When the append-only file is synced to disk."),
	"no-appendfsync-on-rewrite": directive(yesNo, "no", "Do not sync it while a background save is writing."),
	"auto-aof-rewrite-percentage": directive(
		integer(0, INT32_MAX),
		"100",
		"Growth in percent at which the append-only file is rewritten; 0 is never.",
	),
	"auto-aof-rewrite-min-size": directive(memory(), "64mb", "Size below which the append-only file is left alone."),
	"aof-load-truncated": directive(yesNo, "yes", "Start even if the end of the append-only file is cut off."),
	"aof-use-rdb-preamble": directive(yesNo, "yes", "Begin a rewritten append-only file with a snapshot."),
	"aof-timestamp-enabled": directive(yesNo, "no", "Note the time in the append-only file."),
	"aof-rewrite-incremental-fsync": directive(yesNo, "yes", "Sync a rewritten append-only file piece by piece."),
	"aof-disable-auto-gc": directive(yesNo, "no", "Keep append-only files that are no longer needed."),
	aof_rewrite_cpulist: directive(textOrNone(), "", "Processors an append-only rewrite is pinned to.", {
		immutable: true,
		pending: isGiven,
	}),
} as const;
