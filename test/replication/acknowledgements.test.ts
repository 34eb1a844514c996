import { expect, test } from "bun:test";
import { Client } from "../../src/dispatch/client.ts";
import { detachedLink } from "../../src/dispatch/detached-link.ts";
import { Acknowledgements } from "../../src/replication/acknowledgements.ts";

test("a position among effects is one in the stream, whatever lies between them", () => {
	const acknowledgements = new Acknowledgements();
	expect(acknowledgements.offsetOf(10, 500)).toBe(0);
	// 100 bytes of effects were for nobody; then 50 bytes, a PING of 14, and 50 more.
	acknowledgements.note(100, 0);
	acknowledgements.note(120, 20);
	acknowledgements.note(150, 64);
	expect(acknowledgements.offsetOf(0, 114)).toBe(0);
	expect([120, 150].map((position) => acknowledgements.offsetOf(position, 114))).toEqual([20, 50]);
	expect([151, 200].map((position) => acknowledgements.offsetOf(position, 114))).toEqual([65, 114]);
	// What is not in the stream cannot be waited for.
	expect(acknowledgements.offsetOf(900, 114)).toBe(114);
});

test("however often something comes between, what is remembered has its bounds, and errs on the safe side", () => {
	const acknowledgements = new Acknowledgements();
	for (let i = 0; i < 10_000; i++) acknowledgements.note(10 * i, 24 * i);
	expect(acknowledgements.offsetOf(10, 240_000)).toBeGreaterThanOrEqual(10);
	expect(acknowledgements.offsetOf(10, 100_000)).toBeLessThanOrEqual(100_000);
	expect(acknowledgements.offsetOf(99_990, 240_000)).toBe(9998 * 24 + 10);
});

test("who waits is woken once, when served, and not in a wait of another time", () => {
	const acknowledgements = new Acknowledgements();
	const woken: string[] = [];
	const [one, other] = ["one", "other"].map((name, id) => {
		const client = new Client(id + 1, detachedLink, 0);
		client.unblock = () => {
			woken.push(name);
			client.unblock = null;
		};
		return client;
	}) as [Client, Client];
	let isServed = false;
	acknowledgements.add(one, () => isServed);
	acknowledgements.add(other, () => isServed);
	acknowledgements.wake();
	expect(woken).toEqual([]);
	other.unblock = () => woken.push("later");
	isServed = true;
	acknowledgements.wake();
	acknowledgements.wake();
	expect(woken).toEqual(["one"]);
});
