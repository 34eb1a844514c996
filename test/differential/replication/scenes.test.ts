/** Some scenes of replication, short, each with a genuine server in it; `scenes.ts` plays all of them at length. */
import { describe, expect, test } from "bun:test";
import type { ServerMaker } from "../../support/data-server.ts";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { scenes } from "./scenes/index.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`scenes of replication skipped: ${missing}`);

const program: readonly (readonly [scene: string, leader: ServerMaker, replica: ServerMaker])[] = [
	["cut-in-copy", "redis-lite", "redis-server"],
	["promotion", "redis-server", "redis-lite"],
	["wait", "redis-lite", "redis-server"],
	["expiry", "redis-server", "redis-lite"],
	["refusals", "redis-server", "redis-lite"],
	["words", "redis-lite", "redis-lite"],
];

describe.skipIf(missing !== undefined)("scenes", () => {
	test.each(program)(
		"%s: %s -> %s",
		async (name, leader, replica) => {
			const scene = scenes.find((one) => one.name === name)!;
			expect(await scene.play({ leader, replica, isShort: true, seed: 1 })).toEqual([]);
		},
		60_000,
	);
});
