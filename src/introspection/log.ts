import type { Clock } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import type { Config } from "../config/config.ts";
import { type LogFormat, logLine, type TimestampFormat } from "./log-format.ts";

/**
 * The log: which lines there are and where they go. How they look is in `log-format.ts`.
 *
 * Invariant: a log that cannot be written never stops the server; the line is lost.
 */
const LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;
export type LogLevel = (typeof LEVELS)[number];

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
	private format: LogFormat;
	private timestamps: TimestampFormat;

	constructor(adapters: LogAdapters, settings: LogSettings) {
		this.role = "M";
		this.adapters = adapters;
		this.settings = settings;
		this.format = "legacy";
		this.timestamps = "legacy";
	}

	/** Takes level and formats from a configuration, and their changes. */
	follow(config: Config): void {
		const take = () => {
			const { loglevel, "log-format": format, "log-timestamp-format": timestamps } = config.values;
			this.setLevel(loglevel);
			this.format = format;
			this.timestamps = timestamps;
			return undefined;
		};
		take();
		for (const name of ["loglevel", "log-format", "log-timestamp-format"] as const) config.onChange(name, take);
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
		const at_ms = adapters.clock.now_ms();
		const zone_minutes = adapters.clock.zoneOffset_minutes(at_ms);
		const entry = { pid: adapters.host.pid, role: this.role, at_ms, zone_minutes, level, message };
		this.put(logLine(entry, this.format, this.timestamps));
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
}
