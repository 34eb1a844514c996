import { equalsIgnoreCase } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { Command, type CommandRow } from "./command.ts";

/** All commands of a server, found by name in any case without making a string. */
const SLOTS = 1024;

export class CommandTable {
	/** In the order of the groups. */
	readonly commands: readonly Command[];
	/** How many there are, subcommands among them. */
	readonly count: number;
	private readonly slots: (Command | null)[];

	constructor(rows: readonly CommandRow[]) {
		this.commands = rows.map((row) => new Command(row, null));
		this.slots = new Array<Command | null>(SLOTS).fill(null);
		assert(2 * rows.length <= SLOTS, "the table of command names is sparse");
		for (const command of this.commands) {
			let slot = nameHash(command.nameBytes, 0, command.nameBytes.length);
			while (this.slots[slot] !== null) {
				assert(this.slots[slot]!.row.name !== command.row.name, `one row for ${command.row.name}`);
				slot = (slot + 1) & (SLOTS - 1);
			}
			this.slots[slot] = command;
		}
		let number = 0;
		for (const command of this.all()) command.number = number++;
		this.count = number;
	}

	find(bytes: Uint8Array, start: number, end: number): Command | null {
		let slot = nameHash(bytes, start, end);
		for (;;) {
			const command = this.slots[slot]!;
			if (command === null || equalsIgnoreCase(bytes, start, end, command.nameBytes)) return command;
			slot = (slot + 1) & (SLOTS - 1);
		}
	}

	/** By text: "get", "CONFIG|SET"; null where there is none. */
	named(name: string): Command | null {
		const [first, second] = name.toLowerCase().split("|", 2);
		const command = this.commands.find((candidate) => candidate.row.name === first) ?? null;
		return second === undefined ? command : (command?.subcommands?.get(second) ?? null);
	}

	/** Every command and, behind each container, its subcommands. */
	*all(): Generator<Command> {
		for (const command of this.commands) {
			yield command;
			if (command.subcommands !== null) yield* command.subcommands.values();
		}
	}

	resetStatistics(): void {
		for (const command of this.all()) command.resetStatistics();
	}
}

/** Case is folded by setting the bit that tells it apart; what that confuses beside letters, the comparison sorts out. */
function nameHash(bytes: Uint8Array, start: number, end: number): number {
	let hash = end - start;
	for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at]! | 0x20)) | 0;
	return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}
