/** REPLCONF: what replicas and masters tell each other beside the stream. */
import { bytesOf } from "../../bytes/ascii.ts";
import { splitWords } from "../../config/quoting.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, ALLOW_BUSY, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import type { ReplicaTraits } from "../../replication/replica.ts";
import {
	FILTER_WORDS_MISSING,
	NO_SWITCH,
	NOT_AN_INTEGER,
	replicaAddressTooLong,
	SYNTAX_ERROR,
	unknownFilter,
	unknownReplicationOption,
} from "../../resp/errors.ts";
import type { ReplicationServices } from "./services.ts";

const ACK = bytesOf("ack");
const FACK = bytesOf("fack");
const GETACK = bytesOf("getack");
const LISTENING_PORT = bytesOf("listening-port");
const IP_ADDRESS = bytesOf("ip-address");
const CAPA = bytesOf("capa");
const EOF = bytesOf("eof");
const PSYNC2 = bytesOf("psync2");
const RDB_ONLY = bytesOf("rdb-only");
const RDB_FILTER_ONLY = bytesOf("rdb-filter-only");
const VERSION = bytesOf("version");
const ADDRESS_BYTES_MAX = 255;

function replconf(services: ReplicationServices, call: Call): void {
	const { leader, follower } = services.replication;
	const { client, reply } = call;
	if (call.argc % 2 === 0) return reply.error(SYNTAX_ERROR);
	for (let i = 1; i < call.argc; i += 2) {
		// These two are part of the stream, and have no reply.
		if (call.is(i, ACK)) return acknowledge(services, call, i);
		if (call.is(i, GETACK)) {
			if (client.isObeyed) follower.acknowledge();
			return;
		}
		const error = note(call, i, leader.traitsOf(client));
		if (error !== null) return reply.error(error);
	}
	reply.ok();
}

function acknowledge({ replication }: ReplicationServices, call: Call, i: number): void {
	const offset = call.integer(i + 1);
	if (Number.isNaN(offset)) return;
	const says = i + 3 < call.argc && call.is(i + 2, FACK);
	const onDisk = says ? call.integer(i + 3) : Number.NaN;
	replication.leader.acknowledge(call.client, offset, Number.isNaN(onDisk) ? null : onDisk);
}

/** Takes what argument `i` names down; returns an error text or null. */
function note(call: Call, i: number, traits: ReplicaTraits): string | null {
	if (call.is(i, LISTENING_PORT)) {
		const port = call.integer(i + 1);
		if (Number.isNaN(port)) return NOT_AN_INTEGER;
		traits.port = port;
		return null;
	}
	if (call.is(i, IP_ADDRESS)) {
		if (call.length(i + 1) > ADDRESS_BYTES_MAX) return replicaAddressTooLong(call.length(i + 1));
		traits.ip = call.latin1(i + 1);
		return null;
	}
	if (call.is(i, CAPA)) {
		// Those that are unknown may come from later versions.
		if (call.is(i + 1, EOF)) traits.takesUnknownLength = true;
		else if (call.is(i + 1, PSYNC2)) traits.followsRenaming = true;
		return null;
	}
	if (call.is(i, RDB_ONLY)) {
		const isOn = call.clampedInteger(i + 1);
		if (Number.isNaN(isOn)) return NOT_AN_INTEGER;
		if (isOn !== 0 && isOn !== 1) return NO_SWITCH;
		traits.wantsCopyOnly = isOn === 1;
		return null;
	}
	if (call.is(i, RDB_FILTER_ONLY)) return filter(call.latin1(i + 1), traits);
	return call.is(i, VERSION) ? null : unknownReplicationOption(call.latin1(i));
}

/** The parts of a copy that are wanted, all others being left out. */
function filter(words: string, traits: ReplicaTraits): string | null {
	const names = splitWords(words);
	if (names === undefined) return FILTER_WORDS_MISSING;
	const unknown = names.find((name) => name.toLowerCase() !== "functions");
	if (unknown !== undefined) return unknownFilter(unknown);
	traits.leavesOut = { data: true, functions: names.length === 0 };
	return null;
}

export function replconfCommand(services: ReplicationServices): CommandRow {
	return {
		name: "replconf",
		since: "3.0.0",
		group: "server",
		complexity: "O(1)",
		summary: "Tells about the link between a replica and its master.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
		systemCommand: true,
		arity: -1,
		run: (call) => replconf(services, call),
	};
}
