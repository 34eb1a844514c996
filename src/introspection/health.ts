/**
 * What `/health` answers: whether clients are served, and if not, why not. For readiness and liveness probes, so it
 * costs nothing and never waits.
 */
import type { InfoSource } from "./info/source.ts";

export interface HealthSource
	extends Pick<InfoSource, "adapters" | "persistence" | "startedAt_ms" | "version" | "liteVersion" | "role"> {
	/** `writeRefusal` is the error of commands that write, or null: they may. */
	readonly executor: { readonly writeRefusal: string | null };
}

export interface Health {
	readonly isReady: boolean;
	/** One line of JSON. */
	readonly text: string;
}

/**
 * A server that only refuses to write, since it could not save, is ready all the same: it answers reads, and to take it
 * out of service would lose those, too. The body says so, and the metrics do.
 */
export function health(source: HealthSource): Health {
	const now_ms = source.adapters.clock.now_ms();
	const { loading } = source.persistence.state();
	const { writeRefusal } = source.executor;
	const isReady = loading === null;
	const body = {
		status: isReady ? "ready" : "loading",
		...(isReady ? {} : { reason: "the data is being loaded" }),
		role: source.role(),
		writable: isReady && writeRefusal === null,
		...(writeRefusal === null ? {} : { writesRefused: writeRefusal }),
		...(loading === null ? {} : { loadedBytes: loading.loadedBytes, totalBytes: loading.totalBytes }),
		uptimeSeconds: Math.floor((now_ms - source.startedAt_ms) / 1000),
		version: source.version,
		liteVersion: source.liteVersion,
	};
	return { isReady, text: `${JSON.stringify(body)}\n` };
}
