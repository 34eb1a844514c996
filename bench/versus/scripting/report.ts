/** The part of the page about scripts. */
import { throughputRows } from "../report.ts";
import type { ScriptingResults } from "../results.ts";
import { times } from "../verdicts.ts";

export function scriptingTables({ rows, memory }: ScriptingResults): string[] {
	const text =
		"Each row has fresh servers and 50 connections that send. A sliding window is TIME, ZREMRANGEBYSCORE, ZCARD, ZADD and " +
		"PEXPIRE for one of 10,000 users.";
	const parts = [`${throughputRows("Scripts and functions", rows)}\n\n${text}`];
	if (memory === null) return parts;
	const { what, bytes } = memory;
	const [ours, theirs] = [bytes.subject, bytes.reference].map((count) => (count / 1e6).toFixed(1));
	const ratio = times(bytes.subject / bytes.reference);
	parts.push(`The resident set grew by ${ours} MB for ${what}, that of Redis by ${theirs} MB (${ratio}).`);
	return parts;
}
