/**
 * The plot: for each number of keys a panel with two bars per row, throughput and CPU, and one panel for memory. All
 * bars are turned so that longer is better for us; a line marks 1x, a tick in a bar's lane the target.
 *
 * Invariant: readable on a light and a dark page, since it brings its own background for both.
 */
import type { DurabilityResults } from "./durability/results.ts";
import { speedTarget } from "./durability/rows.ts";
import { loadSpeed, saveSpeed } from "./durability/verdicts.ts";
import type { Results, ThroughputResult } from "./results.ts";
import { memoryTarget, rowNamed, type Target, targetsFor } from "./rows.ts";
import { medians, ratio, thousands, times } from "./verdicts.ts";

interface Bar {
	readonly kind: "throughput" | "cpu" | "memory";
	/** Our advantage: above 1 we are better. */
	readonly advantage: number;
	readonly target: number | undefined;
}

interface Line {
	readonly label: string;
	readonly bars: readonly Bar[];
}

interface Panel {
	readonly title: string;
	readonly lines: readonly Line[];
}

const labelWidth = 190;
const barsWidth = 260;
const panelWidth = labelWidth + barsWidth + 60;
const panelGap = 62;
const columns = 2;
const barHeight = 11;
const lineHeight = 2 * barHeight + 7;
const top = 84;

const style = `
	.page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2328 } .small { font-size: 10px }
	.title { font-size: 15px; font-weight: 600 } .throughput { fill: #2f6fde } .cpu { fill: #e08a1e } .memory { fill: #2a9d6f }
	.par { stroke: #1f2328; stroke-width: 1.5 } .grid { stroke: #d0d7de; stroke-width: 1 } .target { stroke: #cf222e; stroke-width: 2.5 }
	@media (prefers-color-scheme: dark) {
		.page { fill: #0d1117 } text { fill: #e6edf3 } .throughput { fill: #6ea2ff } .cpu { fill: #f0b05a } .memory { fill: #56c596 }
		.par { stroke: #e6edf3 } .grid { stroke: #30363d } .target { stroke: #ff7b72 }
	}`;

export function plot(results: Results): string {
	const panels = panelsOf(results);
	const values = panels.flatMap((panel) => panel.lines.flatMap((line) => line.bars)).flatMap(ends);
	const scale = Math.ceil(Math.max(...values, 2));
	const drawn: string[] = [];
	let y = top;
	for (let first = 0; first < panels.length; first += columns) {
		const side = panels.slice(first, first + columns);
		drawn.push(...side.map((panel, column) => drawPanel(panel, 10 + column * panelWidth, y, scale)));
		y += Math.max(...side.map((panel) => panel.lines.length)) * lineHeight + panelGap;
	}
	const width = columns * panelWidth + 10;
	const height = y - panelGap + 30;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>redis-lite to Redis, ratios, longer is better</title>
<style>${style}
</style>
<rect class="page" width="${width}" height="${height}" rx="6"/>
<text class="title" x="16" y="26">redis-lite to Redis on the same machine: longer is better, 1x is Redis</text>
${legend(16, 44)}
${drawn.join("\n")}
</svg>
`;
}

/** The values the scale has to show. */
function ends(bar: Bar): number[] {
	return bar.target === undefined ? [bar.advantage] : [bar.advantage, bar.target];
}

function panelsOf(results: Results): Panel[] {
	const panels: Panel[] = [];
	for (const keys of new Set(results.throughput.map((result) => result.keys))) {
		const lines = results.throughput.filter((result) => result.keys === keys).map(throughputLine);
		panels.push({ title: keys === 0 ? "collections" : `${thousands(keys)} keys`, lines });
	}
	if (results.durability !== null) panels.push(...durabilityPanels(results.durability));
	if (results.memory.length > 0) {
		const lines = results.memory.map(({ keys, valueBytes, bytesPerKey }) => ({
			label: `${thousands(keys)} keys, ${valueBytes} B`,
			bars: [{ kind: "memory" as const, advantage: 1 / ratio(bytesPerKey), target: 1 / memoryTarget.ratio }],
		}));
		panels.push({ title: "bytes per key", lines });
	}
	return panels;
}

function durabilityPanels({ loads, saves, appending }: DurabilityResults): Panel[] {
	const bar = (label: string, advantage: number): Line => ({
		label,
		bars: [{ kind: "throughput", advantage, target: speedTarget }],
	});
	const files = [
		...loads.map((result) => bar(`load ${result.what}`, loadSpeed(result))),
		...saves.map((result) => bar(`SAVE of ${result.what}`, saveSpeed(result))),
	];
	const panels = [
		{ title: "loading and saving", lines: files },
		{ title: "append-only file", lines: appending.map(throughputLine) },
	];
	return panels.filter(({ lines }) => lines.length > 0);
}

function throughputLine(result: ThroughputResult): Line {
	const row = rowNamed(result.row);
	const targets = row === undefined ? [] : targetsFor(row, result.depth, result.keys);
	const wanted = (measure: Target["measure"]) => targets.find((target) => target.measure === measure)?.ratio;
	const cpu = wanted("cpu");
	const speed = ratio(medians(result, "requests_per_s"));
	const thrift = 1 / ratio(medians(result, "cpu_us"));
	return {
		label: `${result.row} -P ${result.depth}`,
		bars: [
			{ kind: "throughput", advantage: speed, target: wanted("throughput") },
			{ kind: "cpu", advantage: thrift, target: cpu === undefined ? undefined : 1 / cpu },
		],
	};
}

/** `y` is the top of the first line of bars. Grid below, then bars, then the line at 1x and the targets. */
function drawPanel(panel: Panel, left: number, y: number, scale: number): string {
	const zero = left + labelWidth;
	const at = (value: number) => zero + (value / scale) * barsWidth;
	const bottom = y + panel.lines.length * lineHeight;
	const upright = (name: string, value: number) =>
		`<line class="${name}" x1="${fixed(at(value))}" y1="${y - 4}" x2="${fixed(at(value))}" y2="${bottom}"/>`;
	const ticks = Array.from({ length: scale + 1 }, (_, value) => value);
	const axis = ticks.map(
		(value) => `<text class="small" x="${fixed(at(value))}" y="${bottom + 14}" text-anchor="middle">${value}x</text>`,
	);
	return [
		`<text x="${zero}" y="${y - 10}" font-weight="600">${panel.title}</text>`,
		...ticks.map((value) => upright("grid", value)),
		...axis,
		...panel.lines.map((line, index) => drawLine(line, zero, y + index * lineHeight, at)),
		upright("par", 1),
		...panel.lines.map((line, index) => drawTargets(line, y + index * lineHeight, at)),
	].join("\n");
}

function drawLine(line: Line, zero: number, y: number, at: (value: number) => number): string {
	const middle = y + (line.bars.length * barHeight) / 2 + 4;
	const label = `<text x="${zero - 8}" y="${middle}" text-anchor="end">${line.label}</text>`;
	const bars = line.bars.map((bar, lane) => {
		const width = fixed(at(bar.advantage) - zero);
		const text = fixed(at(Math.max(...ends(bar), 1)) + 5);
		const barTop = y + lane * barHeight;
		return `<rect class="${bar.kind}" x="${zero}" y="${barTop}" width="${width}" height="${barHeight - 1}"/><text class="small" x="${text}" y="${barTop + barHeight - 2}">${times(bar.advantage)}</text>`;
	});
	return label + bars.join("");
}

function drawTargets(line: Line, y: number, at: (value: number) => number): string {
	const ticks = line.bars.map(({ target }, lane) => {
		if (target === undefined) return "";
		const x = fixed(at(target));
		return `<line class="target" x1="${x}" y1="${y + lane * barHeight - 1}" x2="${x}" y2="${y + (lane + 1) * barHeight}"/>`;
	});
	return ticks.join("");
}

function fixed(value: number): string {
	return value.toFixed(1);
}

function legend(left: number, y: number): string {
	const entries = [
		["throughput", "throughput", 0],
		["cpu", "CPU per request, inverted", 110],
		["memory", "bytes per key, inverted", 310],
	] as const;
	const boxes = entries.map(([name, text, offset]) => {
		const x = left + offset;
		return `<rect class="${name}" x="${x}" y="${y - 9}" width="10" height="10"/><text x="${x + 15}" y="${y}">${text}</text>`;
	});
	const x = left + 495;
	const mark = `<line class="target" x1="${x}" y1="${y - 9}" x2="${x}" y2="${y + 1}"/><text x="${x + 8}" y="${y}">target</text>`;
	return boxes.join("") + mark;
}
