/** The pubsub group, on connections that listen to nothing; what those do that listen is in `listening.ts`. */
import { exact, sorted, typeOnly } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, type SessionStep, type Step } from "../step.ts";

const eventLetters = ["", "KEA", "AKE", "KEAnm", "g$lshzxetdnKEm", "Kn", "mx", "E$", "KEQ", "A A", "nA", "K", "\xff"];

function pubsub(source: Source): Step {
	const pick = source.below(12);
	if (pick < 3) return one(exact, "PUBSUB", source.word("NUMSUB"), ...source.keys(0, 3));
	if (pick < 5) return one(exact, "PUBSUB", source.word("SHARDNUMSUB"), ...source.keys(0, 3));
	if (pick < 6) return one(exact, "PUBSUB", source.word("NUMPAT"));
	if (pick < 8) return one(sorted, "PUBSUB", source.word("CHANNELS"), ...source.keys(0, 2));
	if (pick < 10) return one(sorted, "PUBSUB", source.word("SHARDCHANNELS"), ...source.keys(0, 2));
	if (pick < 11) return fixed(typeOnly, "PUBSUB", source.word("HELP"));
	return one(exact, "PUBSUB", source.choose(["FOO", ""]), ...source.keys(0, 2));
}

/** A setting and what CONFIG GET makes of it; none of it stays. */
function events(source: Source): SessionStep {
	const letters = source.choose(eventLetters);
	const set = `*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$22\r\nnotify-keyspace-events\r\n$${letters.length}\r\n${letters}\r\n`;
	const get = "CONFIG GET notify-keyspace-events\r\n";
	return { kind: "session", bytes: `${set}${get}CONFIG SET notify-keyspace-events ""\r\n` };
}

const beginnings = [
	"SUBSCRIBE a",
	"SUBSCRIBE a b a",
	"PSUBSCRIBE *",
	"SSUBSCRIBE a",
	"SUBSCRIBE",
	'SUBSCRIBE "" "\\xff"',
];
const ends = ["UNSUBSCRIBE", "UNSUBSCRIBE a", "PUNSUBSCRIBE x", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "RESET", "QUIT"];
const others = [
	...["PING", "PING text", "PING a b", "GET a", "CLIENT GETNAME", "FOO", "GET", "HELLO 2", "HELLO 3", "SELECT 1"],
	...["PUBSUB NUMSUB a b", "PUBSUB NUMPAT", "PUBSUB CHANNELS b*", "ECHO x", "CLIENT REPLY SKIP", "CLIENT REPLY OFF"],
	...["PUBLISH a text", 'PUBLISH b ""', "SPUBLISH a text", "PUBLISH a", "RESET", "CLIENT REPLY ON"],
];

/** A connection that listens and then does what it may, or may not, before and after it is told to stop. */
function session(source: Source): SessionStep {
	const lines = source.several(0, 2, () => source.choose(others));
	// A channel and a pattern at most: those of many come in the order of a hash table.
	lines.push(source.choose(beginnings.slice(0, 5)));
	lines.push(...source.several(0, 4, () => source.choose(others)));
	if (source.chance(70)) lines.push(source.choose(ends.slice(1)));
	lines.push(...source.several(0, 3, () => source.choose(others)));
	const hello = source.protocol === 3 ? "HELLO 3\r\n" : "";
	// A Redis that has no goodbye to send forgets to close the connection.
	const said = lines.includes("QUIT") ? lines.filter((line) => !line.startsWith("CLIENT REPLY")) : lines;
	return { kind: "session", bytes: `${hello}${said.join("\r\n")}\r\nRESET\r\nCLIENT REPLY ON\r\n` };
}

export const pubSubGroup: Group = {
	name: "pubsub",
	makers: [
		{ weight: 4, make: (source) => one(exact, "PUBLISH", source.key(), source.value()) },
		{ weight: 2, make: (source) => one(exact, "SPUBLISH", source.key(), source.value()) },
		{ weight: 6, make: pubsub },
		{ weight: 1, make: events },
		{ weight: 1, make: session },
	],
};
