import type { Call } from "../dispatch/call.ts";
import type { Client } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import type { CommandTable } from "../dispatch/command-table.ts";
import { FOR_ALL } from "../keyspace/effects.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import type { Conditions } from "./conditions.ts";
import type { Generator48 } from "./libraries/random.ts";
import type { Patience } from "./patience.ts";

/** What scripts need of their server. */
export interface ScriptHost {
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly executor: Conditions & {
		/** In front of the first one: time is measured from the start of the command around it. */
		beginInside(): void;
		/** Runs a command inside another one; its reply goes to the call's own writer. */
		runInside(call: Call, command: Command): void;
		/** Counts one that was not run. */
		refusedInside(command: Command | null, error: string): void;
		/** Behind the last one. */
		accountInside(): number;
	};
	/** Goes on where a machine is thrown away. */
	readonly random: Generator48;
	/** Asked now and then while a script runs. */
	readonly patience: Patience;
	readonly log: {
		debug(line: string): void;
		verbose(line: string): void;
		notice(line: string): void;
		warning(line: string): void;
	};
}

/** A script at work: what it may do, and on whose behalf. An object serves one script after the other. */
export class Run {
	client: Client;
	/** How errors name it: the SHA-1 of a script, the name of a function. */
	name: string;
	isReadOnly: boolean;
	/** It may take memory where there is none left. */
	allowsOom: boolean;
	/** Time that it has had so far is measured from here, us on the monotonic clock. */
	since_us: number;
	/** It may make way for other clients; inside another command it may not. */
	mayYield: boolean;
	/** Where it cannot make way it may run far too long: data are being loaded. */
	mayNeverEnd: boolean;
	/** Where its reply goes. */
	reply: ReplyWriter;
	/** It has written something. */
	hasWritten: boolean;
	/** Who is told what it changes: redis.set_repl. */
	audience: number;

	constructor(client: Client, reply: ReplyWriter) {
		this.client = client;
		this.name = "";
		this.isReadOnly = false;
		this.allowsOom = false;
		this.since_us = 0;
		this.mayYield = false;
		this.mayNeverEnd = false;
		this.reply = reply;
		this.hasWritten = false;
		this.audience = FOR_ALL;
	}

	begin(call: Call, name: string, isReadOnly: boolean, allowsOom: boolean, since_us: number, mayYield: boolean): void {
		this.client = call.client;
		this.name = name;
		this.isReadOnly = isReadOnly;
		this.allowsOom = allowsOom;
		this.since_us = since_us;
		this.mayYield = mayYield && !call.isInner;
		this.mayNeverEnd = !mayYield;
		this.reply = call.reply;
		this.hasWritten = false;
		this.audience = FOR_ALL;
	}
}
