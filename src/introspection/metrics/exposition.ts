/**
 * The text that Prometheus reads (format 0.0.4): families of samples, each under its name, type and help.
 *
 *     # HELP redis_db_keys Keys of a database.
 *     # TYPE redis_db_keys gauge
 *     redis_db_keys{db="db0"} 12
 *
 * Invariant: a family stands in one place, a sample comes once, and every value is a number.
 */
import type { MetricType } from "./names.ts";

export type Labels = Readonly<Record<string, string>>;

interface Family {
	readonly type: MetricType;
	readonly help: string;
	readonly lines: Map<string, string>;
}

const PREFIX = "redis_";

export class Exposition {
	private readonly families: Map<string, Family>;

	constructor() {
		this.families = new Map();
	}

	/** `suffix` belongs to the name of the sample, not of the family: `_bucket`, `_sum`, `_count`. */
	add(name: string, type: MetricType, help: string, value: number, labels: Labels = {}, suffix = ""): void {
		if (Number.isNaN(value)) return;
		let family = this.families.get(name);
		if (family === undefined) {
			family = { type, help, lines: new Map() };
			this.families.set(name, family);
		}
		family.lines.set(`${PREFIX}${name}${suffix}${labelText(labels)}`, String(value));
	}

	text(): string {
		const lines: string[] = [];
		for (const [name, family] of this.families) {
			lines.push(`# HELP ${PREFIX}${name} ${family.help}`, `# TYPE ${PREFIX}${name} ${family.type}`);
			for (const [sample, value] of family.lines) lines.push(`${sample} ${value}`);
		}
		return `${lines.join("\n")}\n`;
	}
}

function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
	return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
