/**
 * Words for every command, made from its grammar: with and without options, with one and with several of what may be
 * repeated. Every key is a word of its own, so that it can be told where the keys are without asking the code under test.
 */
import type { Random } from "../../src/bytes/random.ts";
import type { Command } from "../../src/dispatch/command.ts";
import type { Argument } from "../../src/dispatch/grammar.ts";

export interface Sample {
	readonly words: readonly string[];
	/** Which of them are keys, and channels. */
	readonly keys: readonly number[];
	readonly channels: readonly number[];
}

const KEY = /^key:\d+$/;

export function sampleOf(command: Command, random: Random): Sample {
	const name = command.fullName.split("|");
	// Of what may be repeated all is repeated as often: a number of keys says how many there are, streams have as many ids.
	const repeats = 1 + random.below(3);
	const writer = new SampleWriter(name, random, repeats);
	for (const part of command.row.args ?? []) writer.add(part);
	const { words } = writer;
	// MIGRATE has one key or, in the place of that, an empty word and KEYS.
	if (words[0] === "migrate") words[3] = words.includes("KEYS") ? "" : "key:9";
	while (!command.accepts(words.length) && command.arity < 0) words.push("x");
	const { channels } = command.row;
	const last = channels === undefined ? -1 : channels.last < 0 ? words.length + channels.last : channels.last;
	return {
		words,
		keys: words.flatMap((word, index) => (KEY.test(word) ? [index] : [])),
		channels: words.flatMap((_, index) =>
			channels !== undefined && index >= channels.first && index <= last ? [index] : [],
		),
	};
}

class SampleWriter {
	readonly words: string[];
	private readonly random: Random;
	private readonly repeats: number;
	private keys: number;
	private others: number;
	/** Where the number of keys stands. */
	private countAt: number;

	constructor(name: readonly string[], random: Random, repeats: number) {
		this.words = [...name];
		this.random = random;
		this.repeats = repeats;
		this.keys = 0;
		this.others = 0;
		this.countAt = -1;
	}

	add(part: Argument): void {
		if (part.optional && this.random.below(2) === 0) {
			// EVAL script 0: the number of keys came first.
			if (part.type === "key" && this.countAt === this.words.length - 1) this.words[this.countAt] = "0";
			return;
		}
		const times = part.multiple ? this.repeats : 1;
		for (let i = 0; i < times; i++) {
			if (part.token !== "" && (i === 0 || part.multipleToken)) this.words.push(part.token === '""' ? "" : part.token);
			this.addValue(part);
		}
	}

	private addValue(part: Argument): void {
		switch (part.type) {
			case "pure-token":
				return;
			case "oneof":
				return this.add(part.children[this.random.below(part.children.length)]!);
			case "block":
				for (const child of part.children) this.add(child);
				return;
			case "key":
				return void this.words.push(`key:${this.keys++}`);
			case "string":
			case "pattern":
				return void this.words.push(`word:${this.others++}`);
			default:
				if (part.name === "numkeys") this.countAt = this.words.length;
				this.words.push(part.name === "numkeys" ? String(this.repeats) : "1");
		}
	}
}
