import { bitmapCommands } from "../../../src/commands/bitmap.ts";
import { genericCommands } from "../../../src/commands/generic.ts";
import { hashCommands } from "../../../src/commands/hash.ts";
import { hyperloglogCommands } from "../../../src/commands/hyperloglog.ts";
import type { CommandServices } from "../../../src/commands/index.ts";
import { listCommands } from "../../../src/commands/list.ts";
import { setCommands } from "../../../src/commands/set.ts";
import { sortedSetCommands } from "../../../src/commands/sorted-set.ts";
import { streamCommands } from "../../../src/commands/stream.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import { TestEngine } from "../../support/engine.ts";

/** Every command that makes a value, and DUMP, which compresses unless told otherwise. */
export function valueEngine(compresses = true): TestEngine {
	const services = {
		isLfuPolicy: () => false,
		sharesIntegers: () => true,
		stringBytesMax: () => 512 << 20,
		compressesSnapshots: () => compresses,
	} as CommandServices;
	return new TestEngine([
		...stringCommands(services),
		...bitmapCommands(services),
		...hyperloglogCommands,
		...listCommands,
		...hashCommands,
		...setCommands,
		...sortedSetCommands,
		...streamCommands,
		...genericCommands(services),
	]);
}

/** Runs commands that must not fail. */
export function runAll(engine: TestEngine, commands: readonly (readonly (string | number)[])[]): void {
	for (const command of commands) {
		const reply = engine.run(...command);
		if (reply.startsWith("-")) throw new Error(`${command[0]} ${command[1]}: ${reply}`);
	}
}

/** What a bulk reply holds. */
export function bulk(reply: string): string {
	return reply.slice(reply.indexOf("\r\n") + 2, -2);
}
