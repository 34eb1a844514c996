/** Bytes a client has not read yet, in the order in which they were written. */
export class PendingOutput {
	/** Bytes waiting, in all chunks. */
	bytes: number;
	/** Bytes of the first chunk that are already sent. */
	offset: number;
	/** Since when there is more than the soft limit, ms; 0 while there is not. */
	overSoftLimitSince_ms: number;
	private chunks: Uint8Array[];
	private head: number;

	constructor() {
		this.bytes = 0;
		this.offset = 0;
		this.overSoftLimitSince_ms = 0;
		this.chunks = [];
		this.head = 0;
	}

	/** Copies a range to the end. */
	add(source: Uint8Array, start: number, length: number): void {
		this.chunks.push(source.slice(start, start + length));
		this.bytes += length;
	}

	/** Adds a chunk that others may hold, too; so many of its bytes are sent already, and only where nothing waits. */
	addShared(chunk: Uint8Array, sent: number): void {
		this.chunks.push(chunk);
		this.bytes += chunk.length - sent;
		this.offset += sent;
	}

	/** The chunk to send from, beginning at `offset`. */
	first(): Uint8Array {
		return this.chunks[this.head]!;
	}

	/** So many bytes of the first chunk were sent. */
	taken(sent: number): void {
		this.bytes -= sent;
		this.offset += sent;
		if (this.offset < this.first().length) return;
		this.offset = 0;
		this.chunks[this.head++] = EMPTY;
		if (this.head === this.chunks.length) this.clear();
		else if (this.head > 1024) {
			this.chunks = this.chunks.slice(this.head);
			this.head = 0;
		}
	}

	clear(): void {
		this.bytes = 0;
		this.offset = 0;
		this.overSoftLimitSince_ms = 0;
		this.chunks = [];
		this.head = 0;
	}

	count(): number {
		return this.chunks.length - this.head;
	}
}

const EMPTY = new Uint8Array(0);
