/**
 * The same proof with the program itself, its threads and sockets: several connections write, and one holds them back for
 * the moment in which it asks for the digest and a BGSAVE. When that is over the writing stops, the file is loaded, and its
 * digest must be the one of that moment.
 *
 * With an append-only file it is rewritten while they write; then what it makes anew, in ours and in a genuine
 * redis-server where there is one, must be what there is when the writing has stopped.
 */
import { cpSync } from "node:fs";
import { DataServer, type ServerMaker } from "../../support/data-server.ts";
import type { Command } from "../../support/every-type.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { hasRedisServer } from "../../support/redis-server.ts";
import { differences } from "../../support/same-data.ts";
import { commandText, toBytes, WireConnection } from "../../support/wire.ts";
import type { ExactnessOptions, ExactnessResult } from "./exactness.ts";
import { flushAll, foundation, Writes } from "./writes.ts";

const databases = ["0", "0", "1"];
const stepsAtATime = 30;
const batchOfFoundation = 200;
const flushEvery = 8;

export async function proveLive({ seed, rounds, scale }: ExactnessOptions): Promise<ExactnessResult> {
	using folder = new TemporaryDirectory();
	await using server = await DataServer.start("redis-lite", folder.path, ["--proto-max-bulk-len", "64mb"]);
	const writes = new Writes(seed, scale);
	let keys = 0;
	let commands = 0;
	for (let round = 0; round < rounds; round++) {
		if (round % flushEvery === 0) await begin(server, [...foundation(scale)]);
		const writers = await Promise.all(databases.map((database) => Writer.start(server, writes, database)));
		await Promise.all(writers.map((writer) => writer.hasBegun));
		// A digest takes longer than a client's slice of time: without the pause others might write behind it.
		const [, digest] = await server.pipeline([
			["CLIENT", "PAUSE", "60000", "WRITE"],
			["DEBUG", "DIGEST"],
			["BGSAVE"],
			["CLIENT", "UNPAUSE"],
		]);
		await server.until("rdb_bgsave_in_progress", "0");
		for (const writer of writers) commands += await writer.stop();
		if ((await server.info("rdb_last_bgsave_status")) !== "ok") throw new Error(`round ${round}: the BGSAVE failed`);
		await server.command("DEBUG", "RELOAD", "NOSAVE");
		const loaded = await server.digest();
		const expected = digest!.tree().text;
		if (loaded !== expected) throw new Error(`seed ${seed}, round ${round}: ${expected} became ${loaded}`);
		keys += Number((await server.command("DBSIZE")).tree().text);
	}
	return { rounds, commands, keys, pieces: 0 };
}

export async function proveAppending({ seed, rounds, scale }: ExactnessOptions): Promise<ExactnessResult> {
	using folder = new TemporaryDirectory();
	const directives = ["--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"];
	await using server = await DataServer.start("redis-lite", folder.path, directives);
	const writes = new Writes(seed, { ...scale, isPortable: true });
	const makers: readonly ServerMaker[] = hasRedisServer() ? ["redis-lite", "redis-server"] : ["redis-lite"];
	let keys = 0;
	let commands = 0;
	for (let round = 0; round < rounds; round++) {
		if (round % flushEvery === 0) await begin(server, [...foundation(scale)]);
		const writers = await Promise.all(databases.map((database) => Writer.start(server, writes, database)));
		await Promise.all(writers.map((writer) => writer.hasBegun));
		// One round in three is of changes alone.
		if (round % 3 > 0) await server.rewriteAppendOnlyFile();
		for (const writer of writers) commands += await writer.stop();
		for (const maker of makers) {
			using copy = new TemporaryDirectory();
			cpSync(folder.path, copy.path, { recursive: true });
			await using loaded = await DataServer.start(maker, copy.path, directives);
			const found = await differences(server, loaded, "content");
			if (found.length > 0) throw new Error(`seed ${seed}, round ${round}, ${maker}: ${found.join("\n")}`);
		}
		keys += Number((await server.command("DBSIZE")).tree().text);
	}
	return { rounds, commands, keys, pieces: 0 };
}

async function begin(server: DataServer, commands: readonly Command[]): Promise<void> {
	await server.command(...flushAll);
	for (let from = 0; from < commands.length; from += batchOfFoundation) {
		await server.pipeline(commands.slice(from, from + batchOfFoundation));
	}
}

/** A connection that always has commands under way. */
class Writer {
	readonly hasBegun: Promise<void>;
	private readonly running: Promise<void>;
	private isStopping: boolean;
	private count: number;

	private constructor(connection: WireConnection, writes: Writes) {
		this.isStopping = false;
		this.count = 0;
		const { promise, resolve } = Promise.withResolvers<void>();
		this.hasBegun = promise;
		this.running = this.run(connection, writes, resolve);
	}

	static async start(server: DataServer, writes: Writes, database: string): Promise<Writer> {
		const connection = await WireConnection.connect(server.address);
		await connection.command("SELECT", database);
		return new Writer(connection, writes);
	}

	/** Returns how many commands it sent. */
	async stop(): Promise<number> {
		this.isStopping = true;
		await this.running;
		return this.count;
	}

	private async run(connection: WireConnection, writes: Writes, hasBegun: () => void): Promise<void> {
		while (!this.isStopping) {
			const commands = Array.from({ length: stepsAtATime }, () => writes.next()).flat();
			connection.send(toBytes(commands.map(commandText).join("")));
			const frames = await connection.receive(commands.length);
			if (frames.length < commands.length) throw new Error(`a writer got ${connection.condition()}`);
			this.count += commands.length;
			hasBegun();
		}
		connection.close();
	}
}
