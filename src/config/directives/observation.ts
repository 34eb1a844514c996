/** Directives of what the server tells about itself: slow log, latency, events, long scripts. */
import { keyspaceEvents, percentiles } from "../composite-types.ts";
import { directive } from "../directive.ts";
import { INT64_MAX, integer, yesNo } from "../simple-types.ts";

export const observation = {
	"slowlog-log-slower-than": directive(
		integer(-1, INT64_MAX),
		"10000",
		"Microseconds from which on a command counts as slow; -1 logs none.",
		{ foreignNames: ["commandlog-execution-slower-than"] },
	),
	"slowlog-max-len": directive(integer(0, INT64_MAX), "128", "How many slow commands are remembered.", {
		foreignNames: ["commandlog-slow-execution-max-len"],
	}),
	"commandlog-request-larger-than": directive(
		integer(-1, INT64_MAX),
		"1048576",
		"Bytes from which on a request counts as large; -1 logs none.",
		{ hidden: true },
	),
	"commandlog-large-request-max-len": directive(integer(0, INT64_MAX), "128", "How many of them are remembered.", {
		hidden: true,
	}),
	"commandlog-reply-larger-than": directive(
		integer(-1, INT64_MAX),
		"1048576",
		"Bytes from which on a reply counts as large; -1 logs none.",
		{ hidden: true },
	),
	"commandlog-large-reply-max-len": directive(integer(0, INT64_MAX), "128", "How many of them are remembered.", {
		hidden: true,
	}),
	"latency-monitor-threshold": directive(
		integer(0, INT64_MAX),
		"0",
		"Milliseconds from which on an event is a latency spike; 0 watches none.",
	),
	"latency-tracking": directive(yesNo, "yes", "Keep a latency histogram for each command."),
	"latency-tracking-info-percentiles": directive(percentiles, "50 99 99.9", "Percentiles that INFO shows.", {
		alwaysWritten: true,
	}),
	"notify-keyspace-events": directive(keyspaceEvents, "", "Letters of the keyspace events that are published."),
	"busy-reply-threshold": directive(
		integer(0, INT64_MAX),
		"5000",
		"Milliseconds after which a running script makes us answer BUSY.",
		{ aliases: ["lua-time-limit"] },
	),
	"lua-enable-deprecated-api": directive(yesNo, "no", "Offer scripts the functions that were withdrawn.", {
		immutable: true,
		hidden: true,
	}),
} as const;
