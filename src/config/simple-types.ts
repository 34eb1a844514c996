/** The types of directives that take one word. */
import { type DirectiveType, Refusal, type Setting } from "./directive.ts";
import { quoteWord } from "./quoting.ts";

export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;
export const UINT32_MAX = 2 ** 32 - 1;
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;
export const UINT64_MAX = 2n ** 64n - 1n;
export const PORT_MAX = 65_535;

export const WRONG_WORD_COUNT = "wrong number of arguments";

const memoryUnits: ReadonlyMap<string, bigint> = new Map([
	["", 1n],
	["b", 1n],
	["k", 1000n],
	["kb", 1024n],
	["m", 1000n ** 2n],
	["mb", 1024n ** 2n],
	["g", 1000n ** 3n],
	["gb", 1024n ** 3n],
]);

/** A type of one word. `lineWord` is how a file spells the setting; undefined: by no line at all. */
export function oneWord<Value>(
	readWord: (word: string) => Setting<Value> | Refusal,
	lineWord: (setting: Setting<Value>) => string | undefined = (setting) => setting.text,
): DirectiveType<Value> {
	return {
		read: (words) => (words.length === 1 ? readWord(words[0]!) : new Refusal(WRONG_WORD_COUNT)),
		lines(setting, initial) {
			const word = lineWord(setting);
			return word === undefined ? [] : [{ words: word, isNew: setting.text !== initial.text }];
		},
	};
}

export const yesNo: DirectiveType<boolean> = oneWord((word) => {
	const text = word.toLowerCase();
	return text === "yes" || text === "no"
		? { value: text === "yes", text }
		: new Refusal("argument must be 'yes' or 'no'");
});

export function oneOf<const Choices extends readonly string[]>(...choices: Choices): DirectiveType<Choices[number]> {
	return oneWord<Choices[number]>((word) => {
		const text = word.toLowerCase();
		return choices.includes(text) ? { value: text, text } : notAmong(choices);
	});
}

export function notAmong(choices: readonly string[]): Refusal {
	return new Refusal(`argument(s) must be one of the following: ${choices.join(", ")}`);
}

export interface IntegerOptions {
	/** Values outside are moved to the nearer end, silently. */
	readonly clampMin?: number;
	readonly clampMax?: number;
}

/** Decimal, without sign, blank or leading zero that a canonical number would not have. */
export function integer(
	min: number | bigint,
	max: number | bigint,
	{ clampMin, clampMax }: IntegerOptions = {},
): DirectiveType<number> {
	return oneWord((word) => {
		if (!/^(0|-?[1-9][0-9]*)$/.test(word)) return NOT_AN_INTEGER;
		let number = BigInt(word);
		if (number < INT64_MIN || number > INT64_MAX) return NOT_AN_INTEGER;
		if (number < min || number > max) return outOfRange(min, max);
		if (clampMin !== undefined && number < clampMin) number = BigInt(clampMin);
		if (clampMax !== undefined && number > clampMax) number = BigInt(clampMax);
		return settingOf(number);
	});
}

const NOT_AN_INTEGER = new Refusal("argument couldn't be parsed into an integer");

function outOfRange(min: number | bigint | string, max: number | bigint | string): Refusal {
	return new Refusal(`argument must be between ${min} and ${max} inclusive`);
}

function settingOf(number: bigint): Setting<number> {
	return { value: Number(number), text: String(number) };
}

/** Permission bits. */
export function octal(max: number): DirectiveType<number> {
	return oneWord((word) => {
		if (!/^[+-]?[0-7]+$/.test(word)) return new Refusal("argument couldn't be parsed as an octal number");
		const value = Number.parseInt(word, 8);
		if (value < 0 || value > max) return outOfRange("0", max.toString(8));
		return { value, text: value.toString(8) };
	});
}

/** A number of bytes: 500, 10k (thousands), 10kb (1024s), and so on up to gb. */
export function memory(
	min: number | bigint = 0,
	max: bigint = INT64_MAX,
	{ clampMin }: Pick<IntegerOptions, "clampMin"> = {},
): DirectiveType<number> {
	return oneWord(
		(word) => {
			let bytes = readMemory(word);
			if (bytes === undefined) return new Refusal("argument must be a memory value");
			if (bytes < min || bytes > max) return outOfRange(min, max);
			if (clampMin !== undefined && bytes < clampMin) bytes = BigInt(clampMin);
			return settingOf(bytes);
		},
		(setting) => memoryText(setting.text),
	);
}

/** As Redis counts: digits saturate at 64 bits, the unit wraps around, no digits are zero. */
export function readMemory(word: string): bigint | undefined {
	const parts = /^([0-9]*)([a-z]*)$/i.exec(word);
	const unit = parts === null ? undefined : memoryUnits.get(parts[2]!.toLowerCase());
	if (parts === null || unit === undefined) return undefined;
	const digits = BigInt(parts[1]!);
	return BigInt.asUintN(64, (digits > UINT64_MAX ? UINT64_MAX : digits) * unit);
}

/** The shortest exact spelling in kb, mb or gb. */
export function memoryText(bytes: string): string {
	const number = BigInt(bytes);
	if (number === 0n) return "0";
	for (const unit of ["gb", "mb", "kb"]) {
		const size = memoryUnits.get(unit)!;
		if (number % size === 0n) return `${number / size}${unit}`;
	}
	return bytes;
}

/** Bytes, or a share of another amount. */
export interface MemoryOrPercent {
	readonly unit: "bytes" | "percent";
	readonly amount: number;
}

export const memoryOrPercent: DirectiveType<MemoryOrPercent> = oneWord<MemoryOrPercent>(
	(word) => {
		const percent = /^(0|[1-9][0-9]{0,17})%$/.exec(word);
		if (percent !== null) {
			const amount = Number(percent[1]);
			if (amount > 100) return new Refusal("percentage argument must be less or equal to 100");
			if (amount > 0) return { value: { unit: "percent", amount }, text: word };
			return { value: { unit: "bytes", amount: 0 }, text: "0" };
		}
		const bytes = readMemory(word);
		if (bytes === undefined) return new Refusal("argument must be a memory or percent value");
		return { value: { unit: "bytes", amount: Number(bytes) }, text: String(bytes) };
	},
	({ value, text }) => (value.unit === "percent" ? text : memoryText(text)),
);

/** Why a text is refused, or undefined. */
export type TextCheck = (text: string) => string | undefined;

const anyText: TextCheck = () => undefined;

/** Any text, the empty one included. */
export function text(check: TextCheck = anyText): DirectiveType<string> {
	return oneWord(
		(word) => readText(word, check),
		(setting) => quoteWord(setting.text),
	);
}

/** The empty text means that there is none: CONFIG REWRITE then writes no line. */
export function textOrNone(check: TextCheck = anyText): DirectiveType<string> {
	return oneWord(
		(word) => readText(word, check),
		(setting) => (setting.text === "" ? undefined : quoteWord(setting.text)),
	);
}

function readText(word: string, check: TextCheck): Setting<string> | Refusal {
	const reason = check(word);
	return reason === undefined ? { value: word, text: word } : new Refusal(reason);
}

/** `kind` is "filename" or "dirname". */
export function plainName(directive: string, kind: string, mayBeEmpty: boolean): TextCheck {
	return (name) => {
		if (name === "" && !mayBeEmpty) return `${directive} can't be empty`;
		return name.includes("/") ? `${directive} can't be a path, just a ${kind}` : undefined;
	};
}

const titleVariables = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

export const processTitle: TextCheck = (template) => {
	const rest = template.replaceAll(/\{([^}]*)\}/g, (whole, name) => (titleVariables.includes(name) ? "" : whole));
	return template === "" || rest.includes("{") ? "template format is invalid or contains unknown variables" : undefined;
};

export const hostName: TextCheck = (name) => {
	if (name.length >= 256) return "Hostnames must be less than 256 characters";
	return /^[a-z0-9.-]*$/i.test(name)
		? undefined
		: "Hostnames may only contain alphanumeric characters, hyphens or dots";
};

/** A name that may stand in the line of a cluster node. */
export const nodeName: TextCheck = (name) =>
	/[!#$%&()*+:;<>?@[\]^{|}~]/.test(name) ? "Announced human node name contained invalid character" : undefined;
