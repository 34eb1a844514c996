import type { OpenFile } from "../../../adapters/files.ts";
import { latin1 } from "../../../bytes/ascii.ts";
import type { Limits } from "../../../types/limits.ts";
import type { Place } from "../../../types/place.ts";
import type { Pace } from "../../loading.ts";
import {
	CHECKSUM_BYTES,
	MAGIC,
	OPCODE_AUXILIARY,
	OPCODE_DATABASE,
	OPCODE_DEADLINE_MS,
	OPCODE_DEADLINE_S,
	OPCODE_END,
	OPCODE_FREQUENCY,
	OPCODE_FUNCTION_2,
	OPCODE_FUNCTION_PRE_RELEASE,
	OPCODE_IDLE,
	OPCODE_MODULE_AUXILIARY,
	OPCODE_SIZES,
	OPCODE_SLOT_INFO,
	TYPE_STRING,
	VERSION_MAX,
	VERSION_WITH_CHECKSUM,
} from "../format.ts";
import { BadData, EmptyCollection, NotYet } from "./bad-data.ts";
import { ByteSource } from "./byte-source.ts";
import { moduleName, skipModuleValue } from "./module-data.ts";
import { RdbInput, Text } from "./rdb-input.ts";
import { ValueContext } from "./value-context.ts";
import { isValueType, readValue } from "./value-reader.ts";

/** Valkey 9 and later say so, and count from here. */
const VALKEY_MAGIC = "VALKEY";
const VALKEY_VERSION_MIN = 80;
/** Either magic word with its version. */
const HEADER_BYTES = 9;

/** Longer strings are moved to where they stay without a stop in the window. */
export const WINDOW_STRING_MAX = 1 << 16;

/** What a reader is at, in the words of redis-check-rdb. */
export type Doing =
	| "start"
	| "read-type"
	| "read-expire"
	| "read-key"
	| "read-object-value"
	| "check-sum"
	| "read-len"
	| "read-aux"
	| "read-module-aux"
	| "read-functions";

/** The file is not one of ours, or of the future. */
export class WrongHeader extends BadData {}

/**
 * Reads an RDB file of any version from front to back, a stretch at a time; those who extend it say what becomes of what
 * is read. When one of these methods is called the value has been read completely.
 */
export abstract class RdbReader {
	readonly totalBytes: number;
	version: number;
	/** For whoever reports what went wrong. */
	doing: Doing;
	/** Of the value at work; -1 for none. */
	valueType: number;
	readonly key: Text;
	/** Of the key at work: Infinity for none. */
	deadline_ms: number;
	/** Seconds, or -1. */
	protected idle_s: number;
	protected frequency: number;
	protected readonly source: ByteSource;
	protected readonly input: RdbInput;
	protected context: ValueContext;
	private readonly checksChecksum: boolean;
	private collection: Generator<void, void> | null;
	private isAtEnd: boolean;

	constructor(file: OpenFile | ByteSource, place: Place, limits: Limits, checksChecksum: boolean, pace: Pace) {
		this.source = file instanceof ByteSource ? file : ByteSource.ofFile(file, checksChecksum);
		this.totalBytes = this.source.total;
		this.version = 0;
		this.doing = "start";
		this.valueType = -1;
		this.key = new Text();
		this.deadline_ms = Infinity;
		this.idle_s = -1;
		this.frequency = -1;
		this.input = new RdbInput(this.source);
		this.context = new ValueContext(this.input, place, limits, pace);
		this.checksChecksum = checksChecksum;
		this.collection = null;
		this.isAtEnd = false;
	}

	// What becomes of it

	protected abstract selectDatabase(index: number): void;
	protected abstract expectKeys(keys: number): void;
	protected abstract auxiliary(name: string, value: string): void;
	protected abstract moduleAuxiliary(name: string): void;
	protected abstract library(source: Text): void;
	/** A key was read, its value is next. */
	protected beginKey(): void {}
	/** And now its value, too. */
	protected finishKey(): void {}
	/** The key's string is `value`. */
	protected abstract storeString(value: Text): void;
	/** The key's string is the next `length` bytes, which are to be read. */
	protected abstract storeLongString(length: number): void;
	/** A value that is no string comes: chooses the context's place for it. */
	protected beginValue(): void {}
	/** It goes on to come, after others may have worked. */
	protected resumeValue(): void {}
	/** The key's value is in the context's place, which is to be empty for the next. */
	protected abstract storeValue(): void;
	protected abstract emptyCollection(): void;
	/** Whether it read a value of a module. */
	protected abstract takesModuleValue(): boolean;
	/** May load keys by itself, as far as they lie in the window; returns whether it did. */
	protected abstract loadFast(): boolean;
	protected abstract checksumIsMissing(): void;
	protected abstract checksumIsRight(): void;

	/** Of a stream: the value at work will be read again from its start; there is no trace of it to be left. */
	protected abandonValue(): void {}

	/** Of the next byte. */
	offset(): number {
		return this.source.offset();
	}

	/**
	 * Reads on until the pace is over, or there is no more of a stream for now; true at the end of the file. Throws BadData,
	 * or what the file throws.
	 */
	protected read(pace: Pace): boolean {
		if (!this.source.isStream) return this.readOn(pace);
		try {
			return this.readOn(pace);
		} catch (failure) {
			if (!(failure instanceof NotYet)) throw failure;
			this.rewind();
			return false;
		}
	}

	private rewind(): void {
		if (this.valueType >= 0) this.abandonValue();
		this.collection = null;
		this.valueType = -1;
		this.key.length = 0;
		this.isAtEnd = false;
		this.source.keepFrom = Infinity;
		this.source.rewind();
	}

	private readOn(pace: Pace): boolean {
		this.context.pace = pace;
		if (this.version === 0) this.readHeader();
		while (!this.isAtEnd) {
			if (this.collection !== null) {
				this.resumeValue();
				this.continueCollection();
			} else {
				this.source.mark();
				if (!this.loadFast()) this.readItem();
			}
			if (pace.isOver(this.source.offset())) return this.isAtEnd;
		}
		return true;
	}

	private readHeader(): void {
		const { source } = this;
		source.ensure(HEADER_BYTES);
		const { bytes, at } = source;
		const header = latin1(bytes, at, at + HEADER_BYTES);
		source.at += HEADER_BYTES;
		const isValkey = header.startsWith(VALKEY_MAGIC);
		if (!isValkey && !header.startsWith(MAGIC)) throw new WrongHeader("Wrong signature trying to load DB from file");
		const version = Number.parseInt(header.slice(isValkey ? VALKEY_MAGIC.length : MAGIC.length), 10);
		const isKnown = isValkey ? version >= VALKEY_VERSION_MIN : version >= 1 && version <= VERSION_MAX;
		if (!isKnown) throw new WrongHeader(`Can't handle RDB format version ${Number.isNaN(version) ? 0 : version}`);
		this.version = version;
		this.context.isValkey = isValkey;
	}

	/** Reads an opcode with what belongs to it, or a key with its value, or the start of that. */
	private readItem(): void {
		const { input } = this;
		this.doing = "read-type";
		const type = input.byte();
		switch (type) {
			case OPCODE_DEADLINE_MS:
				this.doing = "read-expire";
				this.deadline_ms = input.int64();
				return;
			case OPCODE_DEADLINE_S:
				this.doing = "read-expire";
				this.deadline_ms = input.int32() * 1000;
				return;
			case OPCODE_FREQUENCY:
				this.frequency = input.byte();
				return;
			case OPCODE_IDLE:
				this.idle_s = input.length();
				return;
			case OPCODE_DATABASE:
				this.doing = "read-len";
				return this.selectDatabase(input.length());
			case OPCODE_SIZES: {
				this.doing = "read-len";
				const keys = input.length();
				input.length();
				return this.expectKeys(keys);
			}
			case OPCODE_SLOT_INFO:
				this.doing = "read-len";
				for (let i = 0; i < 3; i++) input.length();
				return;
			case OPCODE_AUXILIARY:
				return this.readAuxiliary();
			case OPCODE_MODULE_AUXILIARY:
				return this.readModuleAuxiliary();
			case OPCODE_FUNCTION_2:
				this.doing = "read-functions";
				input.string(this.context.blob);
				return this.library(this.context.blob);
			case OPCODE_FUNCTION_PRE_RELEASE:
				this.doing = "read-functions";
				throw new BadData("Pre-release function format not supported.");
			case OPCODE_END:
				return this.readEnd();
			default:
				this.readKey(type);
		}
	}

	private readAuxiliary(): void {
		const { input, context } = this;
		this.doing = "read-aux";
		input.string(context.first);
		const name = context.first.latin1();
		input.string(context.first);
		this.auxiliary(name, context.first.latin1());
	}

	private readModuleAuxiliary(): void {
		const { input } = this;
		this.doing = "read-module-aux";
		input.length();
		const name = moduleName(input.high, input.low);
		input.length();
		input.length();
		this.moduleAuxiliary(name);
		skipModuleValue(input, this.context.first);
	}

	private readEnd(): void {
		this.isAtEnd = true;
		if (this.version < VERSION_WITH_CHECKSUM) return;
		this.doing = "check-sum";
		const { source } = this;
		source.ensure(CHECKSUM_BYTES);
		const { bytes, at } = source;
		let bits = 0;
		for (let i = 0; i < CHECKSUM_BYTES; i++) bits |= bytes[at + i]!;
		if (!this.checksChecksum || bits === 0) {
			source.at += CHECKSUM_BYTES;
			if (this.checksChecksum) this.checksumIsMissing();
		} else if (source.endsWithChecksum()) this.checksumIsRight();
		else throw new BadData("RDB CRC error");
	}

	private readKey(type: number): void {
		const { input, source, key, context } = this;
		if (!isValueType(type, context.isValkey)) {
			throw new BadData(`Unknown RDB opcode or value type ${type}, at offset ${source.offset() - 1}`);
		}
		this.doing = "read-key";
		this.valueType = type;
		source.keepFrom = source.offset();
		input.string(key);
		this.beginKey();
		this.doing = "read-object-value";
		if (type === TYPE_STRING) this.readString();
		else {
			key.detach();
			source.keepFrom = Infinity;
			if (!this.takesModuleValue()) return this.readCollection(type);
		}
		this.endKey();
	}

	private readString(): void {
		const { input, source, key, context } = this;
		const length = input.shortString(context.first, WINDOW_STRING_MAX);
		input.settle(key);
		if (length >= 0) {
			key.detach();
			source.keepFrom = Infinity;
			if (source.isStream || length > source.left()) source.ensure(length);
			this.storeLongString(length);
		} else this.storeString(context.first);
		source.keepFrom = Infinity;
	}

	private readCollection(type: number): void {
		try {
			this.beginValue();
			this.collection = readValue(this.context, type);
		} catch (failure) {
			return this.passOver(failure);
		}
		if (this.collection !== null) this.continueCollection();
		else this.endCollection();
	}

	private continueCollection(): void {
		try {
			if (!this.collection!.next().done) return;
		} catch (failure) {
			return this.passOver(failure);
		}
		this.endCollection();
	}

	private endCollection(): void {
		this.collection = null;
		this.storeValue();
		this.endKey();
	}

	/** A collection without elements has been read to its end, and is nothing. */
	private passOver(failure: unknown): void {
		if (!(failure instanceof EmptyCollection)) throw failure;
		this.collection = null;
		this.emptyCollection();
		this.endKey();
	}

	private endKey(): void {
		this.finishKey();
		this.valueType = -1;
		this.key.length = 0;
		this.deadline_ms = Infinity;
		this.idle_s = -1;
		this.frequency = -1;
	}
}
