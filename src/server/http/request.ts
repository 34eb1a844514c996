/**
 * The head of an HTTP/1.x request, as far as answering GET and HEAD needs it.
 *
 * Invariant: nothing is believed that has not arrived, no input is looked at beyond HEAD_BYTES_MAX, and every input ends
 * as a request, as a refusal with a status, or as "not all there yet".
 */
import { latin1 } from "../../bytes/ascii.ts";

/** Longest head of a request; who sends more is refused. */
export const HEAD_BYTES_MAX = 8192;

export interface HttpRequest {
	readonly kind: "request";
	readonly isHead: boolean;
	/** Without query; percent signs are left as they are. */
	readonly path: string;
	/** The client wants to send another request on the same connection. */
	readonly keepsAlive: boolean;
	/** Bytes of the head. */
	readonly length: number;
}

/** What follows on the connection cannot be understood any more, so it is closed. */
export interface HttpRefusal {
	readonly kind: "refusal";
	readonly status: number;
}

export type HttpHead = HttpRequest | HttpRefusal | { readonly kind: "incomplete" };

const INCOMPLETE = { kind: "incomplete" } as const;
/** A token of RFC 9110, and what may stand behind the colon of a header. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^(?:http:\/\/[^/?#\s]*)?(\/[^?#\s]*)?(?:\?[^#\s]*)?$/i;

/** Reads the head at the beginning of the first `length` bytes. */
export function readHead(bytes: Uint8Array, length: number): HttpHead {
	// Empty lines before a request are to be ignored; some clients send one behind the last.
	let start = 0;
	while (start < length && (bytes[start] === CR || bytes[start] === LF)) start++;
	const end = headEnd(bytes, start, Math.min(length, start + HEAD_BYTES_MAX));
	if (end < 0) return length - start >= HEAD_BYTES_MAX ? refusal(431) : INCOMPLETE;
	const lines = latin1(bytes, start, end).split(/\r?\n/);
	return requestIn(lines, end);
}

const CR = 13;
const LF = 10;

/** Where the empty line ends that closes the head, or -1. A lone line feed will do as the end of a line. */
function headEnd(bytes: Uint8Array, start: number, limit: number): number {
	for (let at = start; at < limit; at++) {
		if (bytes[at] !== LF) continue;
		if (at + 1 < limit && bytes[at + 1] === LF) return at + 2;
		if (at + 2 < limit && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
	}
	return -1;
}

function requestIn(lines: readonly string[], length: number): HttpHead {
	const words = lines[0]!.split(" ");
	const [method = "", target = "", version = ""] = words;
	if (words.length !== 3 || !TOKEN.test(method)) return refusal(400);
	if (!/^HTTP\/\d\.\d$/.test(version)) return refusal(400);
	if (!version.startsWith("HTTP/1.")) return refusal(505);
	const headers = headersIn(lines.slice(1));
	if (headers === null) return refusal(400);
	const isOld = version === "HTTP/1.0";
	if (!isOld && headers.get("host") === undefined) return refusal(400);
	// Neither a body nor its length is of use with GET, and to mistake where it ends is how requests are smuggled in.
	if (headers.has("transfer-encoding") || !/^(0+)?$/.test(headers.get("content-length") ?? "")) {
		return refusal(method === "GET" || method === "HEAD" ? 400 : 405);
	}
	if (method !== "GET" && method !== "HEAD") return refusal(405);
	const path = TARGET.exec(target);
	if (path === null || target === "") return refusal(400);
	const options = (headers.get("connection") ?? "").toLowerCase().split(/[\s,]+/);
	const keepsAlive = isOld ? options.includes("keep-alive") : !options.includes("close");
	return { kind: "request", isHead: method === "HEAD", path: path[1] ?? "/", keepsAlive, length };
}

/** By name in lower case; null where a line is none, or two disagree that must not. */
function headersIn(lines: readonly string[]): ReadonlyMap<string, string> | null {
	const headers = new Map<string, string>();
	for (const line of lines) {
		if (line === "") continue;
		const colon = line.indexOf(":");
		const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
		const value = line.slice(colon + 1);
		if (!TOKEN.test(name) || !VALUE.test(value)) return null;
		const before = headers.get(name);
		if (before !== undefined && SINGLE.includes(name)) return null;
		headers.set(name, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
	}
	return headers;
}

const SINGLE = ["host", "content-length"];

function refusal(status: number): HttpRefusal {
	return { kind: "refusal", status };
}
