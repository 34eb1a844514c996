/**
 * Replies as a client sees them: where one ends in a byte stream, and a small tree of its parts.
 *
 * Invariant: `frameEnd` and `parseReply` agree on every complete reply, in RESP2 and RESP3; text is Latin-1, one
 * character a byte, so nothing is lost and two replies are the same bytes exactly when they print the same.
 */

export type ReplyKind =
	| "simple"
	| "error"
	| "integer"
	| "bulk"
	| "array"
	| "null"
	| "boolean"
	| "double"
	| "bigNumber"
	| "bulkError"
	| "verbatim"
	| "map"
	| "set"
	| "push"
	| "attribute";

export interface Reply {
	readonly kind: ReplyKind;
	/** Payload of a scalar; for a null its wire form (`$-1`, `*-1`, `_`); empty for aggregates. */
	readonly text: string;
	/** Elements of an aggregate; keys and values of a map alternate. An attribute ends with the reply it decorates. */
	readonly items: readonly Reply[];
}

const kindOfMarker: ReadonlyMap<string, ReplyKind> = new Map([
	["+", "simple"],
	["-", "error"],
	[":", "integer"],
	["$", "bulk"],
	["*", "array"],
	["_", "null"],
	["#", "boolean"],
	[",", "double"],
	["(", "bigNumber"],
	["!", "bulkError"],
	["=", "verbatim"],
	["%", "map"],
	["~", "set"],
	[">", "push"],
	["|", "attribute"],
]);

/** Thrown where bytes cannot be a reply, however many more might follow. */
export class MalformedReply extends Error {
	override readonly name = "MalformedReply";
}

const lineFeed = 10;
const carriageReturn = 13;

const code = (character: string): number => character.charCodeAt(0);
const markerArray = code("*");
const markerSet = code("~");
const markerPush = code(">");
const markerMap = code("%");
const markerAttribute = code("|");
const markerBulk = code("$");
const markerBulkError = code("!");
const markerVerbatim = code("=");
const lineMarkers = new Set([..."+-:_#,("].map(code));

/** True where the reply at `start` is an out-of-band push. */
export function isPush(bytes: Uint8Array, start: number): boolean {
	return bytes[start] === markerPush;
}

/** Position after the reply that starts at `start`, or -1 where it is not complete before `end`. */
export function frameEnd(bytes: Uint8Array, start: number, end: number): number {
	let position = start;
	// How many more replies belong to the frame; aggregates add their elements instead of recursing.
	let pending = 1;
	while (pending > 0) {
		if (position >= end) return -1;
		const marker = bytes[position]!;
		const lineEnd = bytes.indexOf(lineFeed, position);
		if (lineEnd < 0 || lineEnd >= end) return -1;
		if (bytes[lineEnd - 1] !== carriageReturn) {
			throw new MalformedReply(`line without CRLF at byte ${position - start}: ${preview(bytes, position)}`);
		}
		pending--;
		const next = lineEnd + 1;
		if (lineMarkers.has(marker)) {
			position = next;
			continue;
		}
		const size = readSize(bytes, position, lineEnd - 1);
		if (marker === markerBulk || marker === markerBulkError || marker === markerVerbatim) {
			if (size === -1) {
				position = next;
				continue;
			}
			position = next + size + 2;
			if (position > end) return -1;
			if (bytes[position - 2] !== carriageReturn || bytes[position - 1] !== lineFeed) {
				throw new MalformedReply(`bulk of ${size} bytes not followed by CRLF`);
			}
			continue;
		}
		position = next;
		if (marker === markerArray || marker === markerSet || marker === markerPush) pending += Math.max(size, 0);
		else if (marker === markerMap) pending += 2 * size;
		else if (marker === markerAttribute) pending += 2 * size + 1;
		else throw new MalformedReply(`unknown reply marker: ${preview(bytes, position)}`);
	}
	return position;
}

function readSize(bytes: Uint8Array, start: number, end: number): number {
	const text = latin1(bytes, start + 1, end);
	if (!/^(-1|[0-9]{1,12})$/.test(text)) throw new MalformedReply(`not a length: ${preview(bytes, start)}`);
	return Number(text);
}

function preview(bytes: Uint8Array, position: number): string {
	return JSON.stringify(latin1(bytes, position, Math.min(bytes.length, position + 60)));
}

export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(end - start, 0)).toString("latin1");
}

/** The tree of exactly one complete reply. */
export function parseReply(bytes: Uint8Array): Reply {
	const cursor = { position: 0 };
	const reply = parseAt(bytes, cursor);
	if (cursor.position !== bytes.length) throw new MalformedReply("bytes after the reply");
	return reply;
}

function parseAt(bytes: Uint8Array, cursor: { position: number }): Reply {
	const start = cursor.position;
	const lineEnd = bytes.indexOf(lineFeed, start);
	if (lineEnd < 0) throw new MalformedReply("incomplete reply");
	const marker = String.fromCharCode(bytes[start]!);
	const kind = kindOfMarker.get(marker);
	if (kind === undefined) throw new MalformedReply(`unknown reply marker ${JSON.stringify(marker)}`);
	const text = latin1(bytes, start + 1, lineEnd - 1);
	cursor.position = lineEnd + 1;
	switch (kind) {
		case "null":
			return { kind, text: "_", items: [] };
		case "bulk":
		case "bulkError":
		case "verbatim": {
			if (text === "-1") return { kind: "null", text: "$-1", items: [] };
			const from = cursor.position;
			cursor.position = from + Number(text) + 2;
			return { kind, text: latin1(bytes, from, cursor.position - 2), items: [] };
		}
		case "array":
		case "set":
		case "push":
		case "map":
		case "attribute": {
			if (text === "-1") return { kind: "null", text: "*-1", items: [] };
			const size = Number(text);
			const count = kind === "map" ? 2 * size : kind === "attribute" ? 2 * size + 1 : size;
			const items: Reply[] = [];
			for (let index = 0; index < count; index++) items.push(parseAt(bytes, cursor));
			return { kind, text: "", items };
		}
		default:
			return { kind, text, items: [] };
	}
}
