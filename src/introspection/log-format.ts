/**
 * How a line of the log looks. Three formats, in the words of Valkey 8.1 and one more:
 *
 *     legacy   4711:M 21 Nov 2026 10:15:30.123 * Ready to accept connections tcp
 *     logfmt   pid=4711 role=primary timestamp="2026-11-21T10:15:30.123+01:00" level=notice message="Ready to …"
 *     json     {"time":"2026-11-21T10:15:30.123+01:00","level":"notice","pid":4711,"role":"primary","message":"Ready to …"}
 *
 * Invariant: in logfmt and json an entry is one line whatever the message holds.
 */
import { calendarTime } from "./calendar.ts";

export type LogFormat = "legacy" | "logfmt" | "json";
export type TimestampFormat = "legacy" | "iso8601" | "milliseconds";

export interface LogEntry {
	readonly pid: number;
	/** M for a master, S for a replica. */
	readonly role: string;
	readonly at_ms: number;
	/** Of local time, east of Greenwich. */
	readonly zone_minutes: number;
	/** From 0, debug, to 3, warning. */
	readonly level: number;
	readonly message: string;
}

/** Of each level that a line can have. */
const MARKS = ".-*#";
const LEVEL_NAMES = ["debug", "info", "notice", "warning"];
const ROLE_NAMES: Readonly<Record<string, string>> = { M: "primary", S: "replica", X: "sentinel", C: "RDB/AOF" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function logLine(entry: LogEntry, format: LogFormat, timestamps: TimestampFormat): string {
	switch (format) {
		case "legacy":
			return `${entry.pid}:${entry.role} ${timestamp(entry, timestamps)} ${MARKS[entry.level]} ${entry.message}`;
		case "logfmt":
			return logfmtLine(entry, timestamp(entry, timestamps));
		case "json":
			return jsonLine(entry, timestamps);
	}
}

/** Valkey does not escape: it takes other characters, so that a parser without escapes reads it, too. */
function logfmtLine(entry: LogEntry, time: string): string {
	const message = entry.message.replaceAll('"', "'").replaceAll(/[\r\n]/g, " ");
	const { pid } = entry;
	return `pid=${pid} role=${roleName(entry)} timestamp="${time}" level=${LEVEL_NAMES[entry.level]} message="${message}"`;
}

/** What reads JSON cannot be expected to know our months: the legacy form of the time is for the other formats. */
function jsonLine(entry: LogEntry, timestamps: TimestampFormat): string {
	return JSON.stringify({
		time: timestamps === "milliseconds" ? entry.at_ms : isoTime(entry),
		level: LEVEL_NAMES[entry.level],
		pid: entry.pid,
		role: roleName(entry),
		message: entry.message,
	});
}

function roleName({ role }: LogEntry): string {
	return ROLE_NAMES[role] ?? role;
}

function timestamp(entry: LogEntry, format: TimestampFormat): string {
	switch (format) {
		case "legacy":
			return legacyTime(entry);
		case "iso8601":
			return isoTime(entry);
		case "milliseconds":
			return String(entry.at_ms);
	}
}

function legacyTime({ at_ms, zone_minutes }: LogEntry): string {
	const { day, month, year } = calendarTime(at_ms, zone_minutes);
	return `${two(day)} ${MONTHS[month - 1]} ${year} ${timeOfDay(at_ms, zone_minutes)}`;
}

/** Local time with its offset from UTC: always with digits, never "Z". */
function isoTime({ at_ms, zone_minutes }: LogEntry): string {
	const { day, month, year } = calendarTime(at_ms, zone_minutes);
	const distance = Math.abs(zone_minutes);
	const zone = `${zone_minutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
	return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${timeOfDay(at_ms, zone_minutes)}${zone}`;
}

function timeOfDay(at_ms: number, zone_minutes: number): string {
	const { hour, minute, second, millisecond } = calendarTime(at_ms, zone_minutes);
	return `${two(hour)}:${two(minute)}:${two(second)}.${String(millisecond).padStart(3, "0")}`;
}

function two(value: number): string {
	return String(value).padStart(2, "0");
}
