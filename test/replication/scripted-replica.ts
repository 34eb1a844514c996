/** A replica that does what a test tells it, and takes apart what it is sent. */
import type { ConnectOptions, VirtualClient, VirtualNetwork } from "../support/virtual-network.ts";

const MARK_BYTES = 40;
const CRLF = "\r\n";

/**
 * What comes, one character a byte:
 *
 *     replies │ +FULLRESYNC id offset, $EOF:mark or $length │ copy │ stream
 *     replies │ +CONTINUE id                                       │ stream
 */
export class ScriptedReplica {
	readonly client: VirtualClient;
	/** Lines that were no part of the stream, empty ones too. */
	readonly lines: string[];
	id: string;
	/** Bytes of the history it has had. */
	offset: number;
	/** The file that came; null while it is not there whole. */
	copy: string | null;
	/** What came behind it. */
	stream: string;
	private part: "lines" | "copy" | "stream";
	private mark: string;
	private length: number;
	private waiting: string;

	constructor(network: VirtualNetwork, port: number, options: ConnectOptions = {}) {
		this.client = network.connect(port, options);
		this.lines = [];
		this.id = "";
		this.offset = 0;
		this.copy = null;
		this.stream = "";
		this.part = "lines";
		this.mark = "";
		this.length = -1;
		this.waiting = "";
	}

	/** REPLCONF and PSYNC; without arguments as one that knows nothing yet. */
	ask(id = "?", wanted = -1, capabilities: readonly string[] = ["eof", "psync2"]): this {
		this.client.run("REPLCONF", "listening-port", 7777);
		this.client.run("REPLCONF", ...capabilities.flatMap((name) => ["capa", name]));
		this.id = id;
		if (wanted > 0) this.offset = wanted - 1;
		this.client.send("PSYNC", id, wanted);
		return this;
	}

	acknowledge(...further: (string | number)[]): void {
		this.client.send("REPLCONF", "ACK", this.offset, ...further);
	}

	/** Takes what has arrived. */
	read(): this {
		this.waiting += this.client.take();
		while (this.step());
		return this;
	}

	private step(): boolean {
		if (this.waiting === "") return false;
		if (this.part === "lines") return this.readLine();
		if (this.part === "copy") return this.readCopy();
		this.stream += this.waiting;
		this.offset += this.waiting.length;
		this.waiting = "";
		return false;
	}

	private readLine(): boolean {
		const end = this.waiting.indexOf("\n");
		if (end < 0) return false;
		const line = this.waiting.slice(0, end).replace("\r", "");
		this.waiting = this.waiting.slice(end + 1);
		this.lines.push(line);
		const [word = "", id = "", offset = ""] = line.split(" ");
		if (word === "+FULLRESYNC") {
			this.id = id;
			this.offset = Number(offset);
		} else if (word === "+CONTINUE") {
			if (id !== "") this.id = id;
			this.part = "stream";
		} else if (word.startsWith("$EOF:")) {
			this.mark = word.slice(5);
			this.part = "copy";
		} else if (word.startsWith("$")) {
			this.length = Number(word.slice(1));
			this.part = "copy";
		}
		return true;
	}

	private readCopy(): boolean {
		const end = this.mark === "" ? this.length : this.waiting.indexOf(this.mark);
		if (end < 0 || this.waiting.length < end) return false;
		this.copy = this.waiting.slice(0, end);
		this.waiting = this.waiting.slice(end + (this.mark === "" ? 0 : MARK_BYTES));
		this.part = "stream";
		return true;
	}

	/** Takes the stream that came since it last did. */
	takeStream(): string {
		this.read();
		const { stream } = this;
		this.stream = "";
		return stream.replaceAll(CRLF, " ").trim();
	}
}
