/** Users, and all that they depend on, without a server around them. */
import { AccessLog } from "../../src/acl/access-log.ts";
import { Guard } from "../../src/acl/guard.ts";
import type { RuleContext } from "../../src/acl/rules.ts";
import { type ListenedTo, Users } from "../../src/acl/users.ts";
import { Vocabulary } from "../../src/acl/vocabulary.ts";
import { CommandTable } from "../../src/dispatch/command-table.ts";
import { realDigests } from "../../src/server/real/digests.ts";
import { commandRows } from "../support/command-rows.ts";

const deaf: ListenedTo = { channels: () => [], patterns: () => [], shardChannels: () => [] };

export class RuleFixture {
	readonly table = new CommandTable(commandRows());
	readonly counts = { authenticationFailures: 0, deniedCommands: 0, deniedKeys: 0, deniedChannels: 0 };
	readonly warnings: string[] = [];
	readonly users: Users;
	allChannels = false;
	entriesMax = 128;

	constructor() {
		const context: RuleContext = {
			vocabulary: new Vocabulary(this.table),
			digests: realDigests,
			allChannelsByDefault: () => this.allChannels,
			warn: (line) => void this.warnings.push(line),
		};
		const log = new AccessLog(this.counts, () => this.entriesMax);
		this.users = new Users(context, new Guard(log, () => "a client"), { all: () => [], remove() {} }, deaf);
	}

	/** The user `u` behind these rules as ACL LIST has it, or the error. */
	set(...rules: readonly string[]): string {
		return this.users.set("u", rules, null) ?? this.describe();
	}

	/** The same for a new user. */
	make(...rules: readonly string[]): string {
		this.users.delete("u", null);
		return this.set(...rules);
	}

	describe(): string {
		return this.users.get("u")!.describe();
	}
}
