/** A message on its way into the outbox, to nobody and to many; writing it to sockets is not in it. */
import { bench, do_not_optimize, run } from "mitata";
import { CHANNEL, PATTERN } from "../../src/pubsub/topic.ts";
import { Forum, Listener } from "../../test/pubsub/listener.ts";
import { toBytes } from "../../test/support/wire.ts";

const CHANNEL_BYTES = "channel:0001".length;

export function benches(): void {
	const command = toBytes("channel:0001 a message");
	for (const [subscribers, patterns] of [
		[0, 0],
		[1, 0],
		[100, 0],
		[10_000, 0],
		[1, 10],
	] as const) {
		const forum = new Forum();
		for (let i = 0; i < subscribers; i++) {
			const listener = new Listener(i);
			listener.onPush = () => {};
			forum.subscribe(listener, CHANNEL, "channel:0001");
			for (let k = 0; k < patterns; k++) forum.subscribe(listener, PATTERN, `other:${k}:*`);
		}
		let waiting = 0;
		bench(`publish to ${subscribers}, past ${patterns} patterns`, () => {
			do_not_optimize(forum.pubSub.publish(command, 0, CHANNEL_BYTES, command, CHANNEL_BYTES + 1, 9));
			// As a pipeline of 64 has it.
			if (++waiting % 64 === 0) forum.turn();
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
