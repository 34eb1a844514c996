import { ADMIN, BLOCKING, type Command, FAST, type Group, PUBSUB, READONLY, WRITE } from "./command.ts";

/** ACL categories of commands: most follow from flags and group, the rest is written in the rows. */

/** In the order in which COMMAND INFO and ACL CAT give them. */
export const CATEGORIES = [
	"keyspace",
	"read",
	"write",
	"set",
	"sortedset",
	"list",
	"hash",
	"string",
	"bitmap",
	"hyperloglog",
	"geo",
	"stream",
	"pubsub",
	"admin",
	"fast",
	"slow",
	"blocking",
	"dangerous",
	"connection",
	"transaction",
	"scripting",
] as const;

const categoryOfGroup: Partial<Record<Group, string>> = {
	generic: "keyspace",
	string: "string",
	list: "list",
	set: "set",
	"sorted-set": "sortedset",
	hash: "hash",
	transactions: "transaction",
	connection: "connection",
	scripting: "scripting",
	hyperloglog: "hyperloglog",
	geo: "geo",
	stream: "stream",
	bitmap: "bitmap",
};

/** The categories of a command, without '@'. */
export function categoriesOf({ row, flags }: Command): string[] {
	const categories = new Set<string>(row.categories);
	if ((flags & WRITE) !== 0) categories.add("write");
	// What a script reads is up to the script.
	if ((flags & READONLY) !== 0 && row.group !== "scripting") categories.add("read");
	if ((flags & ADMIN) !== 0) categories.add("admin").add("dangerous");
	if ((flags & PUBSUB) !== 0) categories.add("pubsub");
	if ((flags & BLOCKING) !== 0) categories.add("blocking");
	categories.add((flags & FAST) !== 0 ? "fast" : "slow");
	const ofGroup = categoryOfGroup[row.group];
	// A container that is nothing but its subcommands belongs to no group.
	if (ofGroup !== undefined && (row.subcommands === undefined || row.run !== undefined)) categories.add(ofGroup);
	for (const category of row.withoutCategories ?? []) categories.delete(category);
	return CATEGORIES.filter((category) => categories.has(category));
}
