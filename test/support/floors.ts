/** The house from the ground up: which file may import which. */

/** From the ground up; floors side by side may not import each other. */
const floors: readonly (readonly string[])[] = [
	["src/adapters"],
	["src/bytes"],
	["src/memory", "src/resp"],
	["src/types"],
	["src/keyspace"],
	["src/dispatch"],
	[
		"src/acl",
		"src/config",
		"src/pubsub",
		"src/tracking",
		"src/scripting",
		"src/persistence",
		"src/replication",
		"src/cluster",
		"src/introspection",
	],
	["src/commands"],
	["src/server"],
	["src/server/real"],
	["src/main.ts", "src/index.ts", "src/snapshot-worker.ts"],
];

/** Capabilities that may know another one. */
const sideEdges = [
	"src/introspection > src/config",
	"src/persistence > src/config",
	"src/persistence > src/introspection",
	"src/cluster > src/config",
	"src/cluster > src/persistence",
	"src/replication > src/config",
	"src/replication > src/introspection",
	"src/replication > src/persistence",
	"src/tracking > src/pubsub",
];
/** Steps down the stairs that are wrong all the same. */
const forbiddenEdges = ["src/types > src/resp", "src/memory > src/resp"];
/** The real adapters know the runtime, and nothing of ours but these. */
const belowReal = ["src/adapters", "src/bytes", "src/server/adapters.ts"];

/** Of a file or a folder, from 0; -1 where it stands on none. */
export function floorOf(path: string): number {
	let found = -1;
	for (const [floor, names] of floors.entries()) {
		if (names.some((name) => path === name || path.startsWith(`${name}/`))) found = floor;
	}
	return found;
}

function capabilityOf(path: string): string {
	return path.split("/").slice(0, 2).join("/");
}

/** Whether the house allows it; paths from the root of the repository. */
export function mayImport(from: string, to: string): boolean {
	if (!to.startsWith("src/")) return false;
	const edge = `${capabilityOf(from)} > ${capabilityOf(to)}`;
	if (forbiddenEdges.includes(edge)) return false;
	const [fromFloor, toFloor] = [floorOf(from), floorOf(to)];
	if (fromFloor < 0 || toFloor < 0) return false;
	if (from.startsWith("src/server/real/")) {
		return to.startsWith("src/server/real/") || belowReal.some((name) => to === name || to.startsWith(`${name}/`));
	}
	if (fromFloor !== toFloor) return toFloor < fromFloor;
	return capabilityOf(from) === capabilityOf(to) || sideEdges.includes(edge);
}
