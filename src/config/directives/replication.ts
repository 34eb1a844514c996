/** Directives of replication. */
import { masterAddress } from "../composite-types.ts";
import { directive } from "../directive.ts";
import { INT32_MAX, INT64_MAX, integer, memory, oneOf, PORT_MAX, textOrNone, yesNo } from "../simple-types.ts";

const BACKLOG_MIN = 16_384;

export const replication = {
	replicaof: directive(masterAddress, "", "Host and port of the master this server copies.", {
		aliases: ["slaveof"],
		immutable: true,
	}),
	masteruser: directive(textOrNone(), "", "User to log in as at the master."),
	masterauth: directive(textOrNone(), "", "Password to log in with at the master."),
	"replica-serve-stale-data": directive(yesNo, "yes", "Answer reads while the master is out of reach.", {
		aliases: ["slave-serve-stale-data"],
	}),
	"replica-read-only": directive(yesNo, "yes", "Refuse writes of clients on a replica.", {
		aliases: ["slave-read-only"],
	}),
	"replica-lazy-flush": directive(yesNo, "no", "Drop the old data in the background before a full copy.", {
		aliases: ["slave-lazy-flush"],
	}),
	"replica-ignore-maxmemory": directive(yesNo, "yes", "Leave eviction on a replica to its master.", {
		aliases: ["slave-ignore-maxmemory"],
	}),
	"replica-ignore-disk-write-errors": directive(yesNo, "no", "Let a replica take writes it cannot store."),
	"replica-priority": directive(integer(0, INT32_MAX), "100", "Lower is promoted first; 0 is never promoted.", {
		aliases: ["slave-priority"],
	}),
	"replica-announced": directive(yesNo, "yes", "Let Sentinel list this replica."),
	"replica-announce-ip": directive(textOrNone(), "", "Address this replica gives its master.", {
		aliases: ["slave-announce-ip"],
	}),
	"replica-announce-port": directive(integer(0, PORT_MAX), "0", "Port this replica gives its master; 0 is its own.", {
		aliases: ["slave-announce-port"],
	}),
	"repl-diskless-sync": directive(yesNo, "yes", "Send a full copy without writing it to disk first."),
	"repl-diskless-sync-delay": directive(integer(0, INT32_MAX), "5", "Seconds to wait for more replicas before it."),
	"repl-diskless-sync-max-replicas": directive(
		integer(0, INT32_MAX),
		"0",
		"How many waiting replicas end that wait early; 0 is none.",
	),
	"repl-diskless-load": directive(
		oneOf("disabled", "on-empty-db", "swapdb"),
		"disabled",
		"When a full copy is loaded as it arrives.",
	),
	"repl-disable-tcp-nodelay": directive(yesNo, "no", "Send to replicas in fewer, larger packets."),
	"repl-ping-replica-period": directive(integer(1, INT32_MAX), "10", "Seconds between pings to replicas.", {
		aliases: ["repl-ping-slave-period"],
	}),
	"repl-timeout": directive(integer(1, INT32_MAX), "60", "Seconds of silence after which a link counts as broken."),
	"repl-backlog-size": directive(
		memory(1, INT64_MAX, { clampMin: BACKLOG_MIN }),
		"1mb",
		"Bytes of the stream kept for replicas that come back.",
	),
	"repl-backlog-ttl": directive(integer(0, INT64_MAX), "3600", "Seconds it is kept without replicas; 0 is for ever."),
	"min-replicas-to-write": directive(
		integer(0, INT32_MAX),
		"0",
		"Replicas that must be there for a write; 0 is none.",
		{
			aliases: ["min-slaves-to-write"],
		},
	),
	"min-replicas-max-lag": directive(integer(0, INT32_MAX), "10", "Seconds a replica may lag and still be counted.", {
		aliases: ["min-slaves-max-lag"],
	}),
	"propagation-error-behavior": directive(
		oneOf("ignore", "panic", "panic-on-replicas"),
		"ignore",
		"What to do when a replicated command fails.",
	),
} as const;
