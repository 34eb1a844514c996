import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { httpDate } from "../../../src/server/http/date.ts";
import { HEAD_BYTES_MAX, readHead } from "../../../src/server/http/request.ts";

function read(text: string) {
	const bytes = Buffer.from(text, "latin1");
	return readHead(bytes, bytes.length);
}

const get = (target: string, headers = "Host: x\r\n") => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;

describe("a request", () => {
	test("has method, path, and whether another may follow", () => {
		const text = "GET /metrics HTTP/1.1\r\nHost: localhost:9121\r\nUser-Agent: Prometheus/3.0\r\n\r\n";
		expect(read(text)).toEqual({
			kind: "request",
			isHead: false,
			path: "/metrics",
			keepsAlive: true,
			length: text.length,
		});
		expect(read(`${text}GET /`)).toMatchObject({ length: text.length });
		expect(read("HEAD / HTTP/1.1\r\nhost:\r\n\r\n")).toMatchObject({ isHead: true, path: "/" });
	});

	test.each([
		["/health?verbose=1&x=/metrics", "/health"],
		["http://localhost:9121/metrics?a", "/metrics"],
		["HTTP://h", "/"],
		["/a%20b", "/a%20b"],
		["/metrics/", "/metrics/"],
		["//metrics", "//metrics"],
	])("for %s is for %s", (target, path) => {
		expect(read(get(target))).toMatchObject({ kind: "request", path });
	});

	test.each([
		["1.1", "", true],
		["1.1", "Connection: close\r\n", false],
		["1.1", "connection: TE, Close\r\n", false],
		["1.1", "Connection: keep-alive\r\n", true],
		["1.0", "", false],
		["1.0", "Connection: Keep-Alive\r\n", true],
	])("in HTTP/%s with %p keeps the connection: %p", (version, header, keepsAlive) => {
		expect(read(`GET / HTTP/${version}\r\nHost: x\r\n${header}\r\n`)).toMatchObject({ keepsAlive });
	});

	test("may have line feeds alone, blank lines before it, and an empty body", () => {
		expect(read("\r\n\nGET /x HTTP/1.0\n\n")).toMatchObject({ kind: "request", path: "/x", length: 20 });
		expect(read(get("/", "Host: x\r\nContent-Length: 0\r\n"))).toMatchObject({ kind: "request" });
	});

	test.each([
		[400, "GET\r\n\r\n"],
		[400, "GET /\r\n\r\n"],
		[400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"],
		[400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"],
		[400, "GET / http/1.1\r\nHost: x\r\n\r\n"],
		[400, "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"],
		[400, get("metrics")],
		[400, get("https://x/")],
		[400, get("/a#b")],
		[400, get("/", "")],
		[400, get("/", "Host: a\r\nHost: b\r\n")],
		[400, get("/", "Host: a\r\nno colon\r\n")],
		[400, get("/", "Host: a\r\n folded\r\n")],
		[400, get("/", "Host: a\r\nName : a\r\n")],
		[400, get("/", "Host: a\r\nX: \0\r\n")],
		[400, get("/", "Host: a\r\nContent-Length: 5\r\n")],
		[400, get("/", "Host: a\r\nContent-Length: -0\r\n")],
		[400, get("/", "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n")],
		[400, get("/", "Host: a\r\nTransfer-Encoding: chunked\r\n")],
		[405, "POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n"],
		[405, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"],
		[405, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"],
		[405, "get / HTTP/1.1\r\nHost: x\r\n\r\n"],
		[505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
		[400, "*1\r\n$4\r\nPING\r\n\r\n"],
		[400, "\x16\x03\x01\x02\x00\x01\n\n"],
		[431, get("/", `Host: x\r\nCookie: ${"a".repeat(HEAD_BYTES_MAX)}\r\n`)],
	])("is refused with %p: %j", (status, text) => {
		expect(read(text)).toEqual({ kind: "refusal", status });
	});

	test("is not all there until its last byte is, wherever it is cut", () => {
		const text = get("/metrics", "Host: x\r\nAccept: */*\r\n");
		for (let cut = 0; cut < text.length; cut++) expect(read(text.slice(0, cut))).toEqual({ kind: "incomplete" });
		expect(read(text).kind).toBe("request");
	});

	test("is believed to the limit of a head, and not a byte beyond", () => {
		const empty = get("/", "Host: \r\n");
		const padded = (length: number) => get("/", `Host: ${"x".repeat(length - empty.length)}\r\n`);
		expect(read(padded(HEAD_BYTES_MAX))).toMatchObject({ kind: "request", length: HEAD_BYTES_MAX });
		expect(read(padded(HEAD_BYTES_MAX + 1))).toEqual({ kind: "refusal", status: 431 });
	});

	test("of any bytes at all is answered or waited for", () => {
		const words = ["GET", "HEAD", " ", "/", "HTTP/1.1", "\r\n", "\n", ":", "Host", "a", "\0", "http://", "?", "#"];
		const input = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary" })), { maxLength: 30 });
		fc.assert(
			fc.property(input, (parts) => {
				const text = parts.join("");
				const head = read(text);
				if (head.kind === "request") expect(head.length).toBeLessThanOrEqual(Buffer.from(text, "latin1").length);
				if (head.kind === "refusal") expect([400, 405, 505]).toContain(head.status);
			}),
		);
	});
});

test("dates are those of HTTP", () => {
	expect(httpDate(Date.UTC(1994, 10, 6, 8, 49, 37))).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
	for (let at_ms = 0; at_ms < 4e12; at_ms += 86_400_000 * 31 + 12_345_678) {
		expect(httpDate(at_ms)).toBe(new Date(at_ms).toUTCString());
	}
});
