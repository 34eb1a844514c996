/** Data as the base of an append-only file made of commands: how to make one, and what it says. */
import { expect } from "bun:test";
import { bitmapCommands } from "../../src/commands/bitmap.ts";
import { connectionCommands } from "../../src/commands/connection.ts";
import { genericCommands } from "../../src/commands/generic.ts";
import { geoCommands } from "../../src/commands/geo.ts";
import { hashCommands } from "../../src/commands/hash.ts";
import { hyperloglogCommands } from "../../src/commands/hyperloglog.ts";
import { listCommands } from "../../src/commands/list.ts";
import { setCommands } from "../../src/commands/set.ts";
import { sortedSetCommands } from "../../src/commands/sorted-set.ts";
import { streamCommands } from "../../src/commands/stream.ts";
import { stringCommands } from "../../src/commands/string.ts";
import { ClientRegistry } from "../../src/introspection/clients.ts";
import { KeyspaceSnapshot } from "../../src/keyspace/keyspace-snapshot.ts";
import { CommandFile } from "../../src/persistence/aof/base-commands.ts";
import type { SnapshotContents } from "../../src/persistence/snapshot/format.ts";
import { DefaultUserAlone } from "./default-user-alone.ts";
import type { Command } from "./every-type.ts";
import { ServerFixture } from "./server-fixture.ts";

const services = {
	isLfuPolicy: () => false,
	sharesIntegers: () => true,
	compressesSnapshots: () => true,
	stringBytesMax: () => 512 << 20,
	clients: new ClientRegistry(),
	authenticator: new DefaultUserAlone(""),
	mode: () => "standalone",
	role: () => "master",
	executor: { transactions: { end() {} } },
	tracking: { enable() {} },
};

/** A server's commands without a server, after these. */
export function fixtureOf(commands: readonly Command[]): ServerFixture {
	const fixture = new ServerFixture([
		...stringCommands(services),
		...bitmapCommands(services),
		...hyperloglogCommands,
		...listCommands,
		...hashCommands,
		...setCommands,
		...sortedSetCommands,
		...geoCommands,
		...streamCommands,
		...genericCommands(services),
		...connectionCommands(services),
	]);
	for (const command of commands) {
		const reply = fixture.engine.run(...command);
		if (reply.startsWith("-")) throw new Error(`${command.slice(0, 5).join(" ").slice(0, 100)}: ${reply}`);
	}
	return fixture;
}

export const noContents: SnapshotContents = {
	auxiliary: [],
	libraries: [],
	databases: [],
	hasFieldDeadlines: false,
	compresses: true,
	hasChecksum: true,
	access: "none",
	accessClock: 0,
	minutes: 0,
	decay_minutes: 0,
};

/**
 * The base of all that the fixture holds. With `meanwhile` it is made while the fixture changes, which that does: called
 * before the first piece and after each.
 */
export function baseOf(fixture: ServerFixture, contents = noContents, meanwhile: (() => void) | null = null): Buffer {
	const written: Buffer[] = [];
	const file = new CommandFile({ write: (bytes, from, to) => void written.push(Buffer.from(bytes.slice(from, to))) });
	const snapshot = new KeyspaceSnapshot(fixture.keyspace, (bytes) => new Uint8Array(bytes), meanwhile !== null);
	file.begin(contents);
	do meanwhile?.();
	while (snapshot.advance(file));
	snapshot.end();
	file.end();
	return Buffer.concat(written);
}

/** The words of each command, and that there is nothing else. */
export function commandsOf(base: Buffer): Command[] {
	const commands: Command[] = [];
	let at = 0;
	const number = (mark: string): number => {
		expect(String.fromCharCode(base[at]!)).toBe(mark);
		const end = base.indexOf("\r\n", at);
		const value = Number(base.toString("latin1", at + 1, end));
		at = end + 2;
		return value;
	};
	while (at < base.length) {
		const words: string[] = [];
		for (let left = number("*"); left > 0; left--) {
			const length = number("$");
			words.push(base.toString("latin1", at, at + length));
			at += length + 2;
		}
		commands.push(words);
	}
	return commands;
}
