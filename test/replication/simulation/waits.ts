/** A client that writes, waits for replicas, and then looks whether they have what they said they have. */
import type { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { contentOf } from "./content.ts";
import { LoadClient, type Session } from "./load.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

const WAIT_MS = 300;

export class WaitingClient extends LoadClient {
	/** Writes that replicas have confirmed. */
	confirmed: number;
	readonly problems: string[];
	/** Keys whose writing was answered, whether or not WAIT confirmed it. */
	readonly answeredKeys: string[];
	private written: number;

	constructor(world: World, address: string, leader: () => string) {
		super(world, address, leader, () => []);
		this.confirmed = 0;
		this.problems = [];
		this.answeredKeys = [];
		this.written = 0;
	}

	/** A key that nobody else knows; in scenarios with this client nobody empties databases. */
	protected override speak(session: Session): void {
		const key = `wait:${++this.written}`;
		const others = this.world.machines.filter(({ address }) => address !== session.address);
		const livesBefore = others.map(lifeOf);
		session.send(["SET", key, "written"], ({ text }) => {
			if (text === "OK") this.answeredKeys.push(key);
		});
		session.send(["WAIT", "1", String(WAIT_MS)], (reply) => {
			if (reply.kind !== "integer" || Number(reply.text) === 0) return;
			this.confirmed++;
			const left = others.filter((machine, index) => lifeOf(machine) === livesBefore[index]);
			const gone = others.length - left.length;
			const having = left.filter((machine) => has(machine.server()?.keyspace, key)).length;
			if (having + gone >= Number(reply.text)) return;
			this.problems.push(
				`${key}: WAIT told of ${reply.text} replicas of ${session.address}; ${having} have it, ${gone} were lost meanwhile`,
			);
		});
	}
}

/** How many of the writes that were answered a server does not have. */
export function lostOn(machine: Machine, clients: readonly WaitingClient[]): number {
	const keyspace = machine.server()?.keyspace;
	const content = keyspace === undefined ? new Map<string, string>() : contentOf(keyspace);
	return clients.flatMap(({ answeredKeys }) => answeredKeys).filter((key) => !content.has(`0 ${key}`)).length;
}

/** Changes with whatever makes a replica lose data it may have had. */
function lifeOf(machine: Machine): string {
	const server = machine.server();
	return `${machine.starts} ${server?.replication.history.id} ${server?.replication.follower.master?.host}`;
}

function has(keyspace: Keyspace | undefined, key: string): boolean {
	return keyspace !== undefined && contentOf(keyspace).has(`0 ${key}`);
}
