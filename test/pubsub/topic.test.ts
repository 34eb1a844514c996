import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { CHANNEL, Topic } from "../../src/pubsub/topic.ts";
import { Forum, Listener } from "./listener.ts";

test("subscribers stay in the order in which they came, however many leave", () => {
	const forum = new Forum();
	const random = new Random(1);
	const listeners = Array.from({ length: 300 }, (_, i) => new Listener(i));
	const ordered: Listener[] = [];
	for (let step = 0; step < 5000; step++) {
		// Grows, and then shrinks to nothing.
		const joins = random.below(100) < (step < 2500 ? 70 : 25);
		const listener = random.below(2) === 0 && !joins ? ordered[0] : listeners[random.below(300)];
		if (listener === undefined) continue;
		if (joins) {
			if (!ordered.includes(listener)) ordered.push(listener);
			forum.subscribe(listener, CHANNEL, "x");
		} else {
			if (ordered.includes(listener)) ordered.splice(ordered.indexOf(listener), 1);
			forum.unsubscribe(listener, CHANNEL, "x");
		}
		forum.pubSub.verify();
		if (step % 100 !== 0) continue;
		const heard: Listener[] = [];
		for (const one of listeners) one.onPush = () => heard.push(one);
		expect(forum.publish("x", "1")).toBe(ordered.length);
		forum.turn();
		expect(heard).toEqual(ordered);
	}
});

test("a topic is not copied", () => {
	expect(() => new Topic(CHANNEL, new Uint8Array(3)).clone()).toThrow("one of a kind");
	expect(new Topic(CHANNEL, new Uint8Array(3)).bytesUsed()).toBe(3);
});

test("a hundred thousand who leave one by one cost no more than those who come", () => {
	const forum = new Forum();
	const listeners = Array.from({ length: 100_000 }, (_, i) => new Listener(i));
	for (const listener of listeners) forum.subscribe(listener, CHANNEL, "x");
	// By moving all those behind, this would be five billion moves.
	for (const listener of listeners) forum.unsubscribe(listener, CHANNEL, "x");
	expect(forum.pubSub.counts().channels).toBe(0);
});
