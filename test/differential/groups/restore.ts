/** RESTORE, with payloads of every type that Redis 7.0 reads. */
import { oldValues, sealed } from "../../fuzzers/payloads.ts";
import { approximate, exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, planned, type Step, sequence } from "../step.ts";

/** The newest version that the reference reads. */
const version = 10;
/** Types of later versions. */
const firstUnknownType = 20;

/** Type and value, as Redis 7.0.15 dumped them: packed hash, sorted set, list and set of integers, and a stream. */
const dumped = [
	"EBwcAAAABgCBYQIBAYFiAoN0d28E8nARAQSBYwL/",
	"ER0dAAAABgCBYgLf/QKBYQKDMS41BIFjAvJwEQEE/w==",
	"EgECwxpAZBJkAAAABACBYQIBAfJwEQEE4FB44EYAAVL/",
	"CxQEAAAAAwAAAAEAAAACAAAAcBEBAA==",
	"EwEQAAAAAAAAAAEAAAAAAAAAAUBDQwAAABkAAgEBAQIBgWECgWICAAECAQABAAEBAQIBBQEDAQEBAAGBeAKBeQIFAQABAgEAAQEBhW90aGVyBoF6" +
		"AgYB/wIDAQEBAgEDAQFnAQGB//////////8BAAAAAAAAAAEAAAAAAAAAAdUgJv+hAQAAAQECYzHVICb/oQEAAAEAAAAAAAAAAQAAAAAAAAAB",
].map((text) => new Uint8Array(Buffer.from(text, "base64")));

const strings = ["\x00\x05hello", "\x00\x00", "\x00\xc0\x7b", "\x00\xc1\x00\x80", "\x00\xc2\x00\x00\x00\x80"].map(
	bytes,
);

const values = [...oldValues.filter((value) => value[0]! < firstUnknownType), ...dumped, ...strings];

/** With a checksum that is right, and refused all the same: an unknown type, nothing, too little, empty collections. */
const refused = ["\x63\x01a", "", "\x01\x00", "\x02\x00", "\x04\x00", "\x05\x00", "\x12\x00", "\x00\xc4\x01"].map(
	bytes,
);

function bytes(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, "latin1"));
}

const text = (payload: Uint8Array) => Buffer.from(payload).toString("latin1");

function payload(source: Source): string {
	const pick = source.below(20);
	if (pick === 0) return text(sealed(source.choose(refused), version));
	const sound = sealed(source.choose(values), version);
	if (pick === 1) return text(sealed(source.choose(values), source.choose([12, 79, 13, 999])).subarray(0, 8));
	if (pick === 2) return text(sound).slice(0, source.below(sound.length));
	if (pick === 3) {
		const at = source.below(sound.length);
		sound[at] = sound[at]! ^ (1 << source.below(8));
	}
	return pick === 4 ? source.junk() : text(sound);
}

function options(source: Source): string[] {
	const pick = source.below(20);
	if (pick < 6) return [];
	if (pick < 14) return [source.word("REPLACE")];
	if (pick === 14) return [source.word("IDLETIME"), source.choose(["0", "100", "-1", "abc"])];
	if (pick === 15) return [source.word("FREQ"), source.choose(["0", "255", "256", "-1", "abc"])];
	if (pick === 16) return ["REPLACE", "IDLETIME", "5", "FREQ", "5"];
	if (pick === 17) return [source.choose(["FREQ", "IDLETIME"])];
	if (pick === 18) return ["replace", "absttl"];
	return [source.junk()];
}

/** A time to live, far away, over, or none; with what says which of both. */
function lifetime(source: Source): string[] {
	const pick = source.below(10);
	if (pick < 6) return ["0"];
	if (pick < 8) return [source.choose(["100000000", "1000000000000"])];
	return [source.choose(["-1", "abc", "9223372036854775808", "1.5"])];
}

function restore(source: Source): Step {
	return fixed(exact, "RESTORE", source.key(), ...lifetime(source), payload(source), ...options(source));
}

/** What is over goes; what is far ahead stays. */
function restoreUntil(source: Source): Step {
	const moment = source.choose(["1", "1000", "1500000000000", "9000000000000"]);
	const words = source.chance(70) ? ["REPLACE", "ABSTTL"] : ["ABSTTL"];
	return fixed(exact, "RESTORE", source.key(), moment, payload(source), ...words);
}

export const restoreGroup: Group = {
	name: "restore",
	makers: [
		{ weight: 20, make: restore },
		{ weight: 6, make: restoreUntil },
		{ weight: 2, make: (source) => one(exact, "DEL", ...source.keys(1, 4)) },
		{
			weight: 3,
			make: (source) => {
				const key = source.key();
				return sequence(
					planned(exact, "RESTORE", key, "100000", text(sealed(source.choose(values), version)), "REPLACE"),
					planned(approximate(2000), "PTTL", key),
					planned(exact, "PERSIST", key),
				);
			},
		},
		{
			weight: 2,
			make: (source) => {
				const key = source.key();
				return sequence(
					planned(
						exact,
						"RESTORE",
						key,
						"0",
						text(sealed(source.choose(values), version)),
						"REPLACE",
						"IDLETIME",
						"1000",
					),
					planned(approximate(2), "OBJECT", "IDLETIME", key),
				);
			},
		},
	],
};
