import type { Clock } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import { calendarTime } from "./calendar.ts";

/**
 * The log, in the line format of Redis, because supervisors and test suites read it:
 *
 *     4711:M 21 Nov 2026 10:15:30.123 * Ready to accept connections tcp
 *     pid : role, local time, weight (. debug, - verbose, * notice, # warning), message
 *
 * Invariant: a log that cannot be written never stops the server; the line is lost.
 */
const LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;
export type LogLevel = (typeof LEVELS)[number];
/** Of each level that a line can have. */
const MARKS = ".-*#";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export interface LogSettings {
	readonly level: LogLevel;
	/** "" is standard output. */
	readonly file: string;
	readonly syslogIdent: string | null;
}

export interface LogAdapters {
	readonly clock: Clock;
	readonly files: Files;
	readonly host: Host;
}

export class Log {
	/** M for a master, S for a replica. */
	role: string;
	private readonly adapters: LogAdapters;
	private settings: LogSettings;

	constructor(adapters: LogAdapters, settings: LogSettings) {
		this.role = "M";
		this.adapters = adapters;
		this.settings = settings;
	}

	setLevel(level: LogLevel): void {
		this.settings = { ...this.settings, level };
	}

	debug(message: string): void {
		this.write(0, message);
	}

	verbose(message: string): void {
		this.write(1, message);
	}

	notice(message: string): void {
		this.write(2, message);
	}

	warning(message: string): void {
		this.write(3, message);
	}

	private write(level: number, message: string): void {
		const { settings, adapters } = this;
		if (level < LEVELS.indexOf(settings.level)) return;
		this.put(`${adapters.host.pid}:${this.role} ${this.time()} ${MARKS[level]} ${message}`);
		if (settings.syslogIdent !== null) adapters.host.syslog(settings.syslogIdent, message);
	}

	private put(line: string): void {
		const { settings, adapters } = this;
		if (settings.file === "") {
			adapters.host.print(line);
			return;
		}
		try {
			adapters.files.appendText(settings.file, `${line}\n`);
		} catch {
			// Nothing is left to tell it to.
		}
	}

	private time(): string {
		const { clock } = this.adapters;
		const now_ms = clock.now_ms();
		const at = calendarTime(now_ms, clock.zoneOffset_minutes(now_ms));
		const time = `${two(at.hour)}:${two(at.minute)}:${two(at.second)}.${String(at.millisecond).padStart(3, "0")}`;
		return `${two(at.day)} ${MONTHS[at.month - 1]} ${at.year} ${time}`;
	}
}

function two(value: number): string {
	return String(value).padStart(2, "0");
}
