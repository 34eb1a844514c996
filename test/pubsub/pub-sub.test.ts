import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { globMatch } from "../../src/bytes/glob.ts";
import { CHANNEL, PATTERN, SHARD_CHANNEL } from "../../src/pubsub/topic.ts";
import { toBytes } from "../support/wire.ts";
import { Forum, Listener, message } from "./listener.ts";

describe("a message", () => {
	test("goes to the channel's subscribers and then to those of patterns that match, in their protocols", () => {
		const forum = new Forum();
		const [a, b, c] = [new Listener(1), new Listener(2, 3), new Listener(3)];
		forum.subscribe(a, PATTERN, "n*");
		forum.subscribe(a, CHANNEL, "news");
		forum.subscribe(b, CHANNEL, "news");
		forum.subscribe(b, PATTERN, "ne?s");
		forum.subscribe(c, CHANNEL, "other");
		expect(forum.publish("news", "text")).toBe(4);
		expect([a.received, b.received]).toEqual(["", ""]);
		forum.turn();
		expect(a.take()).toBe(message(2, "message", "news", "text") + message(2, "pmessage", "n*", "news", "text"));
		expect(b.take()).toBe(message(3, "message", "news", "text") + message(3, "pmessage", "ne?s", "news", "text"));
		expect(c.take()).toBe("");
		forum.turn();
		expect(a.take() + b.take()).toBe("");
	});

	test("of a shard channel is one of its own", () => {
		const forum = new Forum();
		const listener = new Listener(1);
		forum.subscribe(listener, CHANNEL, "x");
		forum.subscribe(listener, PATTERN, "*");
		expect(forum.publishToShard("x", "1")).toBe(0);
		forum.subscribe(listener, SHARD_CHANNEL, "x");
		expect(forum.publishToShard("x", "2")).toBe(1);
		forum.turn();
		expect(listener.take()).toBe(message(2, "smessage", "x", "2"));
	});

	test("may be any bytes, of any length", () => {
		const forum = new Forum();
		const listener = new Listener(1);
		const channel = "\x00\xff\r\n";
		const text = "\xfe\x00".repeat(3_000_000);
		forum.subscribe(listener, CHANNEL, channel);
		forum.subscribe(listener, CHANNEL, "");
		forum.publish(channel, text);
		forum.publish("", "");
		forum.turn();
		expect(listener.take() === message(2, "message", channel, text) + message(2, "message", "", "")).toBe(true);
	});

	test("to the client at work waits behind its reply", () => {
		const forum = new Forum();
		const [self, other] = [new Listener(1, 3), new Listener(2, 3)];
		for (const listener of [self, other]) forum.subscribe(listener, CHANNEL, "x");
		forum.workplace.executing = self.client;
		expect(forum.publish("x", "1")).toBe(2);
		expect(forum.own()).toBe(message(3, "message", "x", "1"));
		forum.turn();
		expect([self.take(), other.take()]).toEqual(["", message(3, "message", "x", "1")]);
	});
});

describe("what waits", () => {
	test("goes out in one piece, whatever lies between", () => {
		const forum = new Forum();
		const [a, b] = [new Listener(1), new Listener(2)];
		forum.subscribe(a, CHANNEL, "x");
		forum.subscribe(b, CHANNEL, "y");
		for (let i = 0; i < 100; i++) forum.publish(i % 3 === 0 ? "y" : "x", String(i));
		forum.turn();
		expect([a.pushes, b.pushes]).toEqual([1, 1]);
		const numbers = Array.from({ length: 100 }, (_, i) => i);
		const of = (channel: string, some: number[]) => some.map((i) => message(2, "message", channel, String(i))).join("");
		expect(a.take()).toBe(
			of(
				"x",
				numbers.filter((i) => i % 3 !== 0),
			),
		);
		expect(b.take()).toBe(
			of(
				"y",
				numbers.filter((i) => i % 3 === 0),
			),
		);
	});

	test("is sent before the client is answered, and not again", () => {
		const forum = new Forum();
		const [a, b] = [new Listener(1, 3), new Listener(2, 3)];
		for (const listener of [a, b]) forum.subscribe(listener, CHANNEL, "x");
		forum.publish("x", "1");
		a.client.waitingIn!.serve(a.client);
		expect([a.take(), b.take()]).toEqual([message(3, "message", "x", "1"), ""]);
		a.client.waitingIn?.serve(a.client);
		forum.publish("x", "2");
		forum.turn();
		expect(a.take()).toBe(message(3, "message", "x", "2"));
		expect(b.take()).toBe(message(3, "message", "x", "1") + message(3, "message", "x", "2"));
	});

	test("is what was said in the client's protocol, where it has changed that meanwhile", () => {
		const forum = new Forum();
		const [a, b] = [new Listener(1), new Listener(2)];
		for (const listener of [a, b]) forum.subscribe(listener, CHANNEL, "x");
		forum.publish("x", "first");
		a.client.waitingIn!.serve(a.client);
		expect(a.take()).toBe(message(2, "message", "x", "first"));
		a.client.protocol = 3;
		forum.publish("x", "2");
		forum.pubSub.verify();
		forum.turn();
		expect([a.take(), a.pushes]).toEqual([message(3, "message", "x", "2"), 2]);
		expect(b.take()).toBe(message(2, "message", "x", "first") + message(2, "message", "x", "2"));
	});

	test("is copied once for all who are slow", () => {
		const forum = new Forum();
		const copies: Uint8Array[] = [];
		const listeners = Array.from({ length: 50 }, (_, i) => new Listener(i));
		for (const listener of listeners) {
			forum.subscribe(listener, CHANNEL, "x");
			listener.onPush = (shared) => copies.push(shared.kept());
		}
		forum.publish("x", "first");
		forum.turn();
		expect(new Set(copies).size).toBe(1);
		forum.publish("x", "other");
		forum.turn();
		expect(new Set(copies).size).toBe(2);
		expect(copies.map((copy) => Buffer.from(copy).toString("latin1"))).toEqual([
			...Array(50).fill(message(2, "message", "x", "first")),
			...Array(50).fill(message(2, "message", "x", "other")),
		]);
	});

	test("is another for each who is slow, where each has heard others", () => {
		const forum = new Forum();
		const copies: Uint8Array[] = [];
		const listeners = Array.from({ length: 4 }, (_, i) => new Listener(i));
		for (const [i, listener] of listeners.entries()) {
			forum.subscribe(listener, CHANNEL, `${i}`);
			listener.onPush = (shared) => copies.push(shared.kept());
		}
		for (const text of ["a", "b", "c"]) for (let i = 0; i < 4; i++) forum.publish(`${i}`, text);
		forum.turn();
		expect(copies.map((copy) => Buffer.from(copy).toString("latin1"))).toEqual(
			listeners.map((_, i) => ["a", "b", "c"].map((text) => message(2, "message", `${i}`, text)).join("")),
		);
	});

	test("is sent a slice of time at a time, and others have their turn", () => {
		const forum = new Forum();
		const listeners = Array.from({ length: 1000 }, (_, i) => new Listener(i));
		for (const listener of listeners) {
			forum.subscribe(listener, CHANNEL, "x");
			// Every push takes a tenth of a slice.
			listener.onPush = (shared) => {
				forum.time.sleep(0.1);
				listener.received += Buffer.from(shared.kept()).toString("latin1");
			};
		}
		forum.publish("x", "1");
		const served = () => listeners.filter(({ received }) => received !== "").length;
		forum.time.advance(0);
		expect(served()).toBe(32);
		// Those who wait still get both in one piece.
		forum.publish("x", "2");
		forum.pubSub.verify();
		forum.time.advance(10_000);
		expect(served()).toBe(1000);
		for (const listener of listeners) {
			expect(listener.received).toBe(message(2, "message", "x", "1") + message(2, "message", "x", "2"));
		}
		expect(listeners.map(({ pushes }) => pushes)).toEqual([...Array(32).fill(2), ...Array(968).fill(1)]);
	});

	test("never is more than a megabyte and a message", () => {
		const forum = new Forum();
		const listener = new Listener(1);
		forum.subscribe(listener, CHANNEL, "x");
		const text = "t".repeat(100_000);
		for (let i = 0; i < 100; i++) forum.publish("x", text);
		expect(listener.received.length).toBeGreaterThan(98 * 100_000);
		forum.turn();
		expect(listener.received).toBe(message(2, "message", "x", text).repeat(100));
	});
});

describe("a client", () => {
	test("that sends itself too much by one command is closed", () => {
		const forum = new Forum();
		const [self, other] = [new Listener(1, 3), new Listener(2)];
		for (let i = 0; i < 2000; i++) forum.subscribe(self, PATTERN, `*${"?".repeat(i % 1000)}${i < 1000 ? "" : "*"}`);
		forum.subscribe(other, PATTERN, "*x*");
		forum.workplace.executing = self.client;
		const text = "t".repeat(1_000_000);
		forum.publish("x".repeat(2000), text);
		expect(self.isClosed).toBe(true);
		expect(forum.own().length).toBeLessThan(70_000_000);
		forum.turn();
		expect(other.take().length).toBeGreaterThan(1_000_000);
		forum.pubSub.verify();
	});

	test("that is closed while messages are sent receives no more of them, and others do not miss any", () => {
		const forum = new Forum();
		const listeners = Array.from({ length: 100 }, (_, i) => new Listener(i));
		for (const listener of listeners) {
			for (let i = 0; i < 50; i++) forum.subscribe(listener, PATTERN, `*${"*".repeat(i)}`);
			const isSlow = listener.client.id % 2 === 0;
			if (isSlow) listener.onPush = () => listener.close();
		}
		// So much that it has to be sent before the message has met the last pattern.
		forum.publish("x", "t".repeat(100_000));
		forum.turn();
		for (const { client, received, pushes } of listeners) {
			if (client.id % 2 === 0) expect(pushes).toBe(1);
			else expect(received.split("pmessage").length - 1).toBe(50);
		}
		expect(forum.pubSub.counts()).toEqual({ clients: 50, channels: 0, patterns: 50, shardChannels: 0 });
		forum.pubSub.verify();
	});
});

/** What is listened to and received, in lists. */
class Model {
	readonly subscriptions: { id: number; kind: number; name: string }[] = [];
	/** Of each client: messages that it has not seen yet. */
	readonly waiting: string[][] = Array.from({ length: CLIENTS }, () => []);

	subscribe(id: number, kind: number, name: string): void {
		if (!this.has(id, kind, name)) this.subscriptions.push({ id, kind, name });
	}

	has(id: number, kind: number, name: string): boolean {
		return this.subscriptions.some((one) => one.id === id && one.kind === kind && one.name === name);
	}

	remove(goes: (one: { id: number; kind: number; name: string }) => boolean): void {
		this.subscriptions.splice(0, Infinity, ...this.subscriptions.filter((one) => !goes(one)));
	}

	/** Names in the order in which the first subscriber of each came. */
	names(kind: number): string[] {
		return [...new Set(this.subscriptions.filter((one) => one.kind === kind).map(({ name }) => name))];
	}

	publish(channel: string, text: string, isShard: boolean, protocols: readonly number[]): number {
		let count = 0;
		const send = (kind: number, name: string, words: readonly string[]): void => {
			for (const one of this.subscriptions) {
				if (one.kind !== kind || one.name !== name) continue;
				this.waiting[one.id]!.push(message(protocols[one.id]!, ...words));
				count++;
			}
		};
		if (isShard) send(SHARD_CHANNEL, channel, ["smessage", channel, text]);
		else send(CHANNEL, channel, ["message", channel, text]);
		const bytes = toBytes(channel);
		for (const pattern of isShard ? [] : this.orderedPatterns) {
			const glob = toBytes(pattern);
			if (!globMatch(glob, 0, glob.length, bytes, 0, bytes.length, false)) continue;
			send(PATTERN, pattern, ["pmessage", pattern, channel, text]);
		}
		return count;
	}

	/** A pattern keeps its turn while anybody listens to it, though the first may have left. */
	orderedPatterns: string[] = [];

	settlePatterns(): void {
		const names = this.names(PATTERN);
		this.orderedPatterns = this.orderedPatterns.filter((name) => names.includes(name));
		for (const name of names) if (!this.orderedPatterns.includes(name)) this.orderedPatterns.push(name);
	}
}

const CLIENTS = 6;
const NAMES = ["", "a", "b", "ab", "news:1", "news:2", "\x00", "*"];
const PATTERNS = ["*", "a*", "?", "news:[12]", "**", "\x00"];

const id = fc.nat(CLIENTS - 1);
const kind = fc.constantFrom(CHANNEL, PATTERN, SHARD_CHANNEL);
const step = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ do: fc.constant("subscribe" as const), id, kind, name: fc.nat(7) }) },
	{ weight: 4, arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), id, kind, name: fc.nat(7) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("cancelAll" as const), id }) },
	{ weight: 8, arbitrary: fc.record({ do: fc.constant("publish" as const), name: fc.nat(7), text: fc.nat(999) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("publishToShard" as const), name: fc.nat(7), text: fc.nat(9) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("ask" as const), id }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("switch" as const), id }) },
);

test("whatever clients do, each receives what its subscriptions say, in order", () => {
	fc.assert(
		fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
			const forum = new Forum();
			const listeners = Array.from({ length: CLIENTS }, (_, i) => new Listener(i, 2 + (i % 2)));
			const model = new Model();
			const protocols = () => listeners.map(({ client }) => client.protocol);
			const see = (one: number): void => {
				expect(listeners[one]!.take()).toBe(model.waiting[one]!.splice(0, Infinity).join(""));
			};
			for (const one of steps) {
				if (one.do === "subscribe" || one.do === "unsubscribe") {
					const name = one.kind === PATTERN ? PATTERNS[one.name % PATTERNS.length]! : NAMES[one.name]!;
					forum[one.do](listeners[one.id]!, one.kind, name);
					if (one.do === "subscribe") model.subscribe(one.id, one.kind, name);
					else model.remove((other) => other.id === one.id && other.kind === one.kind && other.name === name);
				} else if (one.do === "cancelAll") {
					listeners[one.id]!.client.subscriptions?.cancelAll();
					model.remove((other) => other.id === one.id);
				} else if (one.do === "publish" || one.do === "publishToShard") {
					const isShard = one.do === "publishToShard";
					const [channel, text] = [NAMES[one.name]!, String(one.text)];
					expect(forum[one.do](channel, text)).toBe(model.publish(channel, text, isShard, protocols()));
				} else if (one.do === "turn") {
					forum.turn();
					for (let i = 0; i < CLIENTS; i++) see(i);
				} else {
					// As before every command of a client.
					const { client } = listeners[one.id]!;
					if (client.subscriptions === null) continue;
					client.waitingIn?.serve(client);
					see(one.id);
					if (one.do === "switch") client.protocol = 5 - client.protocol;
				}
				model.settlePatterns();
				forum.pubSub.verify();
				expect(forum.pubSub.counts()).toEqual({
					clients: new Set(model.subscriptions.map((other) => other.id)).size,
					channels: model.names(CHANNEL).length,
					patterns: model.names(PATTERN).length,
					shardChannels: model.names(SHARD_CHANNEL).length,
				});
			}
			forum.turn();
			for (let i = 0; i < CLIENTS; i++) see(i);
		}),
		{ seed: 1, numRuns: 300 },
	);
});
