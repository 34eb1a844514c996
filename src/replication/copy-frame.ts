import { copyBytes, equalBytes, latin1Bytes } from "../bytes/ascii.ts";

/** Takes the bytes of a copy, in order; they are good during the call only. */
export interface CopySink {
	write(bytes: Uint8Array, from: number, to: number): void;
}

/** What came is no copy. The message is a line for the log. */
export class WrongFrame extends Error {}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Longer first lines are none. */
const LINE_BYTES_MAX = 1024;
const MARK_BYTES = 40;

/**
 * Takes the frame off a full copy, in pieces as they arrive: `$length`, or `$EOF:` with a mark of 40 bytes that follows
 * the data. Before it, empty lines say that the master is at work on it.
 *
 *     "\n" … "$length\r\n" data                "$EOF:mark\r\n" data mark
 */
export class CopyFrame {
	/** The first line has come. */
	hasBegun: boolean;
	isDone: boolean;
	/** Whether a mark ends the data; otherwise `total_bytes` says how many there are. */
	isMarked: boolean;
	/** 0 where the master does not say. */
	total_bytes: number;
	/** Of the data. */
	read_bytes: number;
	private line: string;
	private mark: Uint8Array;
	/** The last bytes of a marked copy, which may be the mark. */
	private readonly tail: Uint8Array;
	private tailLength: number;

	constructor() {
		this.hasBegun = false;
		this.isDone = false;
		this.isMarked = false;
		this.total_bytes = 0;
		this.read_bytes = 0;
		this.line = "";
		this.mark = NO_MARK;
		this.tail = new Uint8Array(MARK_BYTES);
		this.tailLength = 0;
	}

	/** Reads the first line from `from` on; returns where it stopped. Throws a WrongFrame. */
	readLine(bytes: Uint8Array, from: number): number {
		for (let at = from; at < bytes.length; at++) {
			const byte = bytes[at]!;
			if (byte !== LINE_FEED) {
				this.line += String.fromCharCode(byte);
				if (this.line.length > LINE_BYTES_MAX)
					throw new WrongFrame("I/O error reading bulk count from MASTER: too long");
				continue;
			}
			const line = this.line.charCodeAt(this.line.length - 1) === CARRIAGE_RETURN ? this.line.slice(0, -1) : this.line;
			this.line = "";
			if (line === "") continue;
			this.begin(line);
			return at + 1;
		}
		return bytes.length;
	}

	private begin(line: string): void {
		if (line.startsWith("-")) throw new WrongFrame(`MASTER aborted replication with an error: ${line.slice(1)}`);
		if (!line.startsWith("$")) {
			throw new WrongFrame(
				`Bad protocol from MASTER, the first byte is not '$' (we received '${line}'), are you sure the host and port are right?`,
			);
		}
		this.hasBegun = true;
		if (line.startsWith("$EOF:") && line.length === 5 + MARK_BYTES) {
			this.isMarked = true;
			this.mark = latin1Bytes(line.slice(5));
			return;
		}
		if (!/^\$[0-9]{1,15}$/.test(line))
			throw new WrongFrame(`Bad protocol from MASTER, '${line}' is no length of a copy`);
		this.total_bytes = Number(line.slice(1));
		this.isDone = this.total_bytes === 0;
	}

	/** Hands data on; returns where it stopped: before the end of `bytes` only where the copy is there. */
	read(bytes: Uint8Array, from: number, sink: CopySink): number {
		if (this.isMarked) {
			this.readMarked(bytes, from, sink);
			return bytes.length;
		}
		const to = Math.min(bytes.length, from + this.total_bytes - this.read_bytes);
		if (to > from) sink.write(bytes, from, to);
		this.read_bytes += to - from;
		this.isDone = this.read_bytes === this.total_bytes;
		return to;
	}

	/** The master says nothing behind the mark before it has heard from us, so the mark is the end of what came. */
	private readMarked(bytes: Uint8Array, from: number, sink: CopySink): void {
		const { tail, tailLength } = this;
		const length = bytes.length - from;
		const over = tailLength + length - MARK_BYTES;
		const fromTail = Math.max(0, Math.min(over, tailLength));
		if (fromTail > 0) {
			sink.write(tail, 0, fromTail);
			tail.copyWithin(0, fromTail, tailLength);
			this.tailLength -= fromTail;
		}
		const direct = Math.max(0, over - fromTail);
		if (direct > 0) sink.write(bytes, from, from + direct);
		copyBytes(bytes, from + direct, tail, this.tailLength, length - direct);
		this.tailLength += length - direct;
		this.read_bytes += fromTail + direct;
		this.isDone = this.tailLength === MARK_BYTES && equalBytes(tail, 0, this.mark, 0, MARK_BYTES);
	}

	/** For the log. */
	describe(goal: string): string {
		if (this.isMarked) return `MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to ${goal}`;
		return `MASTER <-> REPLICA sync: receiving ${this.total_bytes} bytes from master to ${goal}`;
	}
}

const NO_MARK = new Uint8Array(0);
