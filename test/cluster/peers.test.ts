/** Connections to other servers: lines that come in pieces, requests that leave in pieces, and who keeps what how long. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Connection } from "../../src/adapters/network.ts";
import type { Peer, PeerListener } from "../../src/cluster/peer.ts";
import { Peers } from "../../src/cluster/peers.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

/** What a listener heard. */
class Heard implements PeerListener {
	readonly lines: string[] = [];
	progress = 0;
	isBroken = false;
	replied(line: string): void {
		this.lines.push(line);
	}
	progressed(): void {
		this.progress++;
	}
	broken(): void {
		this.isBroken = true;
	}
}

let machine: VirtualMachine;
let peers: Peers;
let accepted: Connection[];
let received: string;

function connect(port = 7000): Peer {
	let made: Peer | null = null;
	peers.connect(
		"127.0.0.1",
		port,
		(peer) => {
			made = peer;
			return true;
		},
		() => {},
	);
	machine.network.settle();
	return made!;
}

function answer(text: string): void {
	const bytes = new Uint8Array(Buffer.from(text));
	accepted.at(-1)!.write(bytes, 0, bytes.length);
	machine.network.settle();
}

beforeEach(() => {
	machine = new VirtualMachine();
	peers = new Peers(machine.network, machine.time);
	accepted = [];
	received = "";
	machine.network.listenTcp("127.0.0.1", 7000, 0, (connection) => {
		accepted.push(connection);
		return { receive: (chunk) => void (received += Buffer.from(chunk).toString()), drained() {}, closed() {} };
	});
});

describe("a peer", () => {
	test("sends what it is given, in order, however little the network takes", () => {
		machine.network.faults = { ...machine.network.faults, writeBytesMax: 3 };
		const peer = connect();
		const heard = new Heard();
		peer.listener = heard;
		for (const text of ["hello ", "world, ", "this is all"]) peer.send(new Uint8Array(Buffer.from(text)));
		machine.time.advance(100);
		expect(received).toBe("hello world, this is all");
		expect(peer.isSending()).toBe(false);
		expect(heard.progress).toBeGreaterThan(3);
	});

	test("hears lines, whatever pieces they come in", () => {
		for (const chunkBytesMax of [1, 2, 5, Number.POSITIVE_INFINITY]) {
			const peer = connect();
			const heard = new Heard();
			peer.listener = heard;
			for (const piece of "+OK\r\n-ERR no\r\n:1\n".match(new RegExp(`[^]{1,${Math.min(chunkBytesMax, 99)}}`, "g"))!)
				answer(piece);
			expect(heard.lines).toEqual(["+OK", "-ERR no", ":1"]);
		}
	});

	test("is broken by a line without end, by its end, and by an answer nobody asked for", () => {
		const endless = new Heard();
		connect().listener = endless;
		answer("x".repeat(70_000));
		machine.network.settle();
		expect(endless.isBroken).toBe(true);
		const ended = new Heard();
		connect().listener = ended;
		accepted.at(-1)!.end();
		machine.network.settle();
		expect(ended.isBroken).toBe(true);
		const idle = connect();
		answer("+OK\r\n");
		expect(idle.isOpen).toBe(false);
	});
});

describe("peers", () => {
	test("are kept for ten seconds, and given out again to one user at a time", () => {
		const peer = connect();
		expect(peers.reuse("127.0.0.1", 7000)).toBe(null);
		peers.release(peer);
		expect(peers.reuse("127.0.0.1", 7001)).toBe(null);
		expect(peers.reuse("127.0.0.1", 7000)).toBe(peer);
		expect(peers.reuse("127.0.0.1", 7000)).toBe(null);
		peers.release(peer);
		machine.time.advance(9999);
		expect(peer.isOpen).toBe(true);
		machine.time.advance(1);
		expect([peer.isOpen, peers.count()]).toEqual([false, 0]);
	});

	test("that were closed over there are not given out", () => {
		const peer = connect();
		peers.release(peer);
		accepted.at(-1)!.end();
		machine.network.settle();
		expect(peers.reuse("127.0.0.1", 7000)).toBe(null);
		expect(peers.count()).toBe(0);
	});

	test("are 64 at most while nobody uses them", () => {
		const all = Array.from({ length: 70 }, () => connect());
		for (const peer of all) peers.release(peer);
		expect(peers.count()).toBe(64);
		expect(all.map((peer) => peer.isOpen).indexOf(true)).toBe(6);
	});

	test("that nobody wants any more when they are there are closed", () => {
		peers.connect(
			"127.0.0.1",
			7000,
			() => false,
			() => {},
		);
		machine.network.settle();
		expect(peers.count()).toBe(0);
	});

	test("end with a word to those who use them, and none is made afterwards", () => {
		const [idle, busy] = [connect(), connect()];
		const heard = new Heard();
		busy.listener = heard;
		peers.release(idle);
		peers.stop();
		expect([idle.isOpen, busy.isOpen, heard.isBroken, peers.count()]).toEqual([false, false, true, 0]);
		let refused: boolean | null = null;
		peers.connect(
			"127.0.0.1",
			7000,
			() => true,
			(isRefused) => {
				refused = isRefused;
			},
		);
		expect(refused as boolean | null).toBe(false);
		expect(machine.time.pendingCount()).toBe(0);
	});
});
