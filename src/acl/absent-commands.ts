/**
 * Commands of Redis 7.2 that are not built yet. Rules may name them, so that users of a Redis deployment can be taken over
 * as they are: nothing can be run by such a name, and the rule is kept for the day when it can. A command that is built
 * leaves this list; a test says so.
 */
const absent: ReadonlySet<string> = new Set("asking readonly readwrite restore-asking".split(" "));

/** Those that have subcommands. */
const absentContainers: ReadonlySet<string> = new Set(["cluster", "module"]);

/** Whether "eval", "cluster" or "cluster|slots" is one of them. */
export function isAbsentCommand(name: string): boolean {
	const [container = "", subcommand] = name.toLowerCase().split("|", 2);
	return absentContainers.has(container) || (subcommand === undefined && absent.has(container));
}

export function absentCommands(): string[] {
	return [...absent, ...absentContainers];
}
