import { CATEGORIES, categoriesOf } from "../dispatch/categories.ts";
import type { Command } from "../dispatch/command.ts";
import type { CommandTable } from "../dispatch/command-table.ts";

/** The words that rules may use for commands: names of commands, of subcommands, of categories, in any case. */
export class Vocabulary {
	/** How many commands there are: their numbers are below. */
	readonly size: number;
	private readonly byName: Map<string, Command>;
	private readonly byCategory: Map<string, Command[]>;

	constructor(table: CommandTable) {
		this.size = table.count;
		this.byName = new Map();
		this.byCategory = new Map(CATEGORIES.map((category) => [category, []]));
		for (const command of table.all()) {
			this.byName.set(command.fullName, command);
			for (const category of categoriesOf(command)) this.byCategory.get(category)!.push(command);
		}
	}

	/** By "get" or "config|get". */
	command(name: string): Command | undefined {
		return this.byName.get(name.toLowerCase());
	}

	/** All commands and subcommands of a category, named without '@'. */
	category(name: string): readonly Command[] | undefined {
		return this.byCategory.get(name.toLowerCase());
	}
}
