/**
 * A world of machines in one virtual time and on one virtual network. Everything in it follows from its seed, and what
 * happens in it is summed up in a trace: two runs with the same trace were the same to the last byte sent.
 */
import { Random } from "../../../src/bytes/random.ts";
import { type LineQuality, VirtualInternet } from "../../support/virtual-internet.ts";
import { VirtualTime } from "../../support/virtual-time.ts";
import { Machine } from "./machine.ts";

export class World {
	readonly random: Random;
	readonly time: VirtualTime;
	readonly internet: VirtualInternet;
	readonly machines: Machine[];
	private readonly startedAt_ms: number;
	private readonly tell: (line: string) => void;
	private traceHash: bigint;

	constructor(seed: number, quality: LineQuality, tell: (line: string) => void = () => {}) {
		this.random = new Random(seed);
		this.time = new VirtualTime();
		this.internet = new VirtualInternet(this.time, this.fork(), quality);
		this.machines = [];
		this.startedAt_ms = this.time.now_ms();
		this.tell = tell;
		this.traceHash = 0n;
		this.internet.watcher = {
			delivered: (from, to, bytes) => this.trace(`${from}>${to} ${Bun.hash(bytes)}`),
			ended: (from, to) => this.trace(`${from}>${to} ends`),
		};
	}

	addMachine(address: string, directives: readonly string[]): Machine {
		const machine = new Machine(this.time, this.internet, this.seed(), address, directives);
		this.machines.push(machine);
		return machine;
	}

	machine(address: string): Machine {
		return this.machines.find((machine) => machine.address === address)!;
	}

	/** Lets time go by. What a server throws where nobody catches it comes out here. */
	advance(by_ms: number): void {
		this.time.advance(by_ms);
	}

	/** Virtual milliseconds since the beginning. */
	elapsed_ms(): number {
		return this.time.now_ms() - this.startedAt_ms;
	}

	/** Says what is being done, for whoever reads along, and puts it in the trace. */
	note(line: string): void {
		this.trace(line);
		this.tell(`${(this.elapsed_ms() / 1000).toFixed(3).padStart(8)} ${line}`);
	}

	trace(event: string): void {
		this.traceHash = Bun.hash(`${this.time.now_ms()} ${event}`, this.traceHash) as bigint;
	}

	/** Of everything that has happened so far. */
	traceOf(): string {
		return BigInt.asUintN(64, this.traceHash).toString(16).padStart(16, "0");
	}

	seed(): number {
		return this.random.below(2 ** 32);
	}

	fork(): Random {
		return new Random(this.seed());
	}
}
