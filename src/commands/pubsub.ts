/** Publish and subscribe. */
import type { CommandRow } from "../dispatch/command.ts";
import { publishCommands } from "./pubsub/publish.ts";
import { pubSubCommand } from "./pubsub/pubsub.ts";
import type { PubSubServices } from "./pubsub/services.ts";
import { subscribeCommands } from "./pubsub/subscribe.ts";

export type { PubSubServices } from "./pubsub/services.ts";

export function pubSubCommands(services: PubSubServices): readonly CommandRow[] {
	return [...subscribeCommands(services), ...publishCommands(services), pubSubCommand(services)];
}
