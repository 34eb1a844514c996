/** The sections about durability: loading, saving, appending, snapshots under load. */
import type { Options, Section } from "../options.ts";
import type { Seats } from "../seats.ts";
import { measureAppending } from "./appending.ts";
import { measureLoadsAndSaves } from "./load-and-save.ts";
import type { DurabilityResults } from "./results.ts";
import { measureSnapshots } from "./snapshot.ts";

/** Null where none of the sections is asked for. */
export async function measureDurability(
	seats: Seats,
	options: Options,
	say: (line: string) => void,
): Promise<DurabilityResults | null> {
	const does = (section: Section) => options.sections.has(section);
	const [loads, saves, appends, snapshots] = [does("load"), does("save"), does("append"), does("snapshot")];
	if (!(loads || saves || appends || snapshots)) return null;
	const { rounds } = options;
	const files = { loads: [], saves: [] };
	return {
		...(loads || saves
			? await measureLoadsAndSaves(seats, { keys: options.durableKeys, rounds, loads, saves }, say)
			: files),
		appending: appends ? await measureAppending(seats, options, say) : [],
		snapshots: snapshots ? await measureSnapshots(seats, options.snapshot, say) : [],
	};
}
