import { latin1 } from "../bytes/ascii.ts";

/** What a script says about itself in a first line such as `#!lua flags=no-writes,allow-stale`. */
export interface ScriptFlags {
	/** There is no such line: the script is taken as before Redis 7, when only its commands were judged. */
	readonly isPlain: boolean;
	readonly noWrites: boolean;
	readonly allowOom: boolean;
	readonly allowStale: boolean;
	readonly noCluster: boolean;
	readonly allowCrossSlotKeys: boolean;
}

const HASH = 0x23;
const EXCLAMATION = 0x21;
const LINE_FEED = 0x0a;

/** Words of the field `flags`, by what they set. */
const flagWords: ReadonlyMap<string, keyof ScriptFlags> = new Map([
	["no-writes", "noWrites"],
	["allow-oom", "allowOom"],
	["allow-stale", "allowStale"],
	["no-cluster", "noCluster"],
	["allow-cross-slot-keys", "allowCrossSlotKeys"],
]);

export const PLAIN: ScriptFlags = {
	isPlain: true,
	noWrites: false,
	allowOom: false,
	allowStale: false,
	noCluster: false,
	allowCrossSlotKeys: false,
};

/** Where the code begins behind such a line: the end of the line belongs to it, so that lines keep their numbers. */
export function codeStart(source: Uint8Array): number {
	return hasShebang(source) ? source.indexOf(LINE_FEED) : 0;
}

function hasShebang(source: Uint8Array): boolean {
	return source.length > 1 && source[0] === HASH && source[1] === EXCLAMATION;
}

/** The flags of a script, or what is wrong with the line. */
export function flagsOf(source: Uint8Array): ScriptFlags | string {
	if (!hasShebang(source)) return PLAIN;
	const end = source.indexOf(LINE_FEED);
	if (end < 0) return "Invalid script shebang";
	const [engine = "", ...options] = latin1(source, 0, end)
		.split(/[ \t\r\v\f]/)
		.filter((word) => word !== "");
	if (engine !== "#!lua") return `Unexpected engine in script shebang: ${engine}`;
	const flags: { -readonly [Name in keyof ScriptFlags]: boolean } = { ...PLAIN, isPlain: false };
	for (const option of options) {
		if (!option.startsWith("flags=")) return `Unknown lua shebang option: ${option}`;
		for (const word of option.slice("flags=".length).split(",")) {
			if (option === "flags=") break;
			const flag = flagWords.get(word);
			if (flag === undefined) return `Unexpected flag in script shebang: ${word}`;
			if (flag !== undefined) flags[flag] = true;
		}
	}
	return flags;
}
