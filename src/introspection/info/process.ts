/** INFO server and cpu. */
import type { Host } from "../../adapters/host.ts";
import type { Field, InfoSource } from "./source.ts";

const DAY_S = 86_400;
/** Redis has a hash of its own build here. */
const NO_BUILD_ID = "0000000000000000";

export function serverFields(source: InfoSource): Field[] {
	const { config } = source;
	const { host, clock } = source.adapters;
	const left_ms = source.ending.left_ms();
	const uptime_s = Math.floor((clock.now_ms() - source.startedAt_ms) / 1000);
	return [
		["redis_version", source.version],
		["redis_lite_version", source.liteVersion],
		["redis_git_sha1", source.commit],
		["redis_git_dirty", 0],
		["redis_build_id", NO_BUILD_ID],
		["redis_mode", source.mode()],
		["os", host.system],
		["arch_bits", 64],
		["monotonic_clock", "POSIX clock_gettime"],
		["multiplexing_api", "epoll"],
		["atomicvar_api", "none"],
		["gcc_version", host.runtime],
		["process_id", host.pid],
		["process_supervised", config.values.supervised],
		["run_id", source.runId],
		["tcp_port", source.port() || config.values["tls-port"]],
		["server_time_usec", clock.now_us()],
		["uptime_in_seconds", uptime_s],
		["uptime_in_days", Math.floor(uptime_s / DAY_S)],
		["hz", config.values.hz],
		["configured_hz", config.values.hz],
		["lru_clock", source.keyspace.accessClock],
		["executable", host.executable],
		["config_file", source.configFile],
		["io_threads_active", 0],
		...listeners(source).map((listener, index): Field => [`listener${index}`, listener]),
		...(left_ms === null ? [] : [["shutdown_in_milliseconds", left_ms] as Field]),
	];
}

/** Addresses as the configuration has them. */
function listeners(source: InfoSource): string[] {
	const { bind, unixsocket, "tls-port": tlsPort } = source.config.values;
	const addresses = bind.map((address) => `,bind=${address}`).join("");
	const lines: string[] = [];
	if (source.port() !== 0) lines.push(`name=tcp${addresses},port=${source.port()}`);
	if (source.hasUnixSocket()) lines.push(`name=unix,bind=${unixsocket}`);
	if (tlsPort !== 0) lines.push(`name=tls${addresses},port=${tlsPort}`);
	return lines;
}

/** Since the start. */
export function cpuTime_us(host: Host): number {
	const { user_s, system_s } = host.cpu();
	return (user_s + system_s) * 1e6;
}

export function cpuFields({ adapters }: InfoSource): Field[] {
	const { user_s, system_s } = adapters.host.cpu();
	const system = system_s.toFixed(6);
	const user = user_s.toFixed(6);
	const none = "0.000000";
	return [
		["used_cpu_sys", system],
		["used_cpu_user", user],
		["used_cpu_sys_children", none],
		["used_cpu_user_children", none],
		["used_cpu_sys_main_thread", system],
		["used_cpu_user_main_thread", user],
	];
}
