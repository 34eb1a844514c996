/**
 * Where command makers take their arguments from: few keys so that commands meet, and the values that break servers.
 *
 * Invariant: the same seed gives the same arguments, and no number that could be taken for a deadline lies in the near
 * future, in whatever unit: a key expires at once, or long after the run. Offsets into a string are small or beyond the
 * longest string, so that no run allocates hundreds of megabytes.
 */
import { Random } from "../../src/bytes/random.ts";

export type Protocol = 2 | 3;

const text = (utf8: string): string => Buffer.from(utf8, "utf8").toString("latin1");

/** Also the keys by which a report finds what happened before. */
export const keyPool: readonly string[] = [
	"",
	"a",
	"b",
	"c",
	"key",
	"n1",
	"n2",
	"n3",
	"f1",
	"f2",
	"12345",
	"user:1000",
	"{tag}:1",
	"{tag}:2",
	"with space",
	"k[1]*?\\",
	"\x00",
	"\xff\xfe\x00\x80",
	"line\r\nbreak",
	"\"quoted'",
	text("schlüssel"),
	"long".repeat(60),
];

const integers = [
	..."0 0 0 1 1 1 2 3 -1 -1 -2 7 10 42 99 100 -100 255 256 1000 9999 10000 -10000 65535 65536 -0 00 01 +1".split(" "),
	..."2147483647 2147483648 -2147483648 -2147483649 4294967295 4294967296 9007199254740991 9007199254740992".split(" "),
	..."9007199254740993 -9007199254740991 -9007199254740993 4611686018427387904 9223372036854775806".split(" "),
	..."9223372036854775807 9223372036854775808 -9223372036854775807 -9223372036854775808".split(" "),
	..."-9223372036854775809 18446744073709551615 18446744073709551616 99999999999999999999999 -".split(" "),
	..."1.0 1.5 1e3 0x10 abc 1_000 inf nan ١".split(" ").map(text),
	"",
	" 1",
	"1 ",
	"1\x00",
	"1\n",
];

const floats = [
	..."0 1 -1 0.1 0.2 0.3 1.5 -2.5 3.0 5.0e3 1e10 1e-10 1e15 1e17 1e18 1e19 1e21 1e-17 1e-18 1e308 -1e308".split(" "),
	..."1e309 1e4932 -1e4932 1e5000 5e-324 1e-320 1e-4950 1e-5000 inf -inf +inf Infinity nan -nan NaN".split(" "),
	..."0x1p3 0x10 .5 5. 1e 1e+ e5 - + . -0 -0.0 00.5 +1.5 1,5 1.5abc 1..5 1e1.5".split(" "),
	..."3.14159265358979323846 123456789.123456789 0.30000000000000004 1.7976931348623157e308".split(" "),
	..."9223372036854775807 9223372036854775807.5 -9223372036854775808 12345678901234567890.5".split(" "),
	..."9007199254740993 18446744073709551616 0.000000000000000001 99999999999999999.9".split(" "),
	"",
	" 1.5",
	"1.5 ",
	"1.5\x00",
];

// Arguments of an expiry that are refused, or accepted and over at once. Those that are far away are drawn at random
// by `soberDeadline`: were they constants, two relative ones would often differ by nothing but the moment of their
// arrival, and GT and LT would depend on it.
const hostileDeadlines = [
	..."0 0 -1 -1 -100 -2208988800 -0 00 0x10 1.5 2e9 abc inf nan -".split(" "),
	..."9223372036854775806 9223372036854775807 9223372036854775808 9223372036854776 99999999999999999999".split(" "),
	..."-9223372036854775808 -9223372036854775809 -9223372036854775 -9223372036854776".split(" "),
	"",
	" 2208988800",
	"2208988800\x00",
];

// Few, so that GT and LT meet equal deadlines; absolute, so that equal ones are equal on both servers.
const moments =
	"2208988800 2208988801 4102444800 2208988800000 2208988800001 4102444800000 1 600000000 1000000000000".split(" ");

const junk = [
	..."NX XX GT LT GET EX PX EXAT PXAT KEEPTTL PERSIST REPLACE DB MATCH COUNT TYPE WITHSCORES LIMIT LEN IDX".split(" "),
	..."ASYNC SYNC ON OFF YES NO HELP foo -1 0 1.5 9223372036854775807 -9223372036854775808".split(" "),
	..."9223372036854775808 99999999999999999999 inf nan * [ \\ nx ex".split(" "),
	"",
	"\x00",
	"\xff\xfe",
	"\r\n",
	"%s%n%d",
];

const offsets = [
	..."0 0 1 2 3 5 10 20 43 44 45 100 1000 5000 -1 -2 -3 -5 -10 -100 -1000 -10000 20000".split(" "),
	..."536870912 2147483647 2147483648 -2147483649 4294967296 9007199254740993 9223372036854775806".split(" "),
	..."9223372036854775807 9223372036854775808 -9223372036854775807 -9223372036854775808".split(" "),
	..."-9223372036854775809 1.5 1e2 +1 01 abc -".split(" "),
	"",
	" 1",
];

export class Source {
	readonly random: Random;
	readonly protocol: Protocol;

	constructor(seed: number, protocol: Protocol) {
		this.random = new Random(seed);
		this.protocol = protocol;
	}

	below(limit: number): number {
		return this.random.below(limit);
	}

	/** A whole number from `low` to `high`, both inclusive. */
	between(low: number, high: number): number {
		return low + this.random.below(high - low + 1);
	}

	chance(percent: number): boolean {
		return this.random.below(100) < percent;
	}

	choose<T>(from: readonly T[]): T {
		return from[this.random.below(from.length)]!;
	}

	/** Between `low` and `high` results of `make`. */
	several<T>(low: number, high: number, make: () => T): T[] {
		return Array.from({ length: this.between(low, high) }, make);
	}

	key(): string {
		return this.choose(keyPool);
	}

	/** A key that often holds a number. */
	counter(): string {
		return this.chance(70) ? this.choose(["n1", "n2", "n3", "f1", "f2", "12345"]) : this.key();
	}

	keys(low: number, high: number): string[] {
		return this.several(low, high, () => this.key());
	}

	integer(): string {
		if (this.chance(50)) return String(this.between(-3, 20));
		return this.choose(integers);
	}

	float(): string {
		if (this.chance(40)) return String((this.below(20_001) - 10_000) / 10 ** this.below(7));
		return this.choose(floats);
	}

	/**
	 * An argument of an expiry that lies far away, as seconds or milliseconds, from now (23 days at least) or as a Unix
	 * time (2034 at least, or for seconds taken as milliseconds long over).
	 */
	soberDeadline(): string {
		const [low, high] = this.chance(50) ? [2_050_000_000, 4_100_000_000] : [2_200_000_000_000, 9_000_000_000_000];
		return String(this.between(low!, high!));
	}

	/** A Unix time in seconds or milliseconds, long over or far away: only for what takes a time, not a duration. */
	moment(): string {
		return this.choose(moments);
	}

	/** An argument of an expiry, usually one that is refused or over at once. */
	deadline(): string {
		return this.chance(25) ? this.soberDeadline() : this.choose(hostileDeadlines);
	}

	offset(): string {
		return this.choose(offsets);
	}

	/** Something that is probably wrong wherever it is put. */
	junk(): string {
		return this.choose(junk);
	}

	bytes(length: number): string {
		let result = "";
		for (let index = 0; index < length; index++) result += String.fromCharCode(this.random.below(256));
		return result;
	}

	/** Letters of a small alphabet, so that two of them have something in common. */
	letters(length: number): string {
		let result = "";
		for (let index = 0; index < length; index++) result += "abcd"[this.random.below(4)];
		return result;
	}

	/** At most some sixty bytes. */
	shortValue(): string {
		switch (this.below(8)) {
			case 0:
				return this.bytes(this.below(20));
			case 1:
				return this.integer();
			case 2:
				return this.float();
			case 3:
				// The longest string Redis embeds beside its header has 44 bytes.
				return this.letters(this.between(42, 46));
			case 4:
				return this.letters(this.between(18, 24));
			default:
				return this.letters(this.below(12));
		}
	}

	value(): string {
		const pick = this.below(400);
		if (pick === 0) return this.letters(20).repeat(this.between(4000, 5000));
		if (pick < 8) return this.bytes(16).repeat(this.between(10, 300));
		if (pick < 60) return this.integer();
		return this.shortValue();
	}

	/** The word in upper, lower or mixed case. */
	word(word: string): string {
		const pick = this.below(10);
		if (pick < 6) return word;
		if (pick < 8) return word.toLowerCase();
		return [...word].map((letter) => (this.chance(50) ? letter.toLowerCase() : letter.toUpperCase())).join("");
	}
}
