/** Directives of listeners and client connections. */
import { addresses, outputBufferLimits } from "../composite-types.ts";
import { directive, isGiven, isNonZero } from "../directive.ts";
import {
	INT32_MAX,
	integer,
	memory,
	memoryOrPercent,
	octal,
	PORT_MAX,
	textOrNone,
	UINT32_MAX,
	yesNo,
} from "../simple-types.ts";

const BULK_LIMIT_MIN = 1024 ** 2;

export const network = {
	bind: directive(addresses, "* -::*", "Addresses to listen on; one with a dash in front may be missing."),
	port: directive(integer(0, PORT_MAX), "6379", "TCP port for plain connections; 0 listens on none."),
	"tcp-backlog": directive(integer(0, INT32_MAX), "511", "How many new connections the kernel may hold back for us.", {
		immutable: true,
	}),
	"metrics-port": directive(
		integer(0, PORT_MAX),
		"0",
		"TCP port on which HTTP clients get /metrics and /health; 0 listens on none.",
	),
	"metrics-bind": directive(addresses, "127.0.0.1", "Addresses to listen on for these; whoever reaches them may read."),
	"tcp-keepalive": directive(integer(0, INT32_MAX), "300", "Seconds between probes of silent peers; 0 sends none."),
	timeout: directive(integer(0, INT32_MAX), "0", "Seconds of idleness after which a client is closed; 0 is never."),
	unixsocket: directive(textOrNone(), "", "Path of the unix socket to listen on.", { immutable: true }),
	unixsocketperm: directive(octal(0o777), "0", "Permission bits of the unix socket; 0 leaves them to the umask.", {
		immutable: true,
	}),
	"protected-mode": directive(yesNo, "yes", "Serve only local clients while neither bind nor a password is set."),
	"bind-source-addr": directive(textOrNone(), "", "Local address from which outgoing connections are made."),
	"socket-mark-id": directive(integer(0, UINT32_MAX), "0", "Mark put on every socket for the firewall; 0 is none.", {
		immutable: true,
		pending: isNonZero,
	}),
	maxclients: directive(integer(1, UINT32_MAX), "10000", "How many clients may be connected at the same time."),
	"maxmemory-clients": directive(memoryOrPercent, "0", "Memory all clients may use together, or a share of maxmemory."),
	"client-query-buffer-limit": directive(memory(BULK_LIMIT_MIN), "1gb", "Unread bytes a client may leave with us."),
	"client-output-buffer-limit": directive(
		outputBufferLimits,
		"normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60",
		"Per class of client: unsent bytes that close it at once, and fewer that close it after some seconds.",
	),
	"proto-max-bulk-len": directive(memory(BULK_LIMIT_MIN), "512mb", "Longest argument and longest string value."),
	"io-threads": directive(integer(1, 128), "1", "Kept for compatibility: one thread does all socket work.", {
		immutable: true,
	}),
	"io-threads-do-reads": directive(yesNo, "no", "Kept for compatibility: one thread does all socket work.", {
		immutable: true,
	}),
	server_cpulist: directive(textOrNone(), "", "Processors the main thread is pinned to.", {
		immutable: true,
		pending: isGiven,
	}),
	bio_cpulist: directive(textOrNone(), "", "Processors the background threads are pinned to.", {
		immutable: true,
		pending: isGiven,
	}),
} as const;
