import type { Config } from "../config/config.ts";
import type { DirectiveName, Values } from "../config/directives.ts";
import type { Limits } from "../types/limits.ts";

/** Directives whose values are numbers. */
type NumberDirective = { [Name in DirectiveName]: Values[Name] extends number ? Name : never }[DirectiveName];

const directiveOf: Readonly<Record<keyof Limits, NumberDirective>> = {
	hashEntries: "hash-max-listpack-entries",
	hashValueBytes: "hash-max-listpack-value",
	listBlock: "list-max-listpack-size",
	intsetEntries: "set-max-intset-entries",
	setEntries: "set-max-listpack-entries",
	setValueBytes: "set-max-listpack-value",
	sortedSetEntries: "zset-max-listpack-entries",
	sortedSetValueBytes: "zset-max-listpack-value",
	hyperLogLogSparseBytes: "hll-sparse-max-bytes",
	streamNodeBytes: "stream-node-max-bytes",
	streamNodeEntries: "stream-node-max-entries",
};

/** Sets the thresholds of small values from the configuration, and again whenever that changes. */
export function followLimits(config: Config, limits: Limits): void {
	for (const [name, directive] of Object.entries(directiveOf) as [keyof Limits, NumberDirective][]) {
		config.follow(directive, (value) => {
			limits[name] = value;
		});
	}
}
