/** WAIT and WAITAOF: until replicas, or the disks of some, have what the client has changed. */
import { isInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import type { Client } from "../../dispatch/client.ts";
import { type CommandRow, NOSCRIPT } from "../../dispatch/command.ts";
import { integer } from "../../dispatch/grammar.ts";
import {
	LOCAL_SYNCS_OUT_OF_RANGE,
	MUST_BE_POSITIVE,
	NOT_AN_INTEGER,
	TIMEOUT_NEGATIVE,
	TIMEOUT_NOT_AN_INTEGER,
	WAIT_ON_REPLICA,
	WAITAOF_ON_REPLICA,
	WAITAOF_WITHOUT_FILE,
} from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";

/** Replicas and the append-only file, as far as waiting for them goes. They are read when a command runs. */
export interface WaitServices {
	readonly persistence: {
		readonly appendOnly: {
			isOn(): boolean;
			/** Whether all that a client has changed is on the disk. */
			isSynced(client: Client): boolean;
			/** Ends the wait of a blocked client when more is on the disk and `isServed` says so. */
			wakeWhen(client: Client, isServed: () => boolean): void;
		};
	};
	readonly replication: {
		isReplica(): boolean;
		readonly leader: {
			/** How many replicas have all that a client has changed; how many have it on disk. */
			replicasWith(client: Client): number;
			replicasWithOnDisk(client: Client): number;
			/** Ends the wait of a blocked client when replicas say that they have more and `isServed` says so. */
			wakeWhen(client: Client, isServed: () => boolean): void;
		};
	};
}

/** There is no key to wait for. */
const NO_TYPE = -1;

function wait({ replication }: WaitServices, call: Call): void {
	const { reply, client } = call;
	const { leader } = replication;
	if (replication.isReplica()) return reply.error(WAIT_ON_REPLICA);
	if (!isInteger(call, 1)) return reply.error(NOT_AN_INTEGER);
	const timeout_ms = timeoutFrom(call, 2);
	if (Number.isNaN(timeout_ms)) return;
	const wanted = Number(call.latin1(1));
	const isServed = () => leader.replicasWith(client) >= wanted;
	if (isServed()) return reply.integer(leader.replicasWith(client));
	block(call, timeout_ms, (writer) => writer.integer(leader.replicasWith(client)));
	if (!call.isInner) leader.wakeWhen(client, isServed);
}

function waitaof({ persistence, replication }: WaitServices, call: Call): void {
	const { reply, client } = call;
	const { appendOnly } = persistence;
	const { leader } = replication;
	if (!isInteger(call, 1)) return reply.error(NOT_AN_INTEGER);
	const local = Number(call.latin1(1));
	if (local < 0 || local > 1) return reply.error(LOCAL_SYNCS_OUT_OF_RANGE);
	if (!isInteger(call, 2)) return reply.error(NOT_AN_INTEGER);
	const replicas = Number(call.latin1(2));
	if (replicas < 0) return reply.error(MUST_BE_POSITIVE);
	const timeout_ms = timeoutFrom(call, 3);
	if (Number.isNaN(timeout_ms)) return;
	if (replication.isReplica()) return reply.error(WAITAOF_ON_REPLICA);
	if (local > 0 && !appendOnly.isOn()) return reply.error(WAITAOF_WITHOUT_FILE);
	const isServed = () =>
		(local === 0 || appendOnly.isSynced(client)) && (replicas === 0 || leader.replicasWithOnDisk(client) >= replicas);
	const tell = (writer: ReplyWriter) => {
		writer.array(2);
		writer.integer(appendOnly.isSynced(client) ? 1 : 0);
		writer.integer(leader.replicasWithOnDisk(client));
	};
	if (isServed()) return tell(reply);
	block(call, timeout_ms, tell);
	if (call.isInner) return;
	if (local > 0) appendOnly.wakeWhen(client, isServed);
	if (replicas > 0) leader.wakeWhen(client, isServed);
}

/** Replies an error, and returns NaN, where it is none. */
function timeoutFrom(call: Call, argument: number): number {
	if (!isInteger(call, argument)) {
		call.reply.error(TIMEOUT_NOT_AN_INTEGER);
		return Number.NaN;
	}
	const timeout_ms = Number(call.latin1(argument));
	if (timeout_ms >= 0) return timeout_ms;
	call.reply.error(TIMEOUT_NEGATIVE);
	return Number.NaN;
}

function block(call: Call, timeout_ms: number, timedOut: (reply: ReplyWriter) => void): void {
	call.block({ type: NO_TYPE, firstKey: 0, keyCount: 0, timeout_ms, wakesWithoutKey: false, timedOut });
}

export function waitCommands(services: WaitServices): readonly CommandRow[] {
	return [
		{
			name: "wait",
			since: "3.0.0",
			group: "generic",
			complexity: "O(1)",
			summary: "Waits until the client's writes have reached so many replicas.",
			flags: NOSCRIPT,
			categories: ["connection"],
			withoutCategories: ["keyspace"],
			args: [integer("numreplicas"), integer("timeout")],
			tips: ["request_policy:all_shards", "response_policy:agg_min"],
			run: (call) => wait(services, call),
		},
		{
			name: "waitaof",
			since: "7.2.0",
			group: "generic",
			complexity: "O(1)",
			summary: "Waits until the client's writes are in the append-only files on disk, here and at so many replicas.",
			flags: NOSCRIPT,
			categories: ["connection"],
			withoutCategories: ["keyspace"],
			args: [integer("numlocal"), integer("numreplicas"), integer("timeout")],
			tips: ["request_policy:all_shards", "response_policy:agg_min"],
			run: (call) => waitaof(services, call),
		},
	];
}

function isInteger(call: Call, argument: number): boolean {
	return isInt64(call.bytes, call.start(argument), call.end(argument));
}
