import type { OpenFile } from "../../adapters/files.ts";
import { latin1 } from "../../bytes/ascii.ts";

const WINDOW_BYTES = 1 << 18;
const LF = 0x0a;

/** The bytes of a file, read where somebody looks, and a place in it. */
export class FileBytes {
	readonly total: number;
	at: number;
	private readonly file: OpenFile;
	private readonly window: Uint8Array;
	/** What the window holds. */
	private from: number;
	private to: number;

	constructor(file: OpenFile) {
		this.total = file.size();
		this.at = 0;
		this.file = file;
		this.window = new Uint8Array(Math.min(WINDOW_BYTES, this.total));
		this.from = 0;
		this.to = 0;
	}

	seek(position: number): void {
		this.at = position;
	}

	/** -1 beyond the end. */
	byteAt(position: number): number {
		if (position >= this.total) return -1;
		if (position < this.from || position >= this.to) {
			this.from = position;
			this.to = position + this.file.read(this.window, 0, this.window.length, position);
			if (this.to === position) return -1;
		}
		return this.window[position - this.from]!;
	}

	/** The line from here on with its end, at most so many bytes of it, and goes behind it. */
	line(bytesMax: number): string {
		let line = "";
		while (line.length < bytesMax) {
			const byte = this.byteAt(this.at);
			if (byte < 0) break;
			this.at++;
			line += String.fromCharCode(byte);
			if (byte === LF) break;
		}
		return line;
	}

	latin1(start: number, length: number): string {
		const bytes = new Uint8Array(length);
		return latin1(bytes, 0, this.file.read(bytes, 0, length, start));
	}
}
