/**
 * `redis-lite check-aof [--fix | --truncate-to-timestamp T] FILE`: looks for where append-only files are broken, and cuts
 * the end off where that helps. It prints what redis-check-aof would, for a manifest, or for one file.
 */
import type { Files, OpenFile } from "../../adapters/files.ts";
import { systemErrorText } from "../../config/system-error.ts";
import { checkRdb } from "../rdb/check.ts";
import { beginsWithSnapshot } from "./aof-load.ts";
import { FileBytes } from "./file-bytes.ts";
import { loadedFiles, type Manifest, ManifestError, parseManifest } from "./manifest.ts";

export interface AofCheckHost {
	readonly files: Files;
	readonly now_ms: number;
	print(text: string): void;
	/** A line that somebody types; null where there is nobody. */
	ask(): string | null;
}

/** There is nothing more to do; the host has been told why. */
class GivenUp extends Error {}

interface Request {
	readonly path: string;
	readonly fixes: boolean;
	/** Seconds since 1970: what came later is cut off. 0: nothing is. */
	readonly timestamp: number;
}

const USAGE = "Usage: redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n";
/** What the shortest manifest has. */
const MANIFEST_BYTES_MIN = 30;
const SNAPSHOT_BYTES_MIN = 8;
const LINE_BYTES_MAX = 127;
const ANNOTATION_BYTES_MAX = 1023;

const CR = 0x0d;
const LF = 0x0a;
const HASH = 0x23;
const DOLLAR = 0x24;
const STAR = 0x2a;

/** Returns the exit code of the process: 0 where all is well now. */
export function checkAof(words: readonly string[], host: AofCheckHost): number {
	const request = requestFrom(words);
	if (typeof request === "string") {
		host.print(request);
		return 1;
	}
	try {
		new AofCheck(request, host).run();
		return 0;
	} catch (failure) {
		if (!(failure instanceof GivenUp)) throw failure;
		host.print(failure.message);
		return 1;
	}
}

/** The request, or why it is none. */
function requestFrom(words: readonly string[]): Request | string {
	const [first, second, third] = words;
	if (words.length === 1) return { path: first!, fixes: false, timestamp: 0 };
	if (words.length === 2 && first === "--fix") return { path: second!, fixes: true, timestamp: 0 };
	if (words.length !== 3 || first !== "--truncate-to-timestamp") return USAGE;
	if (!/^\s*[-+]?\d{1,15}$/.test(second!)) return "Invalid timestamp, aborting...\n";
	return { path: third!, fixes: false, timestamp: Number(second) };
}

type Outcome = "valid" | "empty" | "truncated" | "truncated to timestamp";

class AofCheck {
	/** What is wrong, "" for nothing. */
	private problem: string;
	/** Lines read, in all files. */
	private line: number;
	/** MULTI without EXEC so far. */
	private open: number;
	/** Up to where the file at work is sound. */
	private validTo: number;
	/** Where the line or the argument began that was read last: what problems are reported at. */
	private lineStart: number;
	private readonly request: Request;
	private readonly host: AofCheckHost;

	constructor(request: Request, host: AofCheckHost) {
		this.problem = "";
		this.line = 1;
		this.open = 0;
		this.validTo = 0;
		this.lineStart = 0;
		this.request = request;
		this.host = host;
	}

	run(): void {
		const { path } = this.request;
		const file = this.opened(path);
		const bytes = new FileBytes(file);
		const isManifest = bytes.total >= MANIFEST_BYTES_MIN && bytes.latin1(0, 4) === "file";
		file.close();
		if (isManifest) return this.checkParts();
		this.host.print("Start checking Old-Style AOF\n");
		this.tell("AOF", path, this.checkFile(path, path, true));
	}

	private opened(path: string, consequence = ""): OpenFile {
		try {
			return this.host.files.open(path, "read");
		} catch (failure) {
			throw new GivenUp(`Cannot open file ${path}: ${systemErrorText(failure)}${consequence}\n`);
		}
	}

	private checkParts(): void {
		const { host, request } = this;
		host.print("Start checking Multi Part AOF\n");
		const manifest = this.manifest();
		const slash = request.path.lastIndexOf("/");
		const directory = slash < 0 ? "./" : request.path.slice(0, slash + 1);
		const parts = loadedFiles(manifest);
		for (const [index, { name }] of parts.entries()) {
			const isBase = index === 0 && manifest.base !== null;
			if (isBase) {
				const file = this.opened(directory + name);
				const format = isSnapshot(file) ? "RDB" : "RESP";
				file.close();
				host.print(`Start to check BASE AOF (${format} format).\n`);
			} else if (index === (manifest.base === null ? 0 : 1)) host.print("Start to check INCR files.\n");
			const outcome = this.checkFile(directory + name, name, index === parts.length - 1);
			this.tell(isBase ? "BASE AOF" : "INCR AOF", name, outcome);
		}
		host.print("All AOF files and manifest are valid\n");
	}

	private manifest(): Manifest {
		try {
			return parseManifest(this.host.files.readText(this.request.path));
		} catch (failure) {
			if (failure instanceof ManifestError) throw new GivenUp(failure.report().join(""));
			throw failure;
		}
	}

	private tell(kind: string, name: string, outcome: Outcome): void {
		const { host, request } = this;
		if (outcome === "truncated") host.print(`Successfully truncated AOF ${name}\n`);
		else if (outcome === "truncated to timestamp") {
			host.print(`Successfully truncated AOF ${name} to timestamp ${request.timestamp}\n`);
		} else host.print(`${kind} ${name} is ${outcome}\n`);
	}

	private checkFile(path: string, name: string, isLast: boolean): Outcome {
		const file = this.opened(path, ", aborting...");
		try {
			const bytes = new FileBytes(file);
			if (bytes.total === 0) return "empty";
			if (isSnapshot(file)) this.checkSnapshot(path, name, bytes);
			const cut = this.checkCommands(bytes, path, isLast);
			if (cut < 0) return this.conclude(path, name, bytes, isLast);
			this.truncate(path, cut, `Failed to truncate AOF ${name} to timestamp ${this.request.timestamp}\n`);
			return "truncated to timestamp";
		} finally {
			file.close();
		}
	}

	private checkSnapshot(path: string, name: string, bytes: FileBytes): void {
		const { files, now_ms } = this.host;
		const print = (line: string) => this.host.print(`${line}\n`);
		const check = { files, now_ms, print, name, ended: (offset: number) => bytes.seek(offset) };
		if (checkRdb(path, check) !== 0) throw new GivenUp("RDB preamble of AOF file is not sane, aborting.\n");
		this.host.print("RDB preamble is OK, proceeding with AOF tail...\n");
	}

	/** Whether what was found is good, and if not, whether it can be made so. */
	private conclude(path: string, name: string, { total }: FileBytes, isLast: boolean): Outcome {
		const { host, request } = this;
		if (this.problem !== "") host.print(`${this.problem}\n`);
		const broken = total - this.validTo;
		if (broken === 0 && request.timestamp !== 0) {
			host.print(`Truncate nothing in AOF ${name} to timestamp ${request.timestamp}\n`);
			return "valid";
		}
		host.print(
			`AOF analyzed: filename=${name}, size=${total}, ok_up_to=${this.validTo}, ok_up_to_line=${this.line}, ` +
				`diff=${broken}\n`,
		);
		if (broken === 0) return "valid";
		if (!request.fixes) {
			throw new GivenUp(`AOF ${name} is not valid. Use the --fix option to try fixing it.\n`);
		}
		if (!isLast) throw new GivenUp(`Failed to truncate AOF ${name} because it is not the last file\n`);
		host.print(
			`This will shrink the AOF ${name} from ${total} bytes, with ${broken} bytes, to ${this.validTo} bytes\n` +
				"Continue? [y/N]: ",
		);
		if (!host.ask()?.toLowerCase().startsWith("y")) throw new GivenUp("Aborting...\n");
		this.truncate(path, this.validTo, `Failed to truncate AOF ${name}\n`);
		return "truncated";
	}

	private truncate(path: string, length: number, complaint: string): void {
		try {
			const file = this.host.files.open(path, "append");
			file.truncate(length);
			file.sync();
			file.close();
		} catch {
			throw new GivenUp(complaint);
		}
	}

	// Commands

	/** Reads on as far as all is well; returns where to cut for the timestamp, or -1. */
	private checkCommands(bytes: FileBytes, path: string, isLast: boolean): number {
		this.open = 0;
		for (;;) {
			if (this.open === 0) this.validTo = bytes.at;
			const first = bytes.byteAt(bytes.at);
			if (first < 0) break;
			if (first === HASH) {
				const at = bytes.at;
				if (this.isTooLate(bytes.line(ANNOTATION_BYTES_MAX), at, path, isLast)) return at;
			} else if (first !== STAR) {
				this.host.print(`AOF ${path} format error\n`);
				return -1;
			} else if (!this.checkCommand(bytes, path)) break;
		}
		const isAtEnd = bytes.at >= bytes.total;
		if (isAtEnd && this.open !== 0 && this.problem === "") {
			this.report(this.lineStart, "Reached EOF before reading EXEC for MULTI");
		}
		return -1;
	}

	private isTooLate(line: string, at: number, path: string, isLast: boolean): boolean {
		const { timestamp } = this.request;
		this.lineStart = at;
		const noted = /^#TS:\s*([-+]?\d+)/.exec(line);
		if (timestamp === 0 || noted === null || Number(noted[1]) <= timestamp) return false;
		if (at === 0) throw new GivenUp(`AOF ${path} has nothing before timestamp ${timestamp}, aborting...\n`);
		if (isLast) return true;
		throw new GivenUp(
			`Failed to truncate AOF ${path} to timestamp ${timestamp} to offset ${at} because it is not the last file.\n` +
				"If you insist, please delete all files after this file according to the manifest file and delete the " +
				"corresponding records in manifest file manually. Then re-run redis-check-aof.\n",
		);
	}

	private checkCommand(bytes: FileBytes, path: string): boolean {
		const count = this.readNumber(bytes, STAR);
		if (Number.isNaN(count)) return false;
		for (let i = 0; i < count; i++) {
			const length = this.readNumber(bytes, DOLLAR);
			if (Number.isNaN(length)) return false;
			if (length < 0) {
				return this.report(
					this.lineStart,
					`Expected to read string of ${length} bytes, which is not in the suitable range`,
				);
			}
			const start = bytes.at;
			this.lineStart = start;
			const left = bytes.total - start;
			if (left < length + 2) {
				bytes.seek(bytes.total);
				return this.report(start, `Expected to read ${length + 2} bytes, got ${left} bytes`);
			}
			bytes.seek(start + length);
			if (!this.readLineEnd(bytes.byteAt(bytes.at), bytes.byteAt(bytes.at + 1))) return false;
			bytes.seek(bytes.at + 2);
			if (i === 0 && !this.isExpected(length > 5 ? "" : bytes.latin1(start, length), path)) return false;
		}
		return true;
	}

	/** Keeps account of transactions. */
	private isExpected(name: string, path: string): boolean {
		switch (name.toLowerCase()) {
			case "multi":
				return this.open++ === 0 || this.report(this.lineStart, `Unexpected MULTI in AOF ${path}`);
			case "exec":
				return --this.open === 0 || this.report(this.lineStart, `Unexpected EXEC in AOF ${path}`);
		}
		return true;
	}

	/** The number of a line that begins with `mark`; NaN where there is none. */
	private readNumber(bytes: FileBytes, mark: number): number {
		this.lineStart = bytes.at;
		const start = bytes.at;
		const line = bytes.line(LINE_BYTES_MAX);
		if (line === "") return Number.NaN;
		if (line.charCodeAt(0) !== mark) {
			// A zero is where C ends a text.
			const got = line.startsWith("\0") ? "" : `${line[0]}'`;
			this.report(start, `Expected prefix '${String.fromCharCode(mark)}', got: '${got}`);
			return Number.NaN;
		}
		const digits = /^\s*[-+]?\d+/.exec(line.slice(1))?.[0] ?? "";
		const end = 1 + digits.length;
		const isEnded = this.readLineEnd(line.charCodeAt(end) || 0, line.charCodeAt(end + 1) || 0);
		return isEnded ? Number(digits) : Number.NaN;
	}

	private readLineEnd(first: number, second: number): boolean {
		if (first !== CR || second !== LF) {
			return this.report(this.lineStart, `Expected \\r\\n, got: ${hexadecimal(first)}${hexadecimal(second)}`);
		}
		this.line++;
		return true;
	}

	private report(offset: number, what: string): false {
		this.problem = `0x${offset.toString(16).padStart(16)}: ${what}`;
		return false;
	}
}

function isSnapshot(file: OpenFile): boolean {
	return file.size() >= SNAPSHOT_BYTES_MIN && beginsWithSnapshot(file);
}

/** As C prints a char, which is signed; beyond the end there is a zero. */
function hexadecimal(byte: number): string {
	const text = Math.max(0, byte).toString(16).padStart(2, "0");
	return byte > 0x7f ? `ffffff${text}` : text;
}
