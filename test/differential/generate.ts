/**
 * Seeded random commands from a list of groups.
 *
 * Invariant: what is generated depends on seed, protocol and groups alone, never on a reply; so a seed and an index
 * are enough to see a command again.
 */
import { type Protocol, Source } from "./source.ts";
import type { PipelineStep, PlannedCommand, Step } from "./step.ts";

/** One kind of command; `weight` says how often beside the others of all groups. */
export interface Maker {
	readonly weight: number;
	readonly make: (source: Source) => Step;
}

export interface Group {
	readonly name: string;
	readonly makers: readonly Maker[];
}

/** Quoted it may be four times as long, and Redis takes lines of 64 KiB. */
const INLINE_MAX = 10_000;

export class Generator {
	readonly source: Source;
	private readonly makers: readonly Maker[];
	private readonly total: number;

	constructor(seed: number, protocol: Protocol, groups: readonly Group[]) {
		this.source = new Source(seed, protocol);
		this.makers = groups.flatMap((group) => group.makers);
		this.total = this.makers.reduce((sum, maker) => sum + maker.weight, 0);
	}

	next(): Step {
		const step = this.pick().make(this.source);
		if (step.kind !== "pipeline" || !step.mutable) return step;
		return { ...step, commands: step.commands.map((command) => this.vary(command)) } satisfies PipelineStep;
	}

	private pick(): Maker {
		let ticket = this.source.below(this.total);
		for (const maker of this.makers) {
			ticket -= maker.weight;
			if (ticket < 0) return maker;
		}
		throw new Error("weights do not add up");
	}

	/** The name in mixed case now and then, rarely one argument too many, too few or spoiled, rarely inline. */
	private vary(command: PlannedCommand): PlannedCommand {
		const { source } = this;
		const args = [...command.args];
		args[0] = source.word(args[0]!);
		if (source.chance(6)) this.spoil(args);
		const isShort = args.every((argument) => argument.length < 500) && args.join(" ").length < INLINE_MAX;
		const inline = source.chance(2) && isShort;
		return { args, verb: command.verb, inline };
	}

	/** At most one change a command: two of them could turn a value into a deadline a few milliseconds away. */
	private spoil(args: string[]): void {
		const { source } = this;
		const index = source.between(1, args.length);
		switch (source.below(5)) {
			case 0:
				if (args.length > 1) args.splice(Math.min(index, args.length - 1), 1);
				return;
			case 1:
				args.splice(index, 0, source.junk());
				return;
			case 2:
				if (index < args.length) args[index] = source.junk();
				return;
			case 3:
				if (index < args.length) args.splice(index, 0, args[index]!);
				return;
			default:
				args.length = Math.min(args.length, index);
		}
	}
}
