/** XGROUP: groups and their consumers come and go. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, LOADING, STALE, WRITE } from "../../dispatch/command.ts";
import { integer, key, oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import { EVENT_SILENT, EVENT_STREAM } from "../../keyspace/change.ts";
import {
	BUSYGROUP,
	ENTRIES_READ_NEGATIVE,
	NOT_AN_INTEGER,
	noSuchGroup,
	subcommandSyntax,
	XGROUP_WITHOUT_KEY,
} from "../../resp/errors.ts";
import type { Group } from "../../types/stream/group.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { isCharacter, readExtreme, readId } from "./ids.ts";
import { accountFor, createStream, foundStream, quoted, refusesOther } from "./keys.ts";

const MKSTREAM = bytesOf("mkstream");
const ENTRIESREAD = bytesOf("entriesread");
const DOLLAR = 0x24;
const KEY = 2;
const GROUP = 3;
const ID = 4;
const CONSUMER = 4;
/** The most arguments that CREATE and SETID make sense with. */
const CREATE_ARGUMENTS_MAX = 8;
const SETID_ARGUMENTS_MAX = 7;

const HELP = [
	"XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CREATE <key> <groupname> <id|$> [option]",
	"    Make a new group that reads what comes behind an id. Options are:",
	"    * MKSTREAM",
	"      Make an empty stream where there is none.",
	"    * ENTRIESREAD entries_read",
	"      Say how many entries the group has read (internal use).",
	"CREATECONSUMER <key> <groupname> <consumer>",
	"    Make a new consumer in a group.",
	"DELCONSUMER <key> <groupname> <consumer>",
	"    Remove a consumer with all that is pending for it.",
	"DESTROY <key> <groupname>",
	"    Remove a group.",
	"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
	"    Set the id behind which a group goes on reading, and its count.",
	"HELP",
	"    Print this help.",
];

const id = new StreamId();

/** What the options of CREATE and SETID say. */
interface GroupOptions {
	makesStream: boolean;
	/** -1: unknown. */
	entriesRead: bigint;
}

/** Null after an error reply. */
function readOptions(call: Call, isCreate: boolean): GroupOptions | null {
	const options: GroupOptions = { makesStream: false, entriesRead: -1n };
	for (let i = ID + 1; i < call.argc; i++) {
		if (isCreate && call.is(i, MKSTREAM)) options.makesStream = true;
		else if (call.is(i, ENTRIESREAD) && i + 1 < call.argc) {
			i++;
			const count = parseInt64(call.bytes, call.start(i), call.end(i));
			if (count === undefined) return fail(call, NOT_AN_INTEGER);
			if (count < -1n) return fail(call, ENTRIES_READ_NEGATIVE);
			options.entriesRead = count;
		} else return fail(call, subcommandSyntax(call.latin1(1), "xgroup"));
	}
	return options;
}

/** The stream at the key; null after an error reply. */
function findStream(call: Call): Stream | null {
	const found = call.findForWrite(KEY);
	if (refusesOther(call, found)) return null;
	return foundStream(call, found) ?? fail(call, XGROUP_WITHOUT_KEY);
}

function groupOf(call: Call, stream: Stream): Group | null {
	return stream.findGroup(call.bytes, call.start(GROUP), call.length(GROUP));
}

/** The group of a stream; null after an error reply. */
function findGroup(call: Call, stream: Stream): Group | null {
	return groupOf(call, stream) ?? fail(call, noSuchGroup(quoted(call, GROUP), quoted(call, KEY)));
}

function create(call: Call): void {
	const options = readOptions(call, true);
	if (options === null) return;
	const found = call.findForWrite(KEY);
	if (refusesOther(call, found)) return;
	const present = foundStream(call, found);
	if (present === null && !options.makesStream) return call.reply.error(XGROUP_WITHOUT_KEY);
	if (call.argc > CREATE_ARGUMENTS_MAX) return call.reply.error(subcommandSyntax(call.latin1(1), "xgroup"));
	if (!isCharacter(call, ID, DOLLAR)) {
		if (!readId(call, ID, id)) return;
	} else if (present === null) id.setMin();
	else id.copy(present.lastId);
	const stream = present ?? createStream(call);
	if (groupOf(call, stream) !== null) return call.reply.error(BUSYGROUP);
	const before = stream.bytesUsed();
	const group = stream.createGroup(call.slice(GROUP));
	accountFor(call, stream, before);
	group.lastId.copy(id);
	group.entriesRead.set(options.entriesRead);
	// A new group changes nothing that can be read; a new stream does.
	if (present === null) call.alsoChanged(KEY, EVENT_SILENT, "new");
	call.changed(KEY, EVENT_STREAM, "xgroup-create");
	call.reply.ok();
}

function setid(call: Call): void {
	const options = readOptions(call, false);
	if (options === null) return;
	const stream = findStream(call);
	if (stream === null) return;
	const group = findGroup(call, stream);
	if (group === null) return;
	if (call.argc > SETID_ARGUMENTS_MAX) return call.reply.error(subcommandSyntax(call.latin1(1), "xgroup"));
	if (isCharacter(call, ID, DOLLAR)) id.copy(stream.lastId);
	else if (!readExtreme(call, ID, id) && !readId(call, ID, id)) return;
	group.moveTo(id);
	group.entriesRead.set(options.entriesRead);
	call.changed(KEY, EVENT_STREAM, "xgroup-setid");
	call.reply.ok();
}

function destroy(call: Call): void {
	const stream = findStream(call);
	if (stream === null) return;
	const group = groupOf(call, stream);
	if (group !== null) {
		const before = stream.bytesUsed();
		stream.removeGroup(group);
		accountFor(call, stream, before);
		call.changed(KEY, EVENT_STREAM, "xgroup-destroy");
	}
	call.reply.integer(group === null ? 0 : 1);
}

function createconsumer(call: Call): void {
	const stream = findStream(call);
	const group = stream === null ? null : findGroup(call, stream);
	if (stream === null || group === null) return;
	const isNew = group.findConsumer(call.bytes, call.start(CONSUMER), call.length(CONSUMER)) === null;
	if (isNew) {
		const before = stream.bytesUsed();
		group.createConsumer(call.slice(CONSUMER), call.keyspace.wall_ms);
		accountFor(call, stream, before);
		call.changed(KEY, EVENT_STREAM, "xgroup-createconsumer");
	}
	call.reply.integer(isNew ? 1 : 0);
}

function delconsumer(call: Call): void {
	const stream = findStream(call);
	const group = stream === null ? null : findGroup(call, stream);
	if (stream === null || group === null) return;
	const consumer = group.findConsumer(call.bytes, call.start(CONSUMER), call.length(CONSUMER));
	const pending = consumer?.pending.count ?? 0;
	if (consumer !== null) {
		const before = stream.bytesUsed();
		group.removeConsumer(consumer);
		accountFor(call, stream, before);
		call.changed(KEY, EVENT_STREAM, "xgroup-delconsumer");
	}
	call.reply.integer(pending);
}

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

const idArgument = oneOf("id", string("id"), token("new_id", "$"));
const entriesRead = optional(integer("entries_read", "ENTRIESREAD"));
const consumerArguments = (access: string) => [key(access), string("groupname"), string("consumername")];

export const groupCommand: CommandRow = {
	name: "xgroup",
	since: "5.0.0",
	group: "stream",
	complexity: "Depends on the subcommand.",
	summary: "Holds the subcommands for groups.",
	flags: 0,
	subcommands: [
		{
			name: "create",
			since: "5.0.0",
			group: "stream",
			complexity: "O(1)",
			summary: "Makes a group.",
			flags: WRITE | DENYOOM,
			args: [key("RW INSERT"), string("groupname"), idArgument, optional(token("mkstream")), entriesRead],
			history: [["7.0.0", "`ENTRIESREAD`."]],
			run: create,
		},
		{
			name: "createconsumer",
			since: "6.2.0",
			group: "stream",
			complexity: "O(1)",
			summary: "Makes a consumer in a group.",
			flags: WRITE | DENYOOM,
			args: consumerArguments("RW INSERT"),
			run: createconsumer,
		},
		{
			name: "delconsumer",
			since: "5.0.0",
			group: "stream",
			complexity: "O(N), N being the number of entries pending for the consumer.",
			summary: "Removes a consumer from a group, with all that is pending for it.",
			flags: WRITE,
			args: consumerArguments("RW DELETE"),
			run: delconsumer,
		},
		{
			name: "destroy",
			since: "5.0.0",
			group: "stream",
			complexity: "O(N), N being the number of consumers.",
			summary: "Removes a group.",
			flags: WRITE,
			args: [key("RW DELETE"), string("groupname")],
			run: destroy,
		},
		{
			name: "help",
			since: "5.0.0",
			group: "stream",
			complexity: "O(1)",
			summary: "Explains the subcommands.",
			flags: LOADING | STALE,
			run: help,
		},
		{
			name: "setid",
			since: "5.0.0",
			group: "stream",
			complexity: "O(1)",
			summary: "Sets the id behind which a group goes on reading.",
			flags: WRITE,
			args: [key("RW UPDATE"), string("groupname"), idArgument, entriesRead],
			history: [["7.0.0", "`ENTRIESREAD`."]],
			run: setid,
		},
	],
};
