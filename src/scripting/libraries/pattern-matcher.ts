/**
 * Matches Lua's patterns against strings that lie in Lua's memory, as Lua 5.1 does, errors included, but so that it can be
 * left: what C keeps on its stack while it tries one way after the other lies in an array of choices here, and after so
 * many steps the matcher stops and can be told to go on.
 *
 * A zero byte ends a pattern, as in C. Behind the last byte of a string of Lua there is one.
 */

/** What is wrong with a pattern; the text is what Lua raises. */
export class PatternError extends Error {}

/** Instead of where a match ends. */
export const NO_MATCH = -1;
/** The steps are used up: `goOn` goes on. */
export const UNDECIDED = -2;

/** Instead of the length of a capture. */
export const UNFINISHED = -1;
export const POSITION = -2;

const CAPTURES_MAX = 32;
/** Choices that may be open at once: at most one for each part of a pattern. C would have used up its stack before. */
const CHOICES_MAX = 200_000;

const ESCAPE = 0x25;
const DOLLAR = 0x24;
const OPEN = 0x28;
const CLOSE = 0x29;
const STAR = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ONE = 0x31;
const QUESTION = 0x3f;
const OPEN_SET = 0x5b;
const CLOSE_SET = 0x5d;
const CARET = 0x5e;
const B = 0x62;
const F = 0x66;

/**
 * Choices: what was decided, and what else could be tried there.
 *
 *     LONGEST    matches of one part: [from, at) are taken, one less is next      next part
 *     SHORTEST   matches of one part up to `at` are taken, one more is next        this part
 *     OPTIONAL   a match was taken at `at`; none is next                           next part
 *     OPENED     a capture, which is taken back
 *     CLOSED     a capture (its number is in `at`), which is open again
 */
const LONGEST = 0;
const SHORTEST = 1;
const OPTIONAL = 2;
const OPENED = 3;
const CLOSED = 4;
const CHOICE_FIELDS = 4;
const AT = 1;
const PART = 2;
const FROM = 3;

const LETTERS = 1;
const CONTROLS = 2;
const DIGITS = 4;
const LOWER = 8;
const PUNCTUATION = 16;
const SPACES = 32;
const UPPER = 64;
const HEXADECIMAL = 128;
const ZERO = 256;

/** What each byte is, and which of it the letter of a class asks for; 0 for what is no class. */
const kinds = Uint16Array.from({ length: 256 }, (_, byte) => {
	const c = String.fromCharCode(byte);
	let kind = byte === 0 ? ZERO : 0;
	if (/[a-z]/.test(c)) kind |= LETTERS | LOWER;
	if (/[A-Z]/.test(c)) kind |= LETTERS | UPPER;
	if (/[0-9]/.test(c)) kind |= DIGITS;
	if (/[0-9a-fA-F]/.test(c)) kind |= HEXADECIMAL;
	if (/[ \t-\r]/.test(c)) kind |= SPACES;
	if (byte < 0x20 || byte === 0x7f) kind |= CONTROLS;
	if (/[!-/:-@[-`{-~]/.test(c)) kind |= PUNCTUATION;
	return kind;
});
const classes = new Uint16Array(256);
for (const [letter, kind] of Object.entries({
	a: LETTERS,
	c: CONTROLS,
	d: DIGITS,
	l: LOWER,
	p: PUNCTUATION,
	s: SPACES,
	u: UPPER,
	w: LETTERS | DIGITS,
	x: HEXADECIMAL,
	z: ZERO,
})) {
	classes[letter.charCodeAt(0)] = kind;
	classes[letter.toUpperCase().charCodeAt(0)] = kind;
}

/** Whether `%letter` stands for the byte: a class in lower case, what is not in it in upper case, or itself. */
function isInClass(byte: number, letter: number): boolean {
	const wanted = classes[letter]!;
	if (wanted === 0) return letter === byte;
	return ((kinds[byte]! & wanted) !== 0) === (letter & 0x20) > 0;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

export class PatternMatcher {
	/** Memory of Lua; to be set anew where it has grown. */
	heap: Uint8Array;
	/** How many captures the newest match has, where each begins, and how long it is. */
	level: number;
	readonly captureStart: Int32Array;
	readonly captureLength: Int32Array;
	/** Steps that are left; a match that needs more is undecided. */
	steps: number;
	private start: number;
	private end: number;
	private choices: Int32Array;
	private depth: number;
	/** Where to go on: in the subject, in the pattern, and whether by another choice. */
	private at: number;
	private part: number;
	private isFailing: boolean;

	constructor() {
		this.heap = new Uint8Array(0);
		this.level = 0;
		this.captureStart = new Int32Array(CAPTURES_MAX);
		this.captureLength = new Int32Array(CAPTURES_MAX);
		this.steps = 0;
		this.start = 0;
		this.end = 0;
		this.choices = new Int32Array(16 * CHOICE_FIELDS);
		this.depth = 0;
		this.at = 0;
		this.part = 0;
		this.isFailing = false;
	}

	/** Sets what is searched: [start, end) of the memory. */
	begin(heap: Uint8Array, start: number, end: number): void {
		this.heap = heap;
		this.start = start;
		this.end = end;
	}

	/** Where the match of the pattern ends that begins at `at`, NO_MATCH or UNDECIDED. */
	match(at: number, pattern: number): number {
		this.level = 0;
		this.depth = 0;
		this.at = at;
		this.part = pattern;
		this.isFailing = false;
		return this.goOn();
	}

	/** The same for a match that was undecided; there are steps again. */
	goOn(): number {
		for (;;) {
			if (this.steps <= 0) return UNDECIDED;
			if (this.isFailing) {
				if (this.depth === 0) return NO_MATCH;
				this.choose();
			} else if (this.advance()) return this.at;
		}
	}

	/** Takes parts of the pattern, one behind the other, until one fails; true where there are no more. */
	private advance(): boolean {
		const { heap, end } = this;
		let { at, part } = this;
		for (;;) {
			this.steps--;
			const code = heap[part]!;
			if (code === 0) break;
			if (code === OPEN || code === CLOSE) {
				this.at = at;
				part = code === OPEN ? this.open(part) : this.close(part);
				continue;
			}
			if (code === DOLLAR && heap[part + 1] === 0) {
				if (at !== end) return this.fail();
				break;
			}
			if (code === ESCAPE) {
				const letter = heap[part + 1]!;
				if (letter === B) {
					at = this.balanced(at, part + 2);
					if (at < 0) return this.fail();
					part += 4;
					continue;
				}
				if (letter === F) {
					part = this.frontier(at, part + 2);
					if (part < 0) return this.fail();
					continue;
				}
				if (isDigit(letter)) {
					at = this.repeated(at, letter);
					if (at < 0) return this.fail();
					part += 2;
					continue;
				}
			}
			const next = this.partEnd(part);
			const suffix = heap[next]!;
			if (suffix === STAR || suffix === PLUS) {
				at = this.longest(at, part, next, suffix === PLUS ? 1 : 0);
				if (at < 0) return this.fail();
				part = next + 1;
			} else if (suffix === MINUS) {
				this.push(SHORTEST, at, part, 0);
				part = next + 1;
			} else {
				const isMatch = at < end && this.takes(heap[at]!, part, next);
				if (suffix === QUESTION) {
					part = next + 1;
					if (!isMatch) continue;
					this.push(OPTIONAL, at, part, 0);
				} else if (!isMatch) return this.fail();
				else part = next;
				at++;
			}
			if (this.steps > 0) continue;
			this.at = at;
			this.part = part;
			return false;
		}
		this.at = at;
		return true;
	}

	private fail(): false {
		this.isFailing = true;
		return false;
	}

	/** Does otherwise what was decided last. */
	private choose(): void {
		const { choices, heap } = this;
		const choice = (this.depth - 1) * CHOICE_FIELDS;
		const at = choices[choice + AT]!;
		const part = choices[choice + PART]!;
		this.steps--;
		this.isFailing = false;
		switch (choices[choice]) {
			case LONGEST:
				if (at > choices[choice + FROM]!) {
					choices[choice + AT] = at - 1;
					this.at = at - 1;
					this.part = part;
					return;
				}
				break;
			case SHORTEST: {
				const next = this.partEnd(part);
				if (at < this.end && this.takes(heap[at]!, part, next)) {
					choices[choice + AT] = at + 1;
					this.at = at + 1;
					this.part = next + 1;
					return;
				}
				break;
			}
			case OPTIONAL:
				this.depth--;
				this.at = at;
				this.part = part;
				return;
			case OPENED:
				this.level--;
				break;
			default:
				this.captureLength[at] = UNFINISHED;
		}
		this.depth--;
		this.isFailing = true;
	}

	private push(kind: number, at: number, part: number, from: number): void {
		const choice = this.depth * CHOICE_FIELDS;
		if (choice === this.choices.length) {
			if (this.depth >= CHOICES_MAX) throw new PatternError("pattern too complex");
			const grown = new Int32Array(2 * choice);
			grown.set(this.choices);
			this.choices = grown;
		}
		const { choices } = this;
		choices[choice] = kind;
		choices[choice + AT] = at;
		choices[choice + PART] = part;
		choices[choice + FROM] = from;
		this.depth++;
	}

	/** As many as there are, `least` of them at least; returns where they end, -1 where there are too few. */
	private longest(at: number, part: number, next: number, least: number): number {
		const { heap, end } = this;
		let to = at;
		if (heap[part] === DOT) to = end;
		else while (to < end && this.takes(heap[to]!, part, next)) to++;
		this.steps -= to - at;
		if (to - at < least) return -1;
		if (to > at + least) this.push(LONGEST, to, next + 1, at + least);
		return to;
	}

	/** Whether the part of one byte at [part, next) stands for this one. */
	private takes(byte: number, part: number, next: number): boolean {
		const code = this.heap[part]!;
		if (code === DOT) return true;
		if (code === ESCAPE) return isInClass(byte, this.heap[part + 1]!);
		if (code === OPEN_SET) return this.isInSet(byte, part, next - 1);
		return code === byte;
	}

	/** Of a set that begins with the bracket at `from` and ends with that at `to`. */
	private isInSet(byte: number, from: number, to: number): boolean {
		const { heap } = this;
		let at = from;
		const isIn = heap[at + 1] !== CARET;
		if (!isIn) at++;
		while (++at < to) {
			if (heap[at] === ESCAPE) {
				at++;
				if (isInClass(byte, heap[at]!)) return isIn;
			} else if (heap[at + 1] === MINUS && at + 2 < to) {
				at += 2;
				if (heap[at - 2]! <= byte && byte <= heap[at]!) return isIn;
			} else if (heap[at] === byte) return isIn;
		}
		return !isIn;
	}

	/** Where a part of one byte ends: its letter, its class or its set. */
	private partEnd(part: number): number {
		const { heap } = this;
		const code = heap[part]!;
		let at = part + 1;
		if (code === ESCAPE) {
			if (heap[at] === 0) throw new PatternError("malformed pattern (ends with '%')");
			return at + 1;
		}
		if (code !== OPEN_SET) return at;
		if (heap[at] === CARET) at++;
		do {
			if (heap[at] === 0) throw new PatternError("malformed pattern (missing ']')");
			if (heap[at++] === ESCAPE && heap[at] !== 0) at++;
		} while (heap[at] !== CLOSE_SET);
		return at + 1;
	}

	// Captures

	/** Returns what comes behind the parenthesis. */
	private open(part: number): number {
		const { level } = this;
		if (level >= CAPTURES_MAX) throw new PatternError("too many captures");
		const isPosition = this.heap[part + 1] === CLOSE;
		this.captureStart[level] = this.at;
		this.captureLength[level] = isPosition ? POSITION : UNFINISHED;
		this.level = level + 1;
		this.push(OPENED, 0, 0, 0);
		return part + (isPosition ? 2 : 1);
	}

	private close(part: number): number {
		const { captureLength } = this;
		let index = this.level - 1;
		while (index >= 0 && captureLength[index] !== UNFINISHED) index--;
		if (index < 0) throw new PatternError("invalid pattern capture");
		captureLength[index] = this.at - this.captureStart[index]!;
		this.push(CLOSED, index, 0, 0);
		return part + 1;
	}

	/** Where what a capture has taken ends when it stands here once more, -1 where it does not. */
	private repeated(at: number, digit: number): number {
		const index = digit - ONE;
		if (index < 0 || index >= this.level || this.captureLength[index] === UNFINISHED) {
			throw new PatternError("invalid capture index");
		}
		const length = this.captureLength[index]!;
		if (length < 0 || this.end - at < length) return -1;
		const { heap } = this;
		const from = this.captureStart[index]!;
		let i = 0;
		while (i < length && heap[from + i] === heap[at + i]) i++;
		this.steps -= i;
		return i === length ? at + length : -1;
	}

	// %b and %f

	/** Behind the closing byte that belongs to the opening one here; -1 where there is none. */
	private balanced(at: number, pair: number): number {
		const { heap, end } = this;
		const opening = heap[pair]!;
		const closing = heap[pair + 1]!;
		if (opening === 0 || closing === 0) throw new PatternError("unbalanced pattern");
		if (heap[at] !== opening) return -1;
		let open = 1;
		let to = at + 1;
		for (; to < end; to++) {
			const byte = heap[to]!;
			if (byte === closing) {
				if (--open === 0) break;
			} else if (byte === opening) open++;
		}
		this.steps -= to - at;
		return to < end ? to + 1 : -1;
	}

	/** What comes behind the set where we stand at its edge, -1 where we do not. */
	private frontier(at: number, set: number): number {
		const { heap } = this;
		if (heap[set] !== OPEN_SET) throw new PatternError("missing '[' after '%f' in pattern");
		const next = this.partEnd(set);
		const previous = at === this.start ? 0 : heap[at - 1]!;
		if (this.isInSet(previous, set, next - 1) || !this.isInSet(heap[at]!, set, next - 1)) return -1;
		return next;
	}
}
