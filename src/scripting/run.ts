import type { Call } from "../dispatch/call.ts";
import type { Client } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import type { CommandTable } from "../dispatch/command-table.ts";
import { FOR_ALL } from "../keyspace/effects.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import type { Conditions } from "./conditions.ts";

/** What scripts need of their server. */
export interface ScriptHost {
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly executor: Conditions & {
		/** Runs a command inside another one; its reply goes to the call's own writer. */
		runInside(call: Call, command: Command): void;
		/** Counts one that was not run. */
		refusedInside(command: Command | null, error: string): void;
		/** Behind the last one. */
		accountInside(next: null): number;
	};
	/** Asked now and then while a script runs: whether it has had so much time that others get a turn. */
	isOverdue(run: Run): boolean;
	readonly log: {
		debug(line: string): void;
		verbose(line: string): void;
		notice(line: string): void;
		warning(line: string): void;
	};
}

/** A script at work: what it may do, and on whose behalf. */
export class Run {
	readonly client: Client;
	/** How errors name it: the SHA-1 of a script, the name of a function. */
	readonly name: string;
	readonly isReadOnly: boolean;
	/** It may take memory where there is none left. */
	readonly allowsOom: boolean;
	/** Time that it has had so far is measured from here, us on the monotonic clock. */
	readonly since_us: number;
	/** It may make way for other clients; inside another command it may not. */
	readonly mayYield: boolean;
	/** Where its reply goes. */
	reply: ReplyWriter;
	/** It has written something. */
	hasWritten: boolean;
	/** Who is told what it changes: redis.set_repl. */
	audience: number;

	constructor(call: Call, name: string, isReadOnly: boolean, allowsOom: boolean, since_us: number, mayYield: boolean) {
		this.client = call.client;
		this.name = name;
		this.isReadOnly = isReadOnly;
		this.allowsOom = allowsOom;
		this.since_us = since_us;
		this.mayYield = mayYield && !call.isInner;
		this.reply = call.reply;
		this.hasWritten = false;
		this.audience = FOR_ALL;
	}
}
