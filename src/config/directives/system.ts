/** Directives of the server as a process: start, log, shutdown, its place in the system. */
import { outOfMemoryScores, someOf } from "../composite-types.ts";
import { directive, isNonZero } from "../directive.ts";
import { INT32_MAX, integer, oneOf, processTitle, text, textOrNone, yesNo } from "../simple-types.ts";

const shutdownFlags = someOf("default", ["save", "nosave", "now", "force"], (given) =>
	given.includes("save") && given.includes("nosave")
		? "shutdown options SAVE and NOSAVE can't be used simultaneously"
		: undefined,
);

export const system = {
	daemonize: directive(yesNo, "no", "Run in the background, detached from the terminal.", { immutable: true }),
	supervised: directive(oneOf("upstart", "systemd", "auto", "no"), "no", "Which supervisor is told of readiness.", {
		immutable: true,
	}),
	pidfile: directive(textOrNone(), "", "File that holds the process id while the server runs.", { immutable: true }),
	dir: directive(text(), ".", "Working directory: where the server reads and writes its files.", {
		protected: true,
		alwaysWritten: true,
		settle(path, files) {
			files.changeDirectory(path);
			return files.currentDirectory();
		},
	}),
	databases: directive(integer(1, INT32_MAX), "16", "How many databases SELECT can choose from.", { immutable: true }),
	hz: directive(integer(0, INT32_MAX, { clampMin: 1, clampMax: 500 }), "10", "Rounds of housekeeping in a second."),
	"dynamic-hz": directive(yesNo, "yes", "Do housekeeping more often while many clients are connected."),
	loglevel: directive(oneOf("debug", "verbose", "notice", "warning"), "notice", "The least weighty lines to log."),
	"log-format": directive(
		oneOf("legacy", "logfmt", "json"),
		"legacy",
		"How lines of the log look; logfmt as in Valkey, json as one object a line.",
	),
	"log-timestamp-format": directive(
		oneOf("legacy", "iso8601", "milliseconds"),
		"legacy",
		"How lines of the log say when; in json legacy means iso8601.",
	),
	logfile: directive(text(), "", "File to log to; standard output where it is empty.", { immutable: true }),
	"syslog-enabled": directive(yesNo, "no", "Log to the system log as well.", { immutable: true }),
	"syslog-ident": directive(text(), "redis", "Name under which lines stand in the system log.", { immutable: true }),
	"syslog-facility": directive(
		oneOf("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
		"local0",
		"Facility of the system log that gets the lines.",
		{ immutable: true },
	),
	"crash-log-enabled": directive(yesNo, "yes", "Write a report to the log on a crash."),
	"crash-memcheck-enabled": directive(yesNo, "yes", "Kept for compatibility: memory is not tested on a crash."),
	"use-exit-on-panic": directive(yesNo, "no", "Exit rather than abort on a crash.", { hidden: true }),
	"always-show-logo": directive(yesNo, "no", "Print the logo even where the log is no terminal.", { immutable: true }),
	"set-proc-title": directive(yesNo, "yes", "Show what the server does in its process title.", { immutable: true }),
	"proc-title-template": directive(
		text(processTitle),
		"{title} {listen-addr} {server-mode}",
		"Process title, with variables in braces.",
	),
	"shutdown-timeout": directive(integer(0, INT32_MAX), "10", "Seconds a shutdown waits for replicas to catch up."),
	"shutdown-on-sigint": directive(shutdownFlags, "default", "Options of the shutdown that SIGINT asks for."),
	"shutdown-on-sigterm": directive(shutdownFlags, "default", "Options of the shutdown that SIGTERM asks for."),
	"oom-score-adj": directive(
		oneOf("no", "yes", "relative", "absolute"),
		"no",
		"Let the kernel's out-of-memory killer prefer or spare us.",
		{ pending: (value) => value !== "no" },
	),
	"oom-score-adj-values": directive(outOfMemoryScores, "0 200 800", "Scores of a master, a replica and a child."),
	"disable-thp": directive(yesNo, "yes", "Turn transparent huge pages off for this process.", { immutable: true }),
	"jemalloc-bg-thread": directive(yesNo, "yes", "Kept for compatibility: there is no jemalloc here."),
	"ignore-warnings": directive(text(), "", "Warnings of the start that are known and may pass."),
	"locale-collate": directive(text(), "", "Locale by which text is sorted; empty takes the environment's.", {
		pending: (locale) => !["", "C", "POSIX"].includes(locale),
	}),
	"watchdog-period": directive(integer(0, INT32_MAX), "0", "Milliseconds of standstill that are logged; 0 is off.", {
		hidden: true,
		pending: isNonZero,
	}),
} as const;
