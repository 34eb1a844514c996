import type { CommandRow } from "../dispatch/command.ts";
import { bitCommands } from "./bitmap/bits.ts";
import { fieldCommands } from "./bitmap/fields.ts";
import { operationCommands } from "./bitmap/operations.ts";
import { rangeCommands } from "./bitmap/ranges.ts";
import type { StringServices } from "./string/services.ts";

/** The group "bitmap": strings as arrays of bits, the first bit being the highest of the first byte. */
export function bitmapCommands(services: StringServices): readonly CommandRow[] {
	return [...bitCommands(services), ...rangeCommands, ...operationCommands, ...fieldCommands(services)];
}
