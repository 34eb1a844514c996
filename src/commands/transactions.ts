/** The transactions group: commands that are queued and then run as one, if the keys they depend on have not changed. */
import type { Call } from "../dispatch/call.ts";
import {
	ALLOW_BUSY,
	type CommandRow,
	FAST,
	LOADING,
	NOSCRIPT,
	NOT_QUEUED,
	QUEUED_FLAGS_COUNT,
	SKIP_SLOWLOG,
	STALE,
} from "../dispatch/command.ts";
import type { Executor } from "../dispatch/execute.ts";
import { key, many } from "../dispatch/grammar.ts";
import type { Watches } from "../dispatch/watches.ts";
import {
	DISCARD_WITHOUT_MULTI,
	EXEC_ABORTED,
	EXEC_WITHOUT_MULTI,
	MULTI_NESTED,
	WATCH_IN_MULTI,
} from "../resp/errors.ts";

/** What the commands of this group need of their server; read when one runs. */
export interface TransactionServices {
	readonly executor: Executor;
	readonly watches: Watches;
}

function multi({ executor }: TransactionServices, call: Call): void {
	const { client, reply } = call;
	if (client.transaction !== null) return reply.error(MULTI_NESTED);
	executor.transactions.begin(client);
	reply.ok();
}

function exec({ executor }: TransactionServices, call: Call): void {
	const { client, reply } = call;
	const { transaction, watched } = client;
	if (transaction === null) return reply.error(EXEC_WITHOUT_MULTI);
	// Redis, too, looks at the watched keys first.
	const isTouched = watched?.isTouched() === true;
	if (!isTouched && !transaction.isAborted) return runAsOne(executor, call);
	const { isAborted } = transaction;
	executor.transactions.end(client);
	if (isAborted) reply.error(EXEC_ABORTED);
	else reply.nullArray();
}

/** What would come between the effects waits until it is over, however it ends. */
function runAsOne(executor: Executor, call: Call): void {
	const { effects } = call;
	effects.isInTransaction = true;
	try {
		executor.transactions.run(call);
	} finally {
		effects.endTransaction();
	}
}

function discard({ executor }: TransactionServices, call: Call): void {
	const { client, reply } = call;
	if (client.transaction === null) return reply.error(DISCARD_WITHOUT_MULTI);
	executor.transactions.end(client);
	reply.ok();
}

function watch({ watches }: TransactionServices, call: Call): void {
	const { client, reply, argc } = call;
	if (client.transaction !== null) return reply.error(WATCH_IN_MULTI);
	for (let i = 1; i < argc; i++) watches.watch(call, i);
	reply.ok();
}

function unwatch(call: Call): void {
	call.client.watched?.cancelAll();
	call.reply.ok();
}

const AT_ANY_TIME = NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY;

export function transactionCommands(services: TransactionServices): readonly CommandRow[] {
	return [
		{
			name: "multi",
			since: "1.2.0",
			group: "transactions",
			complexity: "O(1)",
			summary: "Begins a transaction: the commands that follow are queued.",
			flags: AT_ANY_TIME | NOT_QUEUED,
			run: (call) => multi(services, call),
		},
		{
			name: "exec",
			since: "1.2.0",
			group: "transactions",
			complexity: "That of the queued commands.",
			summary: "Runs the queued commands as one, unless a watched key has changed.",
			flags: NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG | NOT_QUEUED | QUEUED_FLAGS_COUNT,
			run: (call) => exec(services, call),
		},
		{
			name: "discard",
			since: "2.0.0",
			group: "transactions",
			complexity: "O(N), N being the number of queued commands.",
			summary: "Forgets the queued commands and the watched keys.",
			flags: AT_ANY_TIME | NOT_QUEUED,
			run: (call) => discard(services, call),
		},
		{
			name: "watch",
			since: "2.2.0",
			group: "transactions",
			complexity: "O(1) for each key.",
			summary: "Lets the next EXEC run nothing where one of these keys has changed until then.",
			flags: AT_ANY_TIME | NOT_QUEUED,
			args: [many(key("RO"))],
			run: (call) => watch(services, call),
		},
		{
			name: "unwatch",
			since: "2.2.0",
			group: "transactions",
			complexity: "O(1)",
			summary: "Forgets the watched keys.",
			flags: AT_ANY_TIME,
			run: unwatch,
		},
	];
}
