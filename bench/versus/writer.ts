/**
 * A process that writes to a server at a steady rate and times it: every millisecond the same batch of commands over
 * each of its connections, other keys each time. `bun writer.ts PLAN`, where PLAN is a WriteLoad as JSON.
 *
 * The time of a batch is that until the last reply over the last connection, so it is that of the slowest request.
 */
import { BlockingClient } from "./blocking-client.ts";
import { keepPace } from "./pace.ts";
import { WriteBatch, type WriteCommand } from "./write-batch.ts";

export interface WriteLoad {
	readonly port: number;
	readonly connections: number;
	readonly batch: readonly WriteCommand[];
}

if (import.meta.main) {
	const plan = JSON.parse(process.argv[2]!) as WriteLoad;
	const batch = new WriteBatch(plan.batch);
	const clients = Array.from({ length: plan.connections }, () => new BlockingClient(plan.port));
	keepPace(() => {
		for (const client of clients) {
			batch.draw();
			client.send(batch.bytes);
		}
		for (const client of clients) client.receive(batch.replyBytes);
	});
}
