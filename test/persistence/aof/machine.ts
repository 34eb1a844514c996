/** A server with an append-only file on a simulated disk, for the tests of this folder. */
import { DurableMachine } from "../../crash/durable-machine.ts";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import type { VirtualClient } from "../../support/virtual-network.ts";
import { commandText, toBytes } from "../../support/wire.ts";

const LOG = "/work/log";
export const FOLDER = "/work/appendonlydir";
export const INCREMENT = `${FOLDER}/appendonly.aof.1.incr.aof`;
export const START_MS = 1_700_000_000_000;

export class AofMachine extends DurableMachine {
	private talker: VirtualClient | null = null;

	constructor(disk = new SimulatedDisk(), directives: readonly string[] = [], now_ms = START_MS) {
		super(disk, now_ms, 1, ['save ""', "appendonly yes", `logfile ${LOG}`, "enable-debug-command yes", ...directives]);
	}

	get client(): VirtualClient {
		this.talker ??= this.connect();
		return this.talker;
	}

	/** What a command is answered by the time everything has come to rest. */
	run(...words: (string | number)[]): string {
		return this.client.run(...words);
	}

	log(): string {
		return this.disk.texts.get(LOG) ?? "";
	}

	text(name: string): string {
		return this.disk.texts.get(`${FOLDER}/${name}`) ?? "";
	}

	manifest(): string {
		return this.text("appendonly.aof.manifest");
	}

	info(field: string): string {
		return new RegExp(`^${field}:(.*)\r$`, "m").exec(this.run("INFO", "persistence"))?.[1] ?? "";
	}
}

/** A folder as some server left it. */
export function diskWith(parts: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>> = {}) {
	const disk = new SimulatedDisk();
	for (const [name, text] of Object.entries(parts)) disk.lay(`${FOLDER}/${name}`, toBytes(text));
	for (const [path, text] of Object.entries(texts)) disk.lay(path, toBytes(text));
	return disk;
}

export function commands(...lines: readonly string[]): string {
	return lines.map((line) => commandText(line.split(" "))).join("");
}
