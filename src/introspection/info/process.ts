/** INFO server and cpu. */
import { REDIS_VERSION } from "../../config/parse.ts";
import type { Field, InfoSource, ListenerInfo } from "./source.ts";

const DAY_S = 86_400;
/** Redis has a hash of its own build here. */
const NO_BUILD_ID = "0000000000000000";

export function serverFields(source: InfoSource): Field[] {
	const { host, clock, config } = source;
	const uptime_s = Math.floor((clock.now_ms() - source.startedAt_ms) / 1000);
	const shutdownLeft_ms = source.shutdownLeft_ms();
	const listeners = source.listeners();
	return [
		["redis_version", REDIS_VERSION],
		["redis_lite_version", source.version],
		["redis_git_sha1", source.commit],
		["redis_git_dirty", 0],
		["redis_build_id", NO_BUILD_ID],
		["redis_mode", config.values["cluster-enabled"] ? "cluster" : "standalone"],
		["os", host.system],
		["arch_bits", 64],
		["monotonic_clock", "POSIX clock_gettime"],
		["multiplexing_api", "epoll"],
		["atomicvar_api", "none"],
		["gcc_version", host.runtime],
		["process_id", host.pid],
		["process_supervised", config.values.supervised],
		["run_id", source.runId],
		["tcp_port", source.port()],
		["server_time_usec", clock.now_us()],
		["uptime_in_seconds", uptime_s],
		["uptime_in_days", Math.floor(uptime_s / DAY_S)],
		["hz", source.hz()],
		["configured_hz", config.values.hz],
		["lru_clock", source.keyspace.accessClock],
		["executable", host.executable],
		["config_file", source.configFile],
		["io_threads_active", 0],
		...(shutdownLeft_ms < 0 ? [] : [["shutdown_in_milliseconds", shutdownLeft_ms] as const]),
		...listeners.map((listener, index): Field => [`listener${index}`, listenerText(listener)]),
	];
}

function listenerText({ name, bind, port }: ListenerInfo): string {
	const addresses = bind.map((address) => `,bind=${address}`).join("");
	return `name=${name}${addresses}${port === 0 ? "" : `,port=${port}`}`;
}

export function cpuFields({ host }: InfoSource): Field[] {
	const { user_s, system_s } = host.cpu();
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
