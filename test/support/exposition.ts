/** Reads what Prometheus reads, and is as strict: format 0.0.4 of its text exposition. */

export interface MetricFamily {
	readonly type: string;
	readonly help: string;
	/** By name and labels as they stand there. */
	readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABELS = String.raw`\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,(?=[a-zA-Z_]))?)*\}`;
const SAMPLE = new RegExp(`^(${NAME})(${LABELS})? (-?(?:[0-9.]+(?:e[+-]?[0-9]+)?|Inf)|NaN)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
	counter: [""],
	gauge: [""],
	untyped: [""],
	summary: ["", "_sum", "_count"],
	histogram: ["_bucket", "_sum", "_count"],
};

/** By name; throws an Error that names the line which is wrong. */
export function parseExposition(text: string): ReadonlyMap<string, MetricFamily> {
	if (!text.endsWith("\n")) throw new Error("the last line does not end");
	const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
	let name = "";
	let help = "";
	for (const line of text.slice(0, -1).split("\n")) {
		const fail = (why: string) => new Error(`${why}: ${line}`);
		const [, comment, about = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
		if (comment === "HELP") {
			if (families.has(about)) throw fail("a family in two places");
			name = about;
			help = rest;
		} else if (comment === "TYPE") {
			if (about !== name || families.has(name)) throw fail("a type that does not follow its help");
			if (SUFFIXES[rest] === undefined) throw fail("no such type");
			families.set(name, { type: rest, help, samples: new Map() });
		} else {
			const [, sample = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
			const family = families.get(name);
			if (family === undefined) throw fail("no sample, and nothing else");
			if (!SUFFIXES[family.type]!.some((suffix) => sample === `${name}${suffix}`)) throw fail("in the wrong family");
			if (family.samples.has(`${sample}${labels}`)) throw fail("twice");
			family.samples.set(`${sample}${labels}`, Number(value.replace("Inf", "Infinity")));
		}
	}
	for (const [family, { samples }] of families) if (samples.size === 0) throw new Error(`no samples of ${family}`);
	return families;
}
