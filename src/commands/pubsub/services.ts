import type { PubSub } from "../../pubsub/pub-sub.ts";

/** What the commands of this group need of their server; read when one runs, so it may be filled after the rows. */
export interface PubSubServices {
	readonly pubSub: PubSub;
}
