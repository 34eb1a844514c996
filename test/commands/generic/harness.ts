import { waitCommands } from "../../../src/commands/generic/wait.ts";
import { genericCommands } from "../../../src/commands/generic.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import type { BlockRequest } from "../../../src/dispatch/blocking.ts";
import type { Call } from "../../../src/dispatch/call.ts";
import { TestEngine } from "../../support/engine.ts";

export const OK = "+OK\r\n";
export const NULL = "$-1\r\n";
export const ONE = ":1\r\n";
export const ZERO = ":0\r\n";
export const WRONG_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const SYNTAX = "-ERR syntax error\r\n";

/** Longer than the slab takes, so behind a handle. */
export const LONG = "x".repeat(10_000);

export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

export function wrongArity(name: string): string {
	return `-ERR wrong number of arguments for '${name}' command\r\n`;
}

/** An engine with the generic and the string commands, and what the tests of the generic group ask of it. */
export class GenericEngine extends TestEngine {
	/** What services say. */
	readonly services: { isLfu: boolean; sharesIntegers: boolean };
	/** Delays that WAIT asked for. */
	readonly delays: number[];
	private events: string[];

	constructor(databases = 16) {
		const services = { isLfu: false, sharesIntegers: true };
		super(
			[
				...stringCommands({ stringBytesMax: () => 512 << 20 }),
				...genericCommands({
					isLfuPolicy: () => services.isLfu,
					sharesIntegers: () => services.sharesIntegers,
					compressesSnapshots: () => true,
				}),
				...waitCommands({
					persistence: { appendOnly: { isOn: () => false, isSynced: () => false, wakeWhen() {} } },
					replication: {
						isReplica: () => false,
						leader: { replicasWith: () => 0, replicasWithOnDisk: () => 0, wakeWhen() {} },
					},
				}),
			],
			databases,
		);
		this.services = services;
		this.delays = [];
		this.events = [];
		this.keyspace.changes.listen({
			keyChanged: (database, key, start, length, _eventClass, event) => {
				const name = Buffer.from(key.subarray(start, start + length)).toString("latin1");
				this.events.push(`${database}:${name}:${event}`);
			},
			databaseChanged() {},
		});
	}

	override block(call: Call, request: BlockRequest): void {
		this.delays.push(request.timeout_ms);
		super.block(call, request);
	}

	/** What a command announces, behind by how much it raises the count of changes. */
	effectsOf(...words: (string | number)[]): [dirty: number, ...events: string[]] {
		this.events = [];
		const before = this.keyspace.changes.dirty;
		this.run(...words);
		return [this.keyspace.changes.dirty - before, ...this.events];
	}

	/** Hits and misses that a command counts. */
	lookups(...words: (string | number)[]): [hits: number, misses: number] {
		const { hits, misses } = this.keyspace;
		this.run(...words);
		return [this.keyspace.hits - hits, this.keyspace.misses - misses];
	}

	/** Makes a key whose time is over but which nobody has met yet. */
	setExpired(key: string): void {
		this.run("SET", key, "gone", "PX", 10);
		this.advance(11);
	}

	/** As SELECT. */
	select(database: number): void {
		this.client.database = database;
	}

	keyCount(database = 0): number {
		return this.keyspace.databases[database]!.table.count;
	}
}
