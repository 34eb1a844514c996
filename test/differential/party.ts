/**
 * The connections to one server, of which each may be silent for good reasons: it is blocked, has queued, or wants no
 * replies. So nobody can be asked whether that was all; a connection of its own, the witness, is asked instead.
 *
 * Invariant: what `settle` returns is all that the server had to say to anybody about what was sent before. Both servers
 * write replies before they look for further requests, so two answers to the witness are behind all of them.
 */
import { type Address, encodeCommand, toBytes, WireConnection } from "../support/wire.ts";

/** A connection that keeps replies and pushes in the order they come. */
class Ear {
	closed: boolean;
	private socket: Bun.Socket | undefined;
	private chunks: Buffer[];

	constructor() {
		this.closed = false;
		this.socket = undefined;
		this.chunks = [];
	}

	static async at({ host, port }: Address): Promise<Ear> {
		const ear = new Ear();
		const lost = () => {
			ear.closed = true;
		};
		ear.socket = await Bun.connect({
			hostname: host,
			port,
			socket: {
				data: (_socket, chunk) => void ear.chunks.push(Buffer.from(chunk)),
				close: lost,
				end: lost,
				error: lost,
			},
		});
		ear.socket.setNoDelay(true);
		return ear;
	}

	send(text: string): void {
		if (!this.closed) this.socket!.write(toBytes(text));
	}

	/** What came since the last call, as it came. */
	take(): string {
		const text = Buffer.concat(this.chunks).toString("latin1");
		this.chunks = [];
		return this.closed ? `${text}(closed)` : text;
	}

	close(): void {
		this.socket?.end();
	}
}

export class Party {
	readonly address: Address;
	readonly ids: string[];
	private readonly witness: WireConnection;
	private readonly ears: Ear[];

	private constructor(address: Address, witness: WireConnection) {
		this.address = address;
		this.ids = [];
		this.witness = witness;
		this.ears = [];
	}

	/** So many connections to an empty server. */
	static async begin(address: Address, seats: number): Promise<Party> {
		const party = new Party(address, await WireConnection.connect(address));
		await party.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
		await party.ask("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes");
		await party.ask("FLUSHALL");
		await party.ask("CONFIG", "SET", "notify-keyspace-events", "KEA");
		await party.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0");
		for (let seat = 0; seat < seats; seat++) {
			party.ears.push(await Ear.at(address));
			party.ids.push("");
			await party.seated(seat);
		}
		return party;
	}

	/** Learns the id of a connection that is new. */
	private async seated(seat: number): Promise<void> {
		this.ears[seat]!.send("*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n");
		const heard = await this.settle();
		this.ids[seat] = heard[seat]!.slice(1).trim();
	}

	/** On the witness. */
	async ask(...words: string[]): Promise<string> {
		return (await this.witness.command(...words)).text();
	}

	send(seat: number, text: string): void {
		this.ears[seat]!.send(text.replace(/\$\d+\r\n\{id (\d)\}/g, (_, of) => bulk(this.ids[Number(of)]!)));
	}

	/** What each connection has heard since the last call. */
	async settle(): Promise<string[]> {
		for (let i = 0; i < 2; i++) {
			this.witness.send(encodeCommand("PING"));
			const [frame] = await this.witness.receive(1);
			if (frame?.text() !== "+PONG\r\n") throw new Error(`the witness is gone: ${this.witness.condition()}`);
		}
		// What has arrived here is read in this turn of the loop.
		await new Promise<void>((resolve) => void setTimeout(resolve, 0));
		return this.ears.map((ear) => ear.take());
	}

	/** New connections take the places of those that were closed. */
	async replaceClosed(): Promise<void> {
		for (const [seat, ear] of this.ears.entries()) {
			if (!ear.closed) continue;
			this.ears[seat] = await Ear.at(this.address);
			await this.seated(seat);
		}
	}

	async end(): Promise<void> {
		for (const ear of this.ears) ear.close();
		await this.ask("DEBUG", "SET-ACTIVE-EXPIRE", "1");
		await this.ask("CONFIG", "SET", "notify-keyspace-events", "");
		await this.ask("FLUSHALL");
		this.witness.close();
	}
}

const bulk = (text: string): string => `$${text.length}\r\n${text}`;
