/** What the generator plans and both servers are given: commands in a pipeline, SCAN loops, raw sessions. */
import { quote } from "../support/quoting.ts";
import { commandText } from "../support/wire.ts";
import type { Verb } from "./compare.ts";

export interface PlannedCommand {
	/** Latin-1, one character a byte. */
	readonly args: readonly string[];
	readonly verb: Verb;
	/** Sent as an inline command instead of an array of bulks. */
	readonly inline: boolean;
}

/** Commands that stay together, on one connection, in one pipeline. */
export interface PipelineStep {
	readonly kind: "pipeline";
	readonly commands: readonly PlannedCommand[];
	/** False where a changed argument would make the outcome depend on time or chance. */
	readonly mutable: boolean;
}

/** A whole iteration: `before`, the cursor, `after`, until the cursor is 0; the sets of elements are compared. */
export interface ScanStep {
	readonly kind: "scan";
	readonly before: readonly string[];
	readonly after: readonly string[];
}

/** Raw bytes in one write on a fresh connection; all that comes back is compared, and whether it was closed. */
export interface SessionStep {
	readonly kind: "session";
	readonly bytes: string;
}

export type Step = PipelineStep | ScanStep | SessionStep;

export function planned(verb: Verb, ...args: readonly string[]): PlannedCommand {
	return { args, verb, inline: false };
}

/** A step of one command. */
export function one(verb: Verb, ...args: readonly string[]): PipelineStep {
	return { kind: "pipeline", commands: [planned(verb, ...args)], mutable: true };
}

/** Like `one`, but its arguments are sent as they are. */
export function fixed(verb: Verb, ...args: readonly string[]): PipelineStep {
	return { kind: "pipeline", commands: [planned(verb, ...args)], mutable: false };
}

/** Commands that follow one another, sent as they are. */
export function sequence(...commands: readonly PlannedCommand[]): PipelineStep {
	return { kind: "pipeline", commands, mutable: false };
}

export function wireText(command: PlannedCommand): string {
	return command.inline ? `${command.args.map(quote).join(" ")}\r\n` : commandText(command.args);
}
