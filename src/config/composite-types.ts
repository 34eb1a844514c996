/** The types of directives that take several words. */
import { assert } from "../bytes/assert.ts";
import { type DirectiveType, Refusal, type RewriteLine, type Setting } from "./directive.ts";
import { quoteWord } from "./quoting.ts";
import { memoryText, notAmong, oneWord, PORT_MAX, readMemory, WRONG_WORD_COUNT } from "./simple-types.ts";

type Read<Value> = DirectiveType<Value>["read"];

/** A type of several words, which may as well be one quoted word with blanks in it: CONFIG SET has no other way. */
function severalWords<Value>(
	read: Read<Value>,
	lineWords: (setting: Setting<Value>) => string | undefined = (setting) => setting.text || '""',
): DirectiveType<Value> {
	return {
		read: (words, current, isFurther) => read(words.length === 1 ? words[0]!.split(" ") : words, current, isFurther),
		lines(setting, initial) {
			const words = lineWords(setting);
			return words === undefined ? [] : [{ words, isNew: setting.text !== initial.text }];
		},
	};
}

function isEmptyWord(words: readonly string[]): boolean {
	return words.length === 1 && words[0] === "";
}

/** A snapshot is due once so many changes happened and so many seconds went by. */
export interface SavePoint {
	readonly seconds: number;
	readonly changes: number;
}

const readSavePoints: Read<readonly SavePoint[]> = (words, current, isFurther) => {
	const points = isFurther && current !== undefined && !isEmptyWord(words) ? [...current.value] : [];
	if (!isEmptyWord(words)) {
		if (words.length % 2 !== 0 || !words.every((word) => /^[0-9]+$/.test(word))) return INVALID_SAVE;
		for (let index = 0; index < words.length; index += 2) {
			const point = { seconds: Number(words[index]), changes: Number(words[index + 1]) };
			if (point.seconds < 1) return INVALID_SAVE;
			points.push(point);
		}
	}
	return { value: points, text: points.map(savePointText).join(" ") };
};

const INVALID_SAVE = new Refusal("Invalid save parameters");

function savePointText({ seconds, changes }: SavePoint): string {
	return `${seconds} ${changes}`;
}

/** Lines of one configuration add up, an empty one starts anew; CONFIG SET replaces all. */
export const savePoints: DirectiveType<readonly SavePoint[]> = {
	...severalWords(readSavePoints),
	lines({ value, text }, initial) {
		const isNew = text !== initial.text;
		return value.length === 0
			? [{ words: '""', isNew }]
			: value.map((point) => ({ words: savePointText(point), isNew }));
	},
};

/** Zero is no limit. */
export interface OutputBufferLimit {
	readonly hard_bytes: number;
	readonly soft_bytes: number;
	readonly soft_seconds: number;
}

export interface OutputBufferLimits {
	readonly normal: OutputBufferLimit;
	readonly replica: OutputBufferLimit;
	readonly pubsub: OutputBufferLimit;
}

type ClientClass = keyof OutputBufferLimits;

const clientClasses: readonly ClientClass[] = ["normal", "replica", "pubsub"];
const unlimited: OutputBufferLimit = { hard_bytes: 0, soft_bytes: 0, soft_seconds: 0 };

const readOutputBufferLimits: Read<OutputBufferLimits> = (words, current) => {
	const limits = { ...(current?.value ?? { normal: unlimited, replica: unlimited, pubsub: unlimited }) };
	if (!isEmptyWord(words)) {
		if (words.length % 4 !== 0) return new Refusal("Wrong number of arguments in buffer limit configuration.");
		for (let index = 0; index < words.length; index += 4) {
			const name = words[index]!.toLowerCase();
			const clientClass = clientClasses.find((known) => known === (name === "slave" ? "replica" : name));
			if (clientClass === undefined) {
				return new Refusal("Invalid client class specified in buffer limit configuration.");
			}
			const hard = readMemory(words[index + 1]!);
			const soft = readMemory(words[index + 2]!);
			const seconds = words[index + 3]!;
			if (hard === undefined || soft === undefined || !/^[0-9]+$/.test(seconds)) {
				return new Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
			}
			limits[clientClass] = {
				hard_bytes: Number(hard),
				soft_bytes: Number(soft),
				soft_seconds: Number(seconds),
			};
		}
	}
	return { value: limits, text: clientClasses.map((name) => limitText(name, limits[name])).join(" ") };
};

function limitText(clientClass: ClientClass, limit: OutputBufferLimit): string {
	const name = clientClass === "replica" ? "slave" : clientClass;
	return `${name} ${limit.hard_bytes} ${limit.soft_bytes} ${limit.soft_seconds}`;
}

/** Classes that are not named keep their limits. */
export const outputBufferLimits: DirectiveType<OutputBufferLimits> = {
	...severalWords(readOutputBufferLimits),
	lines({ value }, initial) {
		return clientClasses.map((name): RewriteLine => {
			const limit = value[name];
			const sizes = `${memoryText(String(limit.hard_bytes))} ${memoryText(String(limit.soft_bytes))}`;
			return {
				words: `${name} ${sizes} ${limit.soft_seconds}`,
				isNew: limitText(name, limit) !== limitText(name, initial.value[name]),
			};
		});
	},
};

const BIND_ADDRESSES_MAX = 16;

/** Addresses to listen on; none at all where the list is empty. */
export const addresses: DirectiveType<readonly string[]> = severalWords((words) => {
	if (words.length > BIND_ADDRESSES_MAX) return new Refusal("Too many bind addresses specified.");
	const value = isEmptyWord(words) ? [] : words;
	return { value, text: value.join(" ") };
});

/** How far three kinds of process offer themselves to the kernel's out-of-memory killer. */
export const outOfMemoryScores: DirectiveType<readonly number[]> = severalWords((words) => {
	if (words.length !== 3) return new Refusal(WRONG_WORD_COUNT);
	const value = words.map((word) => (/^[+-]?[0-9]+$/.test(word) ? Number(word) : Number.NaN));
	if (!value.every((score) => score >= -2000 && score <= 2000)) {
		return new Refusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
	}
	return { value, text: value.join(" ") };
});

export const percentiles: DirectiveType<readonly number[]> = severalWords((words) => {
	if (words.length === 0 || isEmptyWord(words)) return { value: [], text: "" };
	const value: number[] = [];
	for (const word of words) {
		const percentile = /^[+-]?(inf|[0-9.][0-9.a-fx+-]*)$/i.test(word)
			? Number(word.replace(/inf/i, "Infinity"))
			: Number.NaN;
		if (Number.isNaN(percentile)) return new Refusal("Invalid latency-tracking-info-percentiles parameters");
		if (percentile < 0 || percentile > 100) {
			return new Refusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
		}
		value.push(percentile);
	}
	return { value, text: value.map(percentileText).join(" ") };
});

/** At most six places. */
function percentileText(percentile: number): string {
	return percentile.toFixed(6).replace(/\.?0+$/, "");
}

/** Any number of flags; the first choice stands for none of them. */
export function someOf<const Flag extends string>(
	none: string,
	flags: readonly Flag[],
	conflict: (given: readonly Flag[]) => string | undefined,
): DirectiveType<readonly Flag[]> {
	return severalWords((words) => {
		const given = words.map((word) => word.toLowerCase());
		if (given.length === 0 || !given.every((word) => word === none || flags.some((flag) => flag === word))) {
			return notAmong([none, ...flags]);
		}
		const value = flags.filter((flag) => given.includes(flag));
		const reason = conflict(value);
		return reason === undefined ? { value, text: value.join(" ") || none } : new Refusal(reason);
	});
}

/** All classes of keyspace events in the order CONFIG GET shows them, then where and what else is published. */
const EVENT_CLASSES = "g$lshzxetdn";
const EVENT_TARGETS = "KEm";
/** What `A` stands for. */
const EVENTS_ALL = "g$lshzxetd";

/**
 * The value is the canonical list of letters with `A` spelled out: `value.includes("x")` asks whether expiry counts.
 * The text says `A` again, and then hides `n` as Redis does; a file keeps it.
 */
export const keyspaceEvents: DirectiveType<string> = oneWord(
	(word) => {
		const letters = word.replaceAll("A", EVENTS_ALL);
		for (const letter of letters) {
			if (!EVENT_CLASSES.includes(letter) && !EVENT_TARGETS.includes(letter)) {
				return new Refusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
			}
		}
		const value = [...EVENT_CLASSES, ...EVENT_TARGETS].filter((letter) => letters.includes(letter)).join("");
		return { value, text: value.replace(EVENTS_ALL, "A").replace("An", "A") };
	},
	({ value }) => quoteWord(value.replace(EVENTS_ALL, "A")),
);

export interface MasterAddress {
	readonly host: string;
	readonly port: number;
}

/** `no one` is none. */
export const masterAddress: DirectiveType<MasterAddress | undefined> = severalWords(
	(words) => {
		if (isEmptyWord(words)) return { value: undefined, text: "" };
		if (words.length !== 2) return new Refusal(WRONG_WORD_COUNT);
		const [host, port] = words;
		assert(host !== undefined && port !== undefined, "two words were counted");
		if (host.toLowerCase() === "no" && port.toLowerCase() === "one") return { value: undefined, text: "" };
		if (!/^[0-9]{1,5}$/.test(port) || Number(port) > PORT_MAX) return new Refusal("Invalid master port");
		return { value: { host, port: Number(port) }, text: `${host} ${Number(port)}` };
	},
	(setting) => (setting.value === undefined ? undefined : setting.text),
);
