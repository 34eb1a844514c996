/** CLIENT TRACKING and what belongs to it: client-side caching, as the client asks for it. */
import { bytesOf, latin1 } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { integer, manyTokens, oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import {
	CACHING_NO_WITHOUT_OPTOUT,
	CACHING_WITHOUT_TRACKING,
	CACHING_YES_WITHOUT_OPTIN,
	NOT_AN_INTEGER,
	ONE_REDIRECTION,
	OPTIN_AND_OPTOUT,
	OPTIN_SWITCHED,
	OPTIN_WITH_BCAST,
	PREFIX_WITHOUT_BCAST,
	prefixOverlaps,
	REDIRECTION_TO_NOBODY,
	SYNTAX_ERROR,
	TRACKING_MODE_SWITCHED,
} from "../../resp/errors.ts";
import { PrefixTree } from "../../tracking/prefix-tree.ts";
import type { Tracker, TrackingOptions } from "../../tracking/tracker.ts";
import type { ConnectionServices } from "./services.ts";

const ON = bytesOf("on");
const OFF = bytesOf("off");
const YES = bytesOf("yes");
const NO = bytesOf("no");
const REDIRECT = bytesOf("redirect");
const PREFIX = bytesOf("prefix");
const BCAST = bytesOf("bcast");
const OPTIN = bytesOf("optin");
const OPTOUT = bytesOf("optout");
const NOLOOP = bytesOf("noloop");

/** Null after an error reply. */
function readOptions(services: ConnectionServices, call: Call): TrackingOptions | null {
	const { argc } = call;
	const options: TrackingOptions = {
		redirect: 0,
		isBroadcast: false,
		isOptIn: false,
		isOptOut: false,
		isNoLoop: false,
		prefixes: [],
	};
	for (let i = 3; i < argc; i++) {
		const hasMore = i + 1 < argc;
		if (call.is(i, REDIRECT) && hasMore) {
			if (options.redirect !== 0) return fail(call, ONE_REDIRECTION);
			const id = call.clampedInteger(++i);
			if (Number.isNaN(id)) return fail(call, NOT_AN_INTEGER);
			if (services.clients.get(id) === null) return fail(call, REDIRECTION_TO_NOBODY);
			options.redirect = id;
		} else if (call.is(i, PREFIX) && hasMore) options.prefixes.push(call.slice(++i));
		else if (call.is(i, BCAST)) options.isBroadcast = true;
		else if (call.is(i, OPTIN)) options.isOptIn = true;
		else if (call.is(i, OPTOUT)) options.isOptOut = true;
		else if (call.is(i, NOLOOP)) options.isNoLoop = true;
		else return fail(call, SYNTAX_ERROR);
	}
	return options;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

function tracking(services: ConnectionServices, call: Call): void {
	const { client, reply } = call;
	const options = readOptions(services, call);
	if (options === null) return;
	if (call.is(2, ON)) {
		const error = refusal(options, client.tracking as Tracker | null);
		if (error !== null) return reply.error(error);
		services.tracking.enable(client, options);
	} else if (call.is(2, OFF)) client.tracking?.stop();
	else return reply.error(SYNTAX_ERROR);
	reply.ok();
}

/** Why options cannot be together, or on top of those that hold already; null where they can. */
function refusal(options: TrackingOptions, tracker: Tracker | null): string | null {
	const { isBroadcast, isOptIn, isOptOut, prefixes } = options;
	if (!isBroadcast && prefixes.length > 0) return PREFIX_WITHOUT_BCAST;
	if (tracker !== null && tracker.isBroadcast !== isBroadcast) return TRACKING_MODE_SWITCHED;
	if (isBroadcast && (isOptIn || isOptOut)) return OPTIN_WITH_BCAST;
	if (isOptIn && isOptOut) return OPTIN_AND_OPTOUT;
	if (tracker !== null && ((isOptIn && tracker.isOptOut) || (isOptOut && tracker.isOptIn))) return OPTIN_SWITCHED;
	return isBroadcast ? overlap(prefixes, tracker) : null;
}

/**
 * The error for the first prefix that begins with another one, or another one with it. Going from the last to the first
 * finds it without comparing each with each.
 */
function overlap(prefixes: readonly Uint8Array[], tracker: Tracker | null): string | null {
	const behind = new PrefixTree<Uint8Array>();
	let first = -1;
	for (let i = prefixes.length - 1; i >= 0; i--) {
		const prefix = prefixes[i]!;
		if (tracker?.prefixes.overlaps(prefix) === true || behind.overlaps(prefix)) first = i;
		if (behind.get(prefix) === null) behind.add(prefix, prefix);
	}
	if (first < 0) return null;
	const prefix = prefixes[first]!;
	const overlapping = (other: Uint8Array): boolean => {
		const length = Math.min(prefix.length, other.length);
		return latin1(prefix, 0, length) === latin1(other, 0, length);
	};
	const present = tracker?.prefixes.all().find((broadcast) => overlapping(broadcast.prefix));
	if (present !== undefined) return prefixOverlaps(text(prefix), "an existing", text(present.prefix));
	return prefixOverlaps(text(prefix), "another provided", text(prefixes.slice(first + 1).find(overlapping)!));
}

/** As error texts show it: up to a zero byte. */
function text(prefix: Uint8Array): string {
	return latin1(prefix, 0, prefix.length).split("\0")[0]!;
}

function caching(call: Call): void {
	const { client, reply } = call;
	const tracker = client.tracking as Tracker | null;
	if (tracker === null) return reply.error(CACHING_WITHOUT_TRACKING);
	if (call.is(2, YES)) {
		if (!tracker.isOptIn) return reply.error(CACHING_YES_WITHOUT_OPTIN);
	} else if (call.is(2, NO)) {
		if (!tracker.isOptOut) return reply.error(CACHING_NO_WITHOUT_OPTOUT);
	} else return reply.error(SYNTAX_ERROR);
	tracker.isCachingSaid = true;
	reply.ok();
}

function getredir(call: Call): void {
	call.reply.integer(call.client.tracking?.redirect ?? -1);
}

function trackinginfo(call: Call): void {
	const { client, reply } = call;
	const tracker = client.tracking as Tracker | null;
	const flags = tracker === null ? ["off"] : flagsOf(tracker);
	const prefixes = tracker?.prefixes.all() ?? [];
	reply.map(3);
	reply.bulkText("flags");
	reply.set(flags.length);
	for (const flag of flags) reply.bulkText(flag);
	reply.bulkText("redirect");
	reply.integer(tracker?.redirect ?? -1);
	reply.bulkText("prefixes");
	reply.array(prefixes.length);
	for (const { prefix } of prefixes) reply.bulkBytes(prefix);
}

function flagsOf(tracker: Tracker): string[] {
	const flags = ["on"];
	if (tracker.isBroadcast) flags.push("bcast");
	if (tracker.isOptIn) flags.push("optin");
	if (tracker.isOptIn && tracker.isCachingSaid) flags.push("caching-yes");
	if (tracker.isOptOut) flags.push("optout");
	if (tracker.isOptOut && tracker.isCachingSaid) flags.push("caching-no");
	if (tracker.isNoLoop) flags.push("noloop");
	if (tracker.isBroken) flags.push("broken_redirect");
	return flags;
}

export function clientTrackingCommands(services: ConnectionServices): readonly CommandRow[] {
	return [
		{
			name: "caching",
			since: "6.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Says whether the keys of the next command are tracked.",
			flags: NOSCRIPT | LOADING | STALE,
			args: [oneOf("mode", token("yes"), token("no"))],
			run: caching,
		},
		{
			name: "getredir",
			since: "6.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Says which connection receives the invalidations of this one.",
			flags: NOSCRIPT | LOADING | STALE,
			run: getredir,
		},
		{
			name: "tracking",
			since: "6.0.0",
			group: "connection",
			complexity: "O(1), or O(N) where prefixes are given, N being their bytes.",
			summary: "Turns on or off that the connection is told when keys it may hold copies of change.",
			flags: NOSCRIPT | LOADING | STALE,
			args: [
				oneOf("status", token("on"), token("off")),
				optional(integer("client-id", "REDIRECT")),
				manyTokens(optional(string("prefix", "PREFIX"))),
				optional(token("bcast")),
				optional(token("optin")),
				optional(token("optout")),
				optional(token("noloop")),
			],
			run: (call) => tracking(services, call),
		},
		{
			name: "trackinginfo",
			since: "6.2.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Describes how the connection tracks keys for a cache of the client.",
			flags: NOSCRIPT | LOADING | STALE,
			run: trackinginfo,
		},
	];
}
