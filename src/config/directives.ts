/**
 * Every directive and every other statement of a configuration file, in the order CONFIG GET and CONFIG REWRITE have.
 *
 * Adding a directive is one row in one of the groups: parsing, CONFIG GET, SET and REWRITE, and the type of
 * `config.values` follow from it.
 */
import type { Directive, Statement } from "./directive.ts";
import { cluster } from "./directives/cluster.ts";
import { memory } from "./directives/memory.ts";
import { network } from "./directives/network.ts";
import { observation } from "./directives/observation.ts";
import { persistence } from "./directives/persistence.ts";
import { replication } from "./directives/replication.ts";
import { security } from "./directives/security.ts";
import { system } from "./directives/system.ts";
import { tls } from "./directives/tls.ts";

export const directives = {
	...network,
	...system,
	...security,
	...memory,
	...observation,
	...persistence,
	...replication,
	...cluster,
	...tls,
} as const;

export type DirectiveName = keyof typeof directives;

type ValueOf<Row> = Row extends Directive<infer Value> ? Value : never;

/** What each directive is set to. */
export type Values = { readonly [Name in DirectiveName]: ValueOf<(typeof directives)[Name]> };

const ANY_NUMBER = Number.POSITIVE_INFINITY;
const obsolete: Statement = {
	wordsMin: 1,
	wordsMax: 1,
	doc: "Accepted from old files, without effect.",
	isObsolete: true,
};

export const statements = {
	include: { wordsMin: 1, wordsMax: 1, doc: "Reads another file, or all that a pattern names, in this place." },
	"rename-command": { wordsMin: 2, wordsMax: 2, doc: "Gives a command another name, or none.", pending: true },
	user: { wordsMin: 1, wordsMax: ANY_NUMBER, doc: "Declares a user and its rights." },
	loadmodule: { wordsMin: 1, wordsMax: ANY_NUMBER, doc: "Loads a module with its arguments.", pending: true },
	sentinel: { wordsMin: 0, wordsMax: ANY_NUMBER, doc: "Configures Sentinel.", pending: true },
	"list-max-ziplist-entries": obsolete,
	"list-max-ziplist-value": obsolete,
	"lua-replicate-commands": obsolete,
} as const satisfies Readonly<Record<string, Statement>>;

export type StatementName = keyof typeof statements;
