/** A master that says what a test wants it to say, byte for byte, and a server that follows it, in virtual time. */
import type { Connection } from "../../src/adapters/network.ts";
import type { Server } from "../../src/server/server.ts";
import { encodeCommand } from "../support/engine.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import { noFaults } from "../support/virtual-network.ts";

export const MASTER_PORT = 7000;
export const ID = "a".repeat(40);
export const OTHER_ID = "b".repeat(40);

export class ScriptedMaster {
	/** What the replica has said on the newest connection, one character a byte. */
	heard: string;
	connections: number;
	isClosed: boolean;
	/** What it answers by itself: the first words of a request, and the reply. */
	readonly answers: Map<string, string>;
	private connection: Connection | null;

	constructor({ network }: VirtualMachine) {
		this.heard = "";
		this.connections = 0;
		this.isClosed = false;
		this.answers = new Map([
			["PING", "+PONG\r\n"],
			["REPLCONF listening-port", "+OK\r\n"],
			["REPLCONF ip-address", "+OK\r\n"],
			["REPLCONF capa", "+OK\r\n"],
			["REPLCONF version", "+OK\r\n"],
		]);
		this.connection = null;
		network.listenTcp("0.0.0.0", MASTER_PORT, 0, (connection) => {
			this.connection = connection;
			this.heard = "";
			this.connections++;
			this.isClosed = false;
			let answered = 0;
			return {
				receive: (chunk) => {
					this.heard += Buffer.from(chunk).toString("latin1");
					const requests = this.requests();
					for (; answered < requests.length; answered++) this.answer(requests[answered]!);
				},
				drained() {},
				closed: () => {
					if (this.connection === connection) this.isClosed = true;
				},
			};
		});
	}

	private answer(request: string): void {
		for (const [start, reply] of this.answers) if (request.startsWith(start)) this.say(reply);
	}

	/** Complete requests heard on this connection, each as its words with blanks between. */
	requests(): string[] {
		const found: string[] = [];
		let rest = this.heard.replace(/^\n+/, "");
		for (;;) {
			const head = /^\*(\d+)\r\n/.exec(rest);
			if (head === null) return found;
			let at = head[0].length;
			const words: string[] = [];
			for (let i = 0; i < Number(head[1]); i++) {
				const bulk = /^\$(\d+)\r\n/.exec(rest.slice(at));
				if (bulk === null) return found;
				at += bulk[0].length;
				words.push(rest.slice(at, at + Number(bulk[1])));
				at += Number(bulk[1]) + 2;
			}
			if (at > rest.length) return found;
			found.push(words.join(" "));
			rest = rest.slice(at).replace(/^\n+/, "");
		}
	}

	newest(): string {
		return this.requests().at(-1) ?? "";
	}

	say(text: string | Uint8Array): void {
		const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
		this.connection!.write(bytes, 0, bytes.length);
	}

	cut(): void {
		this.connection!.terminate();
	}
}

export interface Group {
	readonly machine: VirtualMachine;
	readonly master: ScriptedMaster;
	readonly server: Server;
}

/** A replica that has just found its master. */
export function replicaOf(directives = "", seed = 1): Group {
	const machine = new VirtualMachine(seed, noFaults);
	const master = new ScriptedMaster(machine);
	const server = machine.start(`replicaof 127.0.0.1 ${MASTER_PORT}\n${directives}`);
	machine.time.advance(200);
	return { machine, master, server };
}

/** A file of some keys of all kinds; `position` are auxiliary fields, if any. */
export function dataFile(commands: readonly (readonly string[])[] = sampleData): Uint8Array {
	const machine = new VirtualMachine();
	machine.start("list-max-listpack-size 4\nset-max-intset-entries 2\nhash-max-listpack-entries 4");
	const client = machine.network.connect(6379);
	for (const command of commands) client.run(...command);
	client.run("SAVE");
	return machine.files.contents("dump.rdb")!;
}

export const sampleData: readonly (readonly string[])[] = [
	["SET", "string", "value"],
	["SET", "until", "x", "PXAT", "1900000000000"],
	["SET", "over", "x", "PXAT", "1700000000001"],
	["SET", "long", "abc".repeat(700)],
	["RPUSH", "list", ..."abcdefghijklmnop"],
	["SADD", "set", "1", "2", "3", "four"],
	["HSET", "hash", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5"],
	["ZADD", "sorted", "1", "one", "2.5", "two"],
	["XADD", "stream", "1-1", "field", "value"],
	["XGROUP", "CREATE", "stream", "group", "0"],
	["SELECT", "3"],
	["SET", "elsewhere", "y"],
];

export function withLength(file: Uint8Array): Buffer {
	return Buffer.concat([Buffer.from(`$${file.length}\r\n`), file]);
}

const MARK = "0123456789abcdef0123456789abcdef01234567";

export function withMark(file: Uint8Array): Buffer {
	return Buffer.concat([Buffer.from(`$EOF:${MARK}\r\n`), file, Buffer.from(MARK)]);
}

export function command(...words: string[]): string {
	return Buffer.from(encodeCommand(...words)).toString("latin1");
}

export function logOf({ machine }: Group): string {
	return machine.host.printed.join("\n");
}

/** All data of a server, as DEBUG DIGEST has it. */
export function digest(machine: VirtualMachine): string {
	return machine.network.connect(6379).run("DEBUG", "DIGEST");
}

/** Takes the replica through a full copy. */
export function copyTo({ machine, master }: Group, frame: Uint8Array, offset = 100, id = ID): void {
	master.say(`+FULLRESYNC ${id} ${offset}\r\n`);
	master.say(frame);
	machine.time.advance(100);
}
