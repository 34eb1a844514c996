/** The hyperloglog group. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, planned, type Step, sequence } from "../step.ts";

const registers = 16_384;
const keyPool = ["hll:a", "hll:b", "hll:c", "hll:d", "hll:e"];

function key(source: Source): string {
	return source.chance(90) ? source.choose(keyPool) : source.key();
}

/** Few small ones, which meet again, or many new ones. */
function elements(source: Source): string[] {
	const pick = source.below(40);
	if (pick === 0) return source.several(200, 600, () => source.bytes(8));
	if (pick < 8) return source.several(20, 60, () => String(source.below(100_000)));
	return source.several(0, 5, () => source.choose([source.value(), source.key(), String(source.below(1000))]));
}

function head(source: Source, encoding: string): string {
	const count = source.chance(70) ? `${source.bytes(7)}\x80` : source.bytes(source.choose([8, 8, 3])).padEnd(8, "\x00");
	return `HYLL${encoding}\x00\x00\x00${count}`;
}

function zeros(length: number, isLong: boolean): string {
	if (length <= 64 && !isLong) return String.fromCharCode(length - 1);
	return String.fromCharCode(0x40 | ((length - 1) >> 8), (length - 1) & 0xff);
}

/** Runs that Redis might not have written so, which cover all registers, or nearly. */
function sparse(source: Source): string {
	let text = head(source, "\x01");
	const wanted = source.chance(90) ? registers : registers + source.between(-3, 3);
	const gap = source.choose([3, 40, 300, 3000]);
	for (let covered = 0; covered < wanted; ) {
		const isZeros = source.chance(50);
		const length = Math.min(wanted - covered, isZeros ? source.between(1, gap) : source.between(1, 4));
		const value = source.choose([0, 0, 1, source.below(32)]);
		text += isZeros ? zeros(length, source.chance(10)) : String.fromCharCode(0x80 | (value << 2) | (length - 1));
		covered += length;
	}
	return text;
}

function dense(source: Source): string {
	const filler = source.choose([source.bytes(3), source.bytes(12), "\x00", "\xff", "\x41\x10\x04"]);
	const length = source.chance(95) ? 12_288 : 12_287;
	return head(source, "\x00") + filler.repeat(length).slice(0, length);
}

function crafted(source: Source): Step {
	const pick = source.below(20);
	if (pick < 11) return fixed(exact, "SET", key(source), sparse(source));
	if (pick < 15) return fixed(exact, "SET", key(source), dense(source));
	if (pick < 17) return fixed(exact, "SET", key(source), head(source, source.choose(["\x00", "\x01", "\x02"])));
	// The head alone: what lies behind it would not always be cut at the end of a run.
	return fixed(exact, "SETRANGE", key(source), String(source.below(14)), source.bytes(source.between(1, 2)));
}

/** So many elements that a sparse form gets too long for most limits. */
function manyElements(source: Source): Step {
	const name = key(source);
	const start = source.below(1_000_000);
	const series = (from: number) => Array.from({ length: 400 }, (_, index) => `element:${from + index}`);
	return sequence(
		...[0, 1, 2, 3].map((round) => planned(exact, "PFADD", name, ...series(start + 400 * round))),
		planned(exact, "PFDEBUG", "ENCODING", name),
		planned(exact, "GET", name),
	);
}

const sparseLimits = ["3000", "3000", "3000", "0", "18", "25", "100", "1000", "5000", "9000", "16000"];

export const hyperloglogGroup: Group = {
	name: "hyperloglog",
	makers: [
		{ weight: 40, make: (source) => one(exact, "PFADD", key(source), ...elements(source)) },
		{ weight: 2, make: manyElements },
		{ weight: 25, make: (source) => one(exact, "PFCOUNT", key(source)) },
		{ weight: 15, make: (source) => one(exact, "PFCOUNT", ...source.several(1, 4, () => key(source))) },
		{ weight: 15, make: (source) => one(exact, "PFMERGE", ...source.several(1, 4, () => key(source))) },
		{ weight: 25, make: (source) => one(exact, "GET", key(source)) },
		{ weight: 8, make: (source) => fixed(exact, "OBJECT", "ENCODING", key(source)) },
		{ weight: 12, make: crafted },
		{ weight: 4, make: (source) => one(exact, "DEL", key(source)) },
		{ weight: 3, make: (source) => one(exact, "COPY", key(source), key(source), "REPLACE") },
		{
			weight: 14,
			make: (source) => {
				// GETREG rarely: its reply is long.
				const name = source.chance(3) ? "GETREG" : source.choose(["DECODE", "DECODE", "ENCODING", "TODENSE", "FOO"]);
				return one(exact, "PFDEBUG", source.word(name), key(source));
			},
		},
		{ weight: 1, make: (source) => fixed(exact, "CONFIG", "SET", "hll-sparse-max-bytes", source.choose(sparseLimits)) },
	],
};
