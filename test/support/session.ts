import type { VirtualMachine } from "./virtual-machine.ts";
import type { VirtualClient } from "./virtual-network.ts";

/** A client of a virtual server whose commands may let time go by, such as DEBUG SLEEP. */
export class Session {
	readonly client: VirtualClient;
	private readonly machine: VirtualMachine;

	constructor(machine: VirtualMachine) {
		this.machine = machine;
		this.client = machine.network.connect(6379);
	}

	/** Sends a command and returns what has arrived when all is quiet. */
	run(...words: string[]): string {
		this.client.send(...words);
		return this.take();
	}

	pipeline(text: string): string {
		this.client.sendText(text);
		return this.take();
	}

	/** Twice, because what time has gone by for comes after it. */
	take(): string {
		this.machine.network.settle();
		this.machine.network.settle();
		return this.client.take();
	}
}
