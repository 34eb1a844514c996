import { bitmapCommands } from "../../src/commands/bitmap.ts";
import { genericCommands } from "../../src/commands/generic.ts";
import { geoCommands } from "../../src/commands/geo.ts";
import { hashCommands } from "../../src/commands/hash.ts";
import { hyperloglogCommands } from "../../src/commands/hyperloglog.ts";
import { listCommands } from "../../src/commands/list.ts";
import { setCommands } from "../../src/commands/set.ts";
import { sortCommands } from "../../src/commands/sort.ts";
import { sortedSetCommands } from "../../src/commands/sorted-set.ts";
import { streamCommands } from "../../src/commands/stream.ts";
import { stringCommands } from "../../src/commands/string.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { FOR_FILE } from "../../src/keyspace/effects.ts";
import { TestEngine } from "./engine.ts";
import { quoteAll, splitQuoted } from "./quoting.ts";
import { parseRequests } from "./requests.ts";

/** Changes the data and then fails inside, with an effect half told. */
const failing: CommandRow = {
	name: "failing",
	since: "1.0.0",
	group: "generic",
	complexity: "",
	summary: "Fails.",
	flags: 0,
	run(call) {
		call.keyspace.changes.dirty++;
		call.effect(2).word(new Uint8Array([0x78]));
		throw new Error("on purpose");
	},
};

/** Takes the count of changes back, as a save does. */
const saving: CommandRow = {
	name: "saving",
	since: "1.0.0",
	group: "server",
	complexity: "",
	summary: "Saves.",
	flags: 0,
	run(call) {
		call.keyspace.changes.dirty = 0;
		call.reply.ok();
	},
};

/** Changes the client's database. */
const select: CommandRow = {
	name: "select",
	since: "1.0.0",
	group: "connection",
	complexity: "",
	summary: "Selects a database.",
	flags: 0,
	arity: 2,
	run(call) {
		call.client.database = call.integer(1);
		call.reply.ok();
	},
};

/** The commands that change data, in an engine that tells their effects. */
export class EffectsEngine extends TestEngine {
	constructor() {
		super([
			...stringCommands({ stringBytesMax: () => 512 << 20 }),
			...bitmapCommands({ stringBytesMax: () => 512 << 20 }),
			...hyperloglogCommands,
			...listCommands,
			...hashCommands,
			...setCommands,
			...sortedSetCommands,
			...geoCommands,
			...streamCommands,
			...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
			...sortCommands,
			failing,
			saving,
			select,
		]);
		this.keyspace.effects.want(FOR_FILE, true);
	}

	/** Effects since the last call, each a line. */
	take(): string[] {
		const { effects } = this.keyspace;
		const lines = parseRequests(Buffer.from(effects.bytes.slice(0, effects.length))).map(quoteAll);
		effects.clear();
		return lines;
	}

	/** The effects of the last of these commands, in redis-cli's quoting. */
	tell(...lines: readonly string[]): string[] {
		for (const [index, line] of lines.entries()) {
			this.run(...splitQuoted(line));
			if (index < lines.length - 1) this.take();
		}
		return this.take();
	}
}
