import type { Clock } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import { calendarTime } from "./calendar.ts";

/**
 * The log, in the line format of Redis, because supervisors and test suites read it:
 *
 *     4711:M 21 Nov 2026 10:15:30.123 * Ready to accept connections tcp
 *     pid : role, local time, weight (. debug, - verbose, * notice, # warning), message
 */
const LEVELS = ["debug", "verbose", "notice", "warning"] as const;
export type LogLevel = (typeof LEVELS)[number];
const MARKS: Record<LogLevel, string> = { debug: ".", verbose: "-", notice: "*", warning: "#" };
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
		this.write("debug", message);
	}

	verbose(message: string): void {
		this.write("verbose", message);
	}

	notice(message: string): void {
		this.write("notice", message);
	}

	warning(message: string): void {
		this.write("warning", message);
	}

	private write(level: LogLevel, message: string): void {
		const { settings, adapters } = this;
		if (LEVELS.indexOf(level) < LEVELS.indexOf(settings.level)) return;
		const line = `${adapters.host.pid}:${this.role} ${this.time()} ${MARKS[level]} ${message}`;
		if (settings.file === "") adapters.host.print(line);
		else adapters.files.appendText(settings.file, `${line}\n`);
		if (settings.syslogIdent !== null) adapters.host.syslog(settings.syslogIdent, message);
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
