/**
 * The port for operators: `/metrics` for Prometheus, `/health` for probes. It is closed unless `metrics-port` opens it, and
 * there is no password: who reaches an address of `metrics-bind` may read, and can change nothing.
 */
import type { Clock, Timers } from "../../adapters/clock.ts";
import type { Connection, Network, Receiver } from "../../adapters/network.ts";
import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../config/parse.ts";
import { type HealthSource, health } from "../../introspection/health.ts";
import type { Log } from "../../introspection/log.ts";
import { type MetricsSource, metricsText } from "../../introspection/metrics.ts";
import { Listeners } from "../listeners.ts";
import { answerBytes, type HttpAnswer, HttpConnection, type HttpHost, plainAnswer } from "./connection.ts";
import { httpDate } from "./date.ts";
import type { HttpRequest } from "./request.ts";

export interface OperatorSource extends MetricsSource, HealthSource {
	readonly adapters: MetricsSource["adapters"] & {
		readonly clock: Clock;
		readonly timers: Timers;
		readonly network: Network;
	};
	readonly executor: MetricsSource["executor"] & HealthSource["executor"];
	readonly config: Config;
	readonly log: Log;
	internalError(where: string, error: unknown): void;
}

/** More than any number of scrapers and probes; their connections do not count among `maxclients`. */
export const CONNECTIONS_MAX = 64;
/** However many scrape, and however often, the text is not made more often than this. */
export const FRESH_MS = 100;
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

export class OperatorPort implements HttpHost {
	readonly timers: Timers;
	private readonly source: OperatorSource;
	private readonly listeners: Listeners;
	private readonly connections: Set<HttpConnection>;
	private metrics: string;
	private metricsAt_us: number;

	constructor(source: OperatorSource) {
		this.timers = source.adapters.timers;
		this.source = source;
		this.listeners = new Listeners(
			source.adapters.network,
			(connection) => this.accept(connection),
			(line) => source.log.warning(line),
		);
		this.connections = new Set();
		this.metrics = "";
		this.metricsAt_us = -Infinity;
		const reopen = () => (this.reopen() ? undefined : "Unable to listen on this port. Check server logs.");
		for (const name of ["metrics-port", "metrics-bind"] as const) source.config.onChange(name, reopen);
	}

	/** Throws a ConfigError where the address cannot be had. */
	open(): void {
		const port = this.source.config.values["metrics-port"];
		if (!this.reopen()) throw new ConfigError(`Failed listening on port ${port} (metrics), aborting.`);
	}

	/** The port in use, 0 where there is none. */
	port(): number {
		return this.listeners.port();
	}

	close(): void {
		this.listeners.close();
		for (const connection of [...this.connections]) connection.close();
	}

	private reopen(): boolean {
		const { values } = this.source.config;
		const isOpen = this.listeners.reopen({
			bind: values["metrics-bind"],
			port: values["metrics-port"],
			anyPort: false,
			backlog: values["tcp-backlog"],
			unixSocket: "",
			unixSocketMode: 0,
		});
		if (isOpen && this.port() !== 0) this.source.log.notice(`Metrics and health are served on port ${this.port()}`);
		return isOpen;
	}

	private accept(connection: Connection): Receiver {
		if (this.connections.size >= CONNECTIONS_MAX) return this.turnAway(connection);
		const receiver = new HttpConnection(this, connection);
		this.connections.add(receiver);
		return receiver;
	}

	private turnAway(connection: Connection): Receiver {
		const bytes = answerBytes(plainAnswer(503), this.date(), false, false);
		connection.write(bytes, 0, bytes.length);
		connection.end();
		return { receive() {}, drained() {}, closed() {} };
	}

	closed(connection: HttpConnection): void {
		this.connections.delete(connection);
	}

	date(): string {
		return httpDate(this.source.adapters.clock.now_ms());
	}

	answer({ path }: HttpRequest): HttpAnswer {
		try {
			return this.page(path);
		} catch (error) {
			this.source.internalError(path, error);
			return plainAnswer(500);
		}
	}

	private page(path: string): HttpAnswer {
		switch (path) {
			case "/metrics":
				return { status: 200, contentType: PROMETHEUS, body: this.metricsNow() };
			case "/health": {
				const { isReady, text } = health(this.source);
				return { status: isReady ? 200 : 503, contentType: "application/json", body: text };
			}
			default:
				return plainAnswer(404);
		}
	}

	private metricsNow(): string {
		const now_us = this.source.adapters.clock.monotonic_us();
		if (now_us - this.metricsAt_us >= 1000 * FRESH_MS) {
			this.metrics = metricsText(this.source);
			this.metricsAt_us = now_us;
		}
		return this.metrics;
	}
}
