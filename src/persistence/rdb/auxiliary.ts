import { REDIS_VERSION } from "../../config/parse.ts";

export type AuxiliaryFields = readonly (readonly [string, string])[];

/** What every file says of itself, by Redis's names and in its order, and behind it what this one says. */
export function auxiliaryFields(now_ms: number, memory_bytes: number, further: AuxiliaryFields): AuxiliaryFields {
	return [
		["redis-ver", REDIS_VERSION],
		["redis-bits", "64"],
		["ctime", String(Math.floor(now_ms / 1000))],
		["used-mem", String(memory_bytes)],
		...further,
	];
}
