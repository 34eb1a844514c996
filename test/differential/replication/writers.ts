/**
 * Clients that write to a leader, several at once, each with its own random commands.
 *
 * Invariant: `written` counts commands that were answered; a refusal that no client of a leader should see stops the run.
 */
import { type Address, encodeCommand, type WireConnection } from "../../support/wire.ts";
import type { ServerNode } from "./node.ts";
import { Workload, type WorkloadSettings } from "./workload.ts";

const clients = 3;
/** Commands in one pipeline. */
const depth = 30;
const patience_ms = 60_000;
const unexpected = /^-(READONLY|MASTERDOWN|LOADING|NOREPLICAS|NOAUTH|MISCONF|ERR internal|ERR Internal)/;

export class Writers implements Disposable {
	/** Commands answered so far, refused ones among them. */
	written: number;
	/** Of these, those that were errors: wrong types, mostly. */
	refused: number;
	private readonly connections: readonly WireConnection[];
	private readonly workloads: readonly Workload[];
	private readonly address: Address;

	private constructor(address: Address, connections: readonly WireConnection[], workloads: readonly Workload[]) {
		this.written = 0;
		this.refused = 0;
		this.address = address;
		this.connections = connections;
		this.workloads = workloads;
	}

	static async of(leader: ServerNode, seed: number, settings: WorkloadSettings = {}): Promise<Writers> {
		const numbers = Array.from({ length: clients }, (_, index) => index);
		return new Writers(
			leader.address,
			await Promise.all(numbers.map(() => leader.connect())),
			numbers.map((index) => new Workload(seed * clients + index, settings)),
		);
	}

	/** Writes until so many commands are answered in all, and until `isEnough`. One call at a time. */
	async writeUntil(total: number, isEnough: () => boolean = () => true): Promise<void> {
		await Promise.all(
			this.connections.map(async (connection, index) => {
				while (this.written < total || !isEnough()) await this.writeSome(connection, this.workloads[index]!);
			}),
		);
	}

	[Symbol.dispose](): void {
		for (const connection of this.connections) connection.close();
	}

	private async writeSome(connection: WireConnection, workload: Workload): Promise<void> {
		const commands = workload.next(depth);
		connection.send(Buffer.concat(commands.map((args) => encodeCommand(...args))));
		const replies = await connection.receive(commands.length, patience_ms);
		this.written += replies.length;
		for (const [index, reply] of replies.entries()) {
			if (reply.bytes[0] !== 0x2d) continue;
			this.refused++;
			if (!unexpected.test(reply.text())) continue;
			throw new Error(`${this.address.port} answered ${commands[index]!.join(" ").slice(0, 80)} with ${reply.text()}`);
		}
		if (replies.length < commands.length) {
			const unanswered = commands[replies.length]!.join(" ").slice(0, 200);
			throw new Error(`${this.address.port}: ${connection.condition()} to ${unanswered}`);
		}
	}
}
