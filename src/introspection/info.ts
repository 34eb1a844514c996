import { commandFields, errorFields, latencyFields } from "./info/commands.ts";
import { keySizesFields } from "./info/key-sizes.ts";
import { clientsFields, memoryFields } from "./info/memory.ts";
import { clusterFields, modulesFields, persistenceFields } from "./info/persistence.ts";
import { cpuFields, serverFields } from "./info/process.ts";
import { replicationFields } from "./info/replication.ts";
import type { Field, InfoSource } from "./info/source.ts";
import { keyspaceFields, statsFields } from "./info/stats.ts";

/** INFO: which sections there are, and how they look. What stands in them is in `info/`. */

interface Section {
	/** As its header says it; in lower case as INFO's argument. */
	readonly title: string;
	readonly fields: (source: InfoSource) => readonly Field[];
	/** Shown only where it is asked for, by name or as part of all. */
	readonly isExtra?: boolean;
	/** Shown only where it is asked for by name, because it takes time. */
	readonly isCostly?: boolean;
}

/** In the order of the reply. */
const SECTIONS: readonly Section[] = [
	{ title: "Server", fields: serverFields },
	{ title: "Clients", fields: clientsFields },
	{ title: "Memory", fields: memoryFields },
	{ title: "Persistence", fields: persistenceFields },
	{ title: "Stats", fields: statsFields },
	{ title: "Replication", fields: replicationFields },
	{ title: "CPU", fields: cpuFields },
	{ title: "Modules", fields: modulesFields },
	{ title: "Commandstats", fields: commandFields, isExtra: true },
	{ title: "Errorstats", fields: errorFields },
	{ title: "Latencystats", fields: latencyFields, isExtra: true },
	{ title: "Cluster", fields: clusterFields },
	{ title: "Keyspace", fields: keyspaceFields },
	{ title: "Keysizes", fields: keySizesFields, isCostly: true },
];

/** The text INFO replies with; no names mean the default sections, unknown ones nothing. */
export function infoText(source: InfoSource, names: readonly string[]): string {
	const wanted = new Set(names.length === 0 ? ["default"] : names.map((name) => name.toLowerCase()));
	const wantsAll = wanted.has("all") || wanted.has("everything");
	const wantsDefault = wantsAll || wanted.has("default");
	const isMeant = (section: Section) => (section.isExtra ? wantsAll : wantsDefault && !section.isCostly);
	return SECTIONS.filter((section) => wanted.has(section.title.toLowerCase()) || isMeant(section))
		.map((section) => sectionText(section, source))
		.join("\r\n");
}

/** Every field of every section, for who tells the same in another form. */
export function allFields(source: InfoSource): Field[] {
	return SECTIONS.flatMap(({ fields, isCostly }) => (isCostly ? [] : fields(source)));
}

function sectionText({ title, fields }: Section, source: InfoSource): string {
	const lines = fields(source).map(([name, value]) => `${name}:${value}\r\n`);
	return `# ${title}\r\n${lines.join("")}`;
}
