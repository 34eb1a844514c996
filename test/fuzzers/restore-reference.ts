/**
 * Corrupted payloads to RESTORE, here and in a genuine redis-server that looks at every byte: what is accepted here is
 * accepted there, and is the same value. The other way round there are differences: bytes behind the value are refused
 * here, and not looked at there.
 */
import { assert } from "../../src/bytes/assert.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { WireConnection } from "../support/wire.ts";
import { corrupted, sealed } from "./payloads.ts";
import { PayloadTarget } from "./restore.ts";

/** Of RDB version 10, which Redis 7.0 has. */
const TYPE_MAX = 19;
const VERSION = 10;

export const restoreReference: Fuzzer = {
	name: "restore-reference",
	purpose: "corrupted DUMP payloads to RESTORE: what is accepted is what a redis-server makes of it",
	smokeRounds: 1000,
	missing: () => (hasRedisServer() ? undefined : missingRedisServer),
	async run(random, rounds) {
		const ours = new PayloadTarget();
		await using reference = new Reference();
		for (let round = 0; round < rounds; round++) {
			const value = corrupted(ours.values[random.below(ours.values.length)]!, ours.values, random);
			if (value.length === 0 || value[0]! > TYPE_MAX) continue;
			const payload = Buffer.from(sealed(value, VERSION)).toString("latin1");
			const theirs = await reference.restore(payload);
			if (ours.ask("RESTORE", "key", "0", payload).kind !== "error") {
				const here = ours.ask("DEBUG", "DIGEST-VALUE", "key").items[0]!.text;
				const what = `round ${round}, ${Buffer.from(value).toString("hex")}: ${here} here, ${theirs} there`;
				assert(here === theirs, what);
			}
			ours.ask("DEL", "key");
		}
	},
};

/** A redis-server that is replaced by another where a payload was too much for it. */
class Reference implements AsyncDisposable {
	private server: RedisServer | null = null;
	private connection: WireConnection | null = null;

	/** The digest of the value; "refused", or "no answer". */
	async restore(payload: string): Promise<string> {
		try {
			const connection = await this.connected();
			const reply = (await connection.command("RESTORE", "key", "0", payload)).text();
			if (reply !== "+OK\r\n") return "refused";
			const digest = (await connection.command("DEBUG", "DIGEST-VALUE", "key")).tree().items[0]!.text;
			await connection.command("DEL", "key");
			return digest;
		} catch {
			await this[Symbol.asyncDispose]();
			return "no answer";
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.connection?.close();
		this.connection = null;
		await this.server?.stop();
		this.server = null;
	}

	private async connected(): Promise<WireConnection> {
		this.server ??= await RedisServer.start(["--sanitize-dump-payload", "yes"]);
		this.connection ??= await WireConnection.connect(this.server);
		return this.connection;
	}
}
