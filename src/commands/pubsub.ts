/** Publish and subscribe. */
import type { CommandRow } from "../dispatch/command.ts";

/** What the commands of this group need of their server. */
export type PubSubServices = object;

export function pubSubCommands(_services: PubSubServices): readonly CommandRow[] {
	return [];
}
