/** `redis-lite check-rdb FILE`: reads an RDB file without keeping any of it, and prints what redis-check-rdb would. */
import type { OpenFile } from "../../adapters/files.ts";
import { utf8 } from "../../bytes/ascii.ts";
import { Table } from "../../memory/table.ts";
import { Limits } from "../../types/limits.ts";
import { LonePlace } from "../../types/lone-place.ts";
import { WITHOUT_PAUSE } from "../loading.ts";
import { TYPE_MODULE } from "./format.ts";
import { BadData } from "./read/bad-data.ts";
import { skipModuleValue } from "./read/module-data.ts";
import type { Text } from "./read/rdb-input.ts";
import { RdbReader } from "./read/rdb-reader.ts";
import { typeName } from "./read/type-names.ts";

export interface CheckHost {
	readonly files: { open(path: string, mode: "read"): OpenFile };
	print(line: string): void;
	readonly now_ms: number;
	/** What the file is called, where that is not its path. */
	readonly name?: string;
	/** Told where a sound snapshot ends: an append-only file may go on. */
	ended?(offset: number): void;
}

/** Returns the exit code of the process: 0 where the file is sound. */
export function checkRdb(path: string, host: CheckHost): number {
	host.print(`[offset 0] Checking RDB file ${host.name ?? path}`);
	let file: OpenFile;
	try {
		file = host.files.open(path, "read");
	} catch (failure) {
		host.print(`Cannot open file ${path}: ${failure instanceof Error ? failure.message : failure}`);
		return 1;
	}
	try {
		return new RdbCheck(file, host).run();
	} finally {
		file.close();
	}
}

class RdbCheck extends RdbReader {
	private keys: number;
	private deadlines: number;
	private expired: number;
	private readonly host: CheckHost;

	constructor(file: OpenFile, host: CheckHost) {
		// Nobody chooses the keys that meet in a table which is gone with the key it belongs to.
		super(file, new LonePlace(new Table(0, 0)), new Limits(), true, WITHOUT_PAUSE);
		this.keys = 0;
		this.deadlines = 0;
		this.expired = 0;
		this.host = host;
	}

	run(): number {
		try {
			this.read(WITHOUT_PAUSE);
		} catch (failure) {
			if (!(failure instanceof BadData || (failure instanceof Error && "code" in failure))) throw failure;
			this.tellFailure(failure.message);
			return 1;
		}
		this.tell("\\o/ RDB looks OK! \\o/");
		this.tellCounts();
		this.host.ended?.(this.offset());
		return 0;
	}

	private tell(text: string): void {
		this.host.print(`[offset ${this.offset()}] ${text}`);
	}

	private tellFailure(reason: string): void {
		const { host, key, valueType } = this;
		host.print("--- RDB ERROR DETECTED ---");
		this.tell(reason);
		host.print(`[additional info] While doing: ${this.doing}`);
		if (this.doing === "read-object-value") {
			// Where the key lay has been read over, if it was not copied.
			host.print(`[additional info] Reading key '${utf8(key.bytes, key.start, key.start + key.length)}'`);
		}
		if (valueType >= 0) host.print(`[additional info] Reading type ${valueType} (${typeName(valueType)})`);
		this.tellCounts();
	}

	private tellCounts(): void {
		this.host.print(`[info] ${this.keys} keys read`);
		this.host.print(`[info] ${this.deadlines} expires`);
		this.host.print(`[info] ${this.expired} already expired`);
	}

	protected override beginKey(): void {
		this.keys++;
	}

	protected override finishKey(): void {
		if (this.deadline_ms === Infinity) return;
		this.deadlines++;
		if (this.deadline_ms < this.host.now_ms) this.expired++;
	}

	protected selectDatabase(index: number): void {
		this.tell(`Selecting DB ID ${index}`);
	}

	protected auxiliary(name: string, value: string): void {
		this.tell(`AUX FIELD ${name} = '${value}'`);
	}

	protected moduleAuxiliary(name: string): void {
		this.tell(`MODULE AUX for: ${name}`);
	}

	protected takesModuleValue(): boolean {
		if (this.valueType !== TYPE_MODULE) return false;
		this.input.length();
		skipModuleValue(this.input, this.context.first);
		return true;
	}

	protected storeLongString(length: number): void {
		this.source.skip(length);
	}

	protected storeValue(): void {
		this.context.place.remove();
	}

	protected emptyCollection(): void {}

	protected checksumIsMissing(): void {
		this.tell("RDB file was saved with checksum disabled: no check performed.");
	}

	protected checksumIsRight(): void {
		this.tell("Checksum OK");
	}

	protected expectKeys(_keys: number): void {}
	protected library(_source: Text): void {}
	protected storeString(_value: Text): void {}

	protected loadFast(): boolean {
		return false;
	}
}
