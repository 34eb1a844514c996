/** The cases of the campaign: an attack, and what the server was started with beyond its defaults. */
import type { AttackName } from "./attacks.ts";

export interface HostileCase {
	readonly title: string;
	readonly attack: AttackName;
	readonly directives?: readonly string[];
	readonly password?: string;
}

/** In every case. */
export const limits = { resident_bytes: 512 * 2 ** 20, p99_ms: 100 } as const;

export const hostileCases: readonly HostileCase[] = [
	{ title: "10 clients ask for values of 1 MB and never read", attack: "neverReaders" },
	{ title: "100 send byte by byte, 200 stop in the middle", attack: "slowSenders" },
	{ title: "headers of 1,000,000 arguments", attack: "millionArguments" },
	{ title: "100 headers of 512 MB", attack: "hugeLengths" },
	{ title: "lines without an end", attack: "inlineLines" },
	{ title: "100,000 channels, subscription storm", attack: "manyChannels" },
	{
		title: "10,000 subscribers that do not read",
		attack: "deafSubscribers",
		// Beside them there are the honest ones.
		directives: ["--maxclients", "10100"],
	},
	{ title: "10 that track keys and 10 monitors, none reads", attack: "deafWitnesses" },
	{
		title: "10 transactions without an end",
		attack: "endlessTransactions",
		directives: ["--client-query-buffer-limit", "16mb"],
	},
	{ title: "1,000 pathological patterns", attack: "patternStorm" },
	{ title: "10,000 connections a second", attack: "churn" },
	{ title: "1,000 that never say who they are", attack: "strangers", password: "secret" },
	{ title: "clients killed in the middle", attack: "killedInTheMiddle" },
];
