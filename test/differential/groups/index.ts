/** Every group of commands the random tests know; a new group is one file and one line here. */
import type { Group } from "../generate.ts";
import { bitmapGroup } from "./bitmap.ts";
import { connectionGroup } from "./connection.ts";
import { dumpGroup } from "./dump.ts";
import { genericGroup } from "./generic.ts";
import { geoGroup } from "./geo.ts";
import { hashGroup } from "./hash.ts";
import { hyperloglogGroup } from "./hyperloglog.ts";
import { listGroup } from "./list.ts";
import { pubSubGroup } from "./pubsub.ts";
import { restoreGroup } from "./restore.ts";
import { serverGroup } from "./server.ts";
import { setGroup } from "./set.ts";
import { sortGroup } from "./sort.ts";
import { sortedSetGroup } from "./sorted-set.ts";
import { sortedSetAlgebraGroup } from "./sorted-set-algebra.ts";
import { streamGroup } from "./stream.ts";
import { stringGroup } from "./string.ts";

export const groups: readonly Group[] = [
	stringGroup,
	bitmapGroup,
	hyperloglogGroup,
	listGroup,
	hashGroup,
	setGroup,
	sortedSetGroup,
	sortedSetAlgebraGroup,
	geoGroup,
	streamGroup,
	genericGroup,
	dumpGroup,
	restoreGroup,
	sortGroup,
	connectionGroup,
	pubSubGroup,
	serverGroup,
];

/** Those whose commands leave alone which keyspace events are published, and who listens to them. */
export const eventGroups: readonly Group[] = groups.filter(
	({ name }) => !["connection", "pubsub", "server"].includes(name),
);

/** Those whose effects can be compared: they do not save, and nobody but the clients has to listen. */
export const effectGroups: readonly Group[] = groups.filter(({ name }) => name !== "pubsub");

/** The same with messages, which replicas hear; without what ends the connections of replicas. */
export const streamGroups: readonly Group[] = groups.filter(({ name }) => name !== "connection");
