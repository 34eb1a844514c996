import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { KeyspaceEvents } from "../pubsub/keyspace-events.ts";
import { PubSub, type Workplace } from "../pubsub/pub-sub.ts";
import type { Adapters } from "./adapters.ts";

/** Pub/sub of a server, with the keyspace events on it that its configuration asks for. */
export function openPubSub(keyspace: Keyspace, workplace: Workplace, config: Config, adapters: Adapters): PubSub {
	const pubSub = new PubSub(keyspace.seed0, keyspace.seed1, workplace, adapters.clock, adapters.timers);
	const events = new KeyspaceEvents(pubSub, keyspace.changes);
	events.setLetters(config.values["notify-keyspace-events"]);
	config.onChange("notify-keyspace-events", (letters) => {
		events.setLetters(letters);
		return undefined;
	});
	return pubSub;
}
