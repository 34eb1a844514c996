/**
 * `redis-lite [/path/to/redis.conf | -] [--option value …]`, as Redis reads it: options are lines that follow those of
 * the file and of standard input. Pure: words in, a description of what to do out.
 */
import { quoteWord, splitWords } from "./quoting.ts";

export interface RunRequest {
	readonly action: "run";
	/** As given, or undefined to start from the defaults. */
	readonly file: string | undefined;
	readonly readsStandardInput: boolean;
	/** The options as lines of a configuration. */
	readonly options: string;
}

/** To examine files instead of serving them. */
export interface CheckRequest {
	readonly action: "check";
	readonly tool: CheckTool;
	/** What follows its name. */
	readonly words: readonly string[];
}

export type CheckTool = "check-rdb" | "check-aof";

export type CommandLine =
	| RunRequest
	| CheckRequest
	| { readonly action: "version" }
	| { readonly action: "help" }
	| { readonly action: "refuse"; readonly message: string };

export const USAGE = `Usage: redis-lite [/path/to/redis.conf | -] [--option value ...]

  redis-lite                                 start with the defaults
  redis-lite /etc/redis/redis.conf           start with a configuration file
  redis-lite redis.conf --port 7000          the same; options win over the file
  redis-lite --port 7000 --save "" --bind 127.0.0.1 ::1
  echo "maxmemory 128mb" | redis-lite -      read the configuration from standard input
  redis-lite check-rdb dump.rdb              examine a snapshot
  redis-lite check-aof appendonly.aof.manifest

  -v, --version    print the version
  -h, --help       print this help`;

/** `argv` without the program's own name, which is `program`: under the names of Redis's tools it is those. */
export function parseCommandLine(argv: readonly string[], program = ""): CommandLine {
	const own = /(?:^|\/)redis-(check-rdb|check-aof)$/.exec(program);
	if (own !== null) return { action: "check", tool: own[1] as CheckTool, words: argv };
	if (argv[0] === "check-rdb" || argv[0] === "check-aof") {
		return { action: "check", tool: argv[0], words: argv.slice(1) };
	}
	switch (argv[0]) {
		case "-v":
		case "--version":
			return { action: "version" };
		case "-h":
		case "--help":
			return { action: "help" };
		case "--test-memory":
			return { action: "refuse", message: "redis-lite does not test memory: use memtest86 or memtester" };
		case "--check-system":
			return { action: "refuse", message: "redis-lite does not check the system" };
	}
	if (argv.some((word) => word.toLowerCase() === "--sentinel")) {
		return { action: "refuse", message: "redis-lite has no Sentinel mode" };
	}
	const first = argv[0];
	const hasFile = first !== undefined && !first.startsWith("-");
	return {
		action: "run",
		// An empty word is what a shell makes of an unset variable: no file.
		file: hasFile && first !== "" ? first : undefined,
		readsStandardInput: (!hasFile && first === "-") || (argv.length > 1 && argv.at(-1) === "-"),
		options: optionLines(argv, hasFile ? 1 : 0),
	};
}

/**
 * A word that begins with two dashes starts a line, unless the line before still lacks its value: so a password may
 * begin with dashes. `--save` alone is the exception, and means `--save ""`.
 */
function optionLines(argv: readonly string[], start: number): string {
	const lines: string[] = [];
	let awaitsValue = false;
	for (let index = start; index < argv.length; index++) {
		const word = argv[index]!;
		if (word === "-" && (index === 0 || index === argv.length - 1)) continue;
		if (awaitsValue || !word.startsWith("--")) {
			const line = lines.pop();
			lines.push(line === undefined ? quoteWord(word) : `${line} ${quoteWord(word)}`);
			awaitsValue = false;
			continue;
		}
		const next = argv[index + 1];
		const option = word.slice(2).trimEnd();
		const isEmptySave = word.toLowerCase() === "--save" && (next === undefined || next.startsWith("--"));
		lines.push(isEmptySave ? `${option} ""` : option);
		awaitsValue = !isEmptySave && splitWords(word)?.length === 1;
	}
	return lines.join("\n");
}
