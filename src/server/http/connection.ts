/**
 * One HTTP connection: requests in, answers out, one at a time.
 *
 *     waiting for a head ──> answering ──> idle ──> waiting for a head …
 *        HEAD_MS              WRITE_MS     IDLE_MS       each with its own end
 *
 * Invariant: at most one answer is being sent, and what is kept of the input is bounded; so however many requests a client
 * sends ahead, it costs one answer's memory, and others are served between two of its answers.
 */
import type { Timer, Timers } from "../../adapters/clock.ts";
import type { Connection, Receiver } from "../../adapters/network.ts";
import { bytesOf } from "../../bytes/ascii.ts";
import { HEAD_BYTES_MAX, type HttpRequest, readHead } from "./request.ts";

export interface HttpAnswer {
	readonly status: number;
	readonly contentType: string;
	readonly body: string;
}

export interface HttpHost {
	readonly timers: Timers;
	answer(request: HttpRequest): HttpAnswer;
	/** As the header `Date` says it. */
	date(): string;
	closed(connection: HttpConnection): void;
}

/** From the first byte of a request, or of the connection, to the last of the head. */
export const HEAD_MS = 10_000;
/** Longer than the usual time between two scrapes. */
export const IDLE_MS = 120_000;
/** For a client to take an answer. */
export const WRITE_MS = 30_000;
/** Room for one head and the beginning of another. */
const INPUT_BYTES_MAX = 2 * HEAD_BYTES_MAX;

const REASONS: Readonly<Record<number, string>> = {
	200: "OK",
	400: "Bad Request",
	404: "Not Found",
	405: "Method Not Allowed",
	431: "Request Header Fields Too Large",
	500: "Internal Server Error",
	503: "Service Unavailable",
	505: "HTTP Version Not Supported",
};

export function plainAnswer(status: number): HttpAnswer {
	return { status, contentType: "text/plain; charset=utf-8", body: `${status} ${REASONS[status]}\n` };
}

/** An answer as it is sent; to HEAD its head alone. */
export function answerBytes(answer: HttpAnswer, date: string, keepsAlive: boolean, isHead: boolean): Uint8Array {
	const { status, contentType, body } = answer;
	const content = bytesOf(body);
	const lines = [
		`HTTP/1.1 ${status} ${REASONS[status]}`,
		`Date: ${date}`,
		`Content-Type: ${contentType}`,
		`Content-Length: ${content.length}`,
		"Cache-Control: no-store",
		...(status === 405 ? ["Allow: GET, HEAD"] : []),
		`Connection: ${keepsAlive ? "keep-alive" : "close"}`,
	];
	const head = bytesOf(`${lines.join("\r\n")}\r\n\r\n`);
	if (isHead) return head;
	const bytes = new Uint8Array(head.length + content.length);
	bytes.set(head);
	bytes.set(content, head.length);
	return bytes;
}

export class HttpConnection implements Receiver {
	private readonly host: HttpHost;
	private readonly connection: Connection;
	private readonly input: Uint8Array;
	private inputLength: number;
	/** More came than is kept: what is answered next is the last. */
	private isFlooded: boolean;
	/** What of the answer has not been taken, or null. */
	private output: Uint8Array | null;
	private outputOffset: number;
	/** An answer is on its way, or the next request has not had its turn. */
	private isBusy: boolean;
	private endsAfterAnswer: boolean;
	private isClosed: boolean;
	private timer: Timer | null;

	constructor(host: HttpHost, connection: Connection) {
		this.host = host;
		this.connection = connection;
		this.input = new Uint8Array(INPUT_BYTES_MAX);
		this.inputLength = 0;
		this.isFlooded = false;
		this.output = null;
		this.outputOffset = 0;
		this.isBusy = false;
		this.endsAfterAnswer = false;
		this.isClosed = false;
		this.timer = null;
		this.arm(HEAD_MS);
	}

	receive(chunk: Uint8Array): void {
		if (this.endsAfterAnswer || this.isClosed) return;
		const room = INPUT_BYTES_MAX - this.inputLength;
		if (chunk.length > room) this.isFlooded = true;
		const kept = chunk.subarray(0, room);
		if (this.inputLength === 0 && !this.isBusy) this.arm(HEAD_MS);
		this.input.set(kept, this.inputLength);
		this.inputLength += kept.length;
		if (!this.isBusy) this.serve();
	}

	/** Answers the first request in the input, where it is complete. */
	private serve(): void {
		const head = readHead(this.input, this.inputLength);
		if (head.kind === "incomplete") return;
		if (head.kind === "refusal") {
			this.endsAfterAnswer = true;
			return this.send(plainAnswer(head.status), false);
		}
		this.input.copyWithin(0, head.length, this.inputLength);
		this.inputLength -= head.length;
		this.endsAfterAnswer = !head.keepsAlive || this.isFlooded;
		this.send(this.host.answer(head), head.isHead);
	}

	private send(answer: HttpAnswer, isHead: boolean): void {
		this.isBusy = true;
		this.output = answerBytes(answer, this.host.date(), !this.endsAfterAnswer, isHead);
		this.outputOffset = 0;
		this.arm(WRITE_MS);
		this.drained();
	}

	drained(): void {
		if (this.output === null || this.isClosed) return;
		const left = this.output.length - this.outputOffset;
		this.outputOffset += this.connection.write(this.output, this.outputOffset, left);
		if (this.outputOffset < this.output.length) return;
		this.output = null;
		if (this.endsAfterAnswer) this.connection.end();
		else if (this.inputLength > 0) this.host.timers.soon(() => this.goOn());
		else {
			this.isBusy = false;
			this.arm(IDLE_MS);
		}
	}

	/** With the request that came behind the last one. */
	private goOn(): void {
		if (this.isClosed) return;
		this.isBusy = false;
		this.arm(HEAD_MS);
		this.serve();
	}

	/** Whatever comes next has to come in time. */
	private arm(delay_ms: number): void {
		this.timer?.cancel();
		this.timer = this.host.timers.after(delay_ms, () => this.close());
	}

	close(): void {
		if (!this.isClosed) this.connection.terminate();
	}

	closed(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		this.output = null;
		this.timer?.cancel();
		this.host.closed(this);
	}
}
