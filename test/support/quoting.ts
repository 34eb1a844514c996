/**
 * redis-cli's quoting, both ways. Strings are Latin-1, one character a byte.
 *
 * Invariant: `splitQuoted(quoteAll(args))` gives `args` back, whatever bytes they hold.
 */

const escapes: ReadonlyMap<string, string> = new Map([
	["n", "\n"],
	["r", "\r"],
	["t", "\t"],
	["b", "\b"],
	["a", "\x07"],
]);
const reverseEscapes: ReadonlyMap<string, string> = new Map([
	["\n", "\\n"],
	["\r", "\\r"],
	["\t", "\\t"],
	['"', '\\"'],
	["\\", "\\\\"],
]);

/** One argument as it can be pasted into redis-cli or a transcript. */
export function quote(argument: string): string {
	if (/^[!#-&(-[\]-~]+$/.test(argument)) return argument;
	let quoted = "";
	for (const character of argument) {
		const escaped = reverseEscapes.get(character);
		if (escaped !== undefined) quoted += escaped;
		else if (character >= " " && character <= "~") quoted += character;
		else quoted += `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
	}
	return `"${quoted}"`;
}

export function quoteAll(args: readonly string[]): string {
	return args.map(quote).join(" ");
}

/** Like `quoteAll`, with long arguments cut to a readable length. */
export function describeCommand(args: readonly string[], limit = 120): string {
	return args
		.map((argument) =>
			argument.length <= limit ? quote(argument) : `${quote(argument.slice(0, limit))}…(${argument.length} bytes)`,
		)
		.join(" ");
}

/** The arguments of one line; throws where quotes do not balance. */
export function splitQuoted(line: string): string[] {
	const args: string[] = [];
	let position = 0;
	for (;;) {
		while (position < line.length && /\s/.test(line[position]!)) position++;
		if (position >= line.length) return args;
		const mark = line[position]!;
		if (mark !== '"' && mark !== "'") {
			let end = position;
			while (end < line.length && !/\s/.test(line[end]!)) end++;
			args.push(line.slice(position, end));
			position = end;
			continue;
		}
		const [argument, end] = mark === '"' ? readDouble(line, position + 1) : readSingle(line, position + 1);
		if (end < line.length && !/\s/.test(line[end]!)) throw new Error(`text after a closing quote: ${line}`);
		args.push(argument);
		position = end;
	}
}

function readDouble(line: string, start: number): [argument: string, end: number] {
	let argument = "";
	for (let position = start; position < line.length; position++) {
		const character = line[position]!;
		if (character === '"') return [argument, position + 1];
		if (character !== "\\") {
			argument += character;
			continue;
		}
		const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(position + 1, position + 4));
		if (hex !== null) {
			argument += String.fromCharCode(Number.parseInt(hex[1]!, 16));
			position += 3;
			continue;
		}
		const escaped = line[++position];
		if (escaped === undefined) break;
		argument += escapes.get(escaped) ?? escaped;
	}
	throw new Error(`unbalanced double quotes: ${line}`);
}

function readSingle(line: string, start: number): [argument: string, end: number] {
	let argument = "";
	for (let position = start; position < line.length; position++) {
		const character = line[position]!;
		if (character === "'") return [argument, position + 1];
		if (character === "\\" && line[position + 1] === "'") {
			argument += "'";
			position++;
			continue;
		}
		argument += character;
	}
	throw new Error(`unbalanced single quotes: ${line}`);
}
