import type { Values } from "../config/directives.ts";

/** What an operator should know about directives that are accepted and not in effect yet. */
export function startWarnings(values: Values): readonly string[] {
	const warnings: string[] = [];
	const policy = values["maxmemory-policy"];
	if (values.maxmemory > 0 && policy !== "noeviction") {
		warnings.push(`This version does not evict keys: maxmemory-policy ${policy} acts as noeviction.`);
	}
	return warnings;
}
