/** Bitmaps: strings as arrays of bits. */
import type { CommandRow } from "../dispatch/command.ts";
import type { StringServices } from "./string/services.ts";

export function bitmapCommands(_services: StringServices): readonly CommandRow[] {
	return [];
}
