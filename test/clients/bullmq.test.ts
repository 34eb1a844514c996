/**
 * BullMQ, the job queue that is Lua through and through: each state a job can be in is entered and left by scripts, of up
 * to several hundred lines, with cmsgpack and cjson in them.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
	type ConnectionOptions,
	FlowProducer,
	type Job,
	Queue,
	QueueEvents,
	RateLimitError,
	UnrecoverableError,
	Worker,
	type WorkerOptions,
} from "bullmq";
import Redis from "ioredis";
import { RedisLite } from "../../src/index.ts";

const MANY = 10_000;

describe("BullMQ", () => {
	let server: RedisLite;
	let connection: ConnectionOptions;
	let names = 0;

	beforeAll(async () => {
		server = await RedisLite.start();
		connection = { host: "127.0.0.1", port: server.port };
	});

	afterAll(() => server.stop());

	/** A queue of its own for each test, and workers that end with it. */
	async function withQueue(run: (queue: TestQueue) => Promise<void>): Promise<void> {
		const queue = new TestQueue(`queue-${names++}`, connection);
		try {
			await run(queue);
			expect(queue.errors).toEqual([]);
		} finally {
			await queue.close();
		}
	}

	test("does a job and keeps what came of it", () =>
		withQueue(async (queue) => {
			await queue.events.waitUntilReady();
			const job = await queue.jobs.add("sum", { terms: [1, 2, 39], text: "žluť \u0000 \u{1f600}" });
			expect(await queue.jobs.getJobCounts("waiting", "completed")).toEqual({ waiting: 1, completed: 0 });
			queue.work(async ({ data }) => {
				return { sum: (data.terms as number[]).reduce((sum, term) => sum + term), text: data.text };
			});
			expect(await job.waitUntilFinished(queue.events)).toEqual({ sum: 42, text: "žluť \u0000 \u{1f600}" });
			expect(await job.getState()).toBe("completed");
			const known = await queue.jobs.getJob(job.id!);
			expect(known?.returnvalue).toEqual({ sum: 42, text: "žluť \u0000 \u{1f600}" });
			await job.log("a line");
			await job.updateProgress(75);
			expect(await queue.jobs.getJobLogs(job.id!)).toEqual({ logs: ["a line"], count: 1 });
			expect((await queue.jobs.getJob(job.id!))?.progress).toBe(75);
		}));

	test("does nothing twice that has the same number", () =>
		withQueue(async (queue) => {
			await queue.jobs.add("one", { n: 1 }, { jobId: "same" });
			await queue.jobs.add("one", { n: 2 }, { jobId: "same" });
			await queue.jobs.add("two", {}, { deduplication: { id: "alike" } });
			await queue.jobs.add("two", {}, { deduplication: { id: "alike" } });
			expect(await queue.jobs.getWaitingCount()).toBe(2);
			expect((await queue.jobs.getJob("same"))?.data).toEqual({ n: 1 });
		}));

	test("takes jobs in the order in which they came, or the other way round", () =>
		withQueue(async (queue) => {
			for (const name of ["a", "b", "c"]) await queue.jobs.add(name, {});
			for (const name of ["z", "y"]) await queue.jobs.add(name, {}, { lifo: true });
			expect(await queue.doAll(5)).toEqual(["y", "z", "a", "b", "c"]);
		}));

	test("takes jobs by priority, those without one first", () =>
		withQueue(async (queue) => {
			for (const priority of [7, 2_000_000, 3, 7, 1]) {
				await queue.jobs.add(`priority ${priority}`, {}, { priority });
			}
			await queue.jobs.add("none", {});
			const changed = await queue.jobs.add("changed", {}, { priority: 9 });
			await changed.changePriority({ priority: 2 });
			expect(await queue.jobs.getJobCounts("waiting", "prioritized")).toEqual({ waiting: 1, prioritized: 6 });
			expect(await queue.jobs.getCountsPerPriority([0, 1, 7])).toEqual({ "0": 1, "1": 1, "7": 2 });
			expect(await queue.doAll(7)).toEqual([
				"none",
				"priority 1",
				"changed",
				"priority 3",
				"priority 7",
				"priority 7",
				"priority 2000000",
			]);
		}));

	test("does delayed jobs when their time has come, not in the order in which they were added", () =>
		withQueue(async (queue) => {
			const early: string[] = [];
			await queue.jobs.add("last", {}, { delay: 120 });
			await queue.jobs.add("first", {}, { delay: 40 });
			const promoted = await queue.jobs.add("promoted", {}, { delay: 3_600_000 });
			expect(await queue.jobs.getJobCounts("delayed", "waiting")).toEqual({ delayed: 3, waiting: 0 });
			await promoted.promote();
			const names = await queue.doAll(3, async (job) => {
				if (job.processedOn! < job.timestamp + (job.name === "promoted" ? 0 : job.opts.delay!)) early.push(job.name);
			});
			expect(names).toEqual(["promoted", "first", "last"]);
			expect(early).toEqual([]);
		}));

	test("repeats a job as often as it was told", () =>
		withQueue(async (queue) => {
			await queue.jobs.upsertJobScheduler("tick", { every: 20, limit: 4 }, { name: "tick", data: { n: 1 } });
			const [scheduler] = await queue.jobs.getJobSchedulers();
			expect(scheduler).toMatchObject({ key: "tick", every: 20, limit: 4, template: { data: { n: 1 } } });
			expect(await queue.doAll(4)).toEqual(["tick", "tick", "tick", "tick"]);
			await queue.jobs.upsertJobScheduler("yearly", { pattern: "0 0 1 1 *" }, { name: "yearly" });
			expect(await queue.jobs.getDelayedCount()).toBe(1);
			expect(await queue.jobs.removeJobScheduler("yearly")).toBe(true);
			expect(await queue.jobs.getDelayedCount()).toBe(0);
		}));

	test("tries again what failed, later each time, until it has been tried often enough", () =>
		withQueue(async (queue) => {
			const backoff = { type: "exponential", delay: 10 };
			await queue.jobs.add("recovers", {}, { attempts: 4, backoff });
			await queue.jobs.add("never", {}, { attempts: 3, backoff: { type: "fixed", delay: 5 } });
			await queue.jobs.add("hopeless", {}, { attempts: 3 });
			const tries = new Map<string, number>();
			const ends = queue.ends(3);
			queue.work(async ({ name, attemptsMade }) => {
				tries.set(name, (tries.get(name) ?? 0) + 1);
				if (name === "hopeless") throw new UnrecoverableError("no use");
				if (name === "never" || attemptsMade < 3) throw new Error(`attempt ${attemptsMade}`);
				return "done";
			});
			await ends;
			expect(Object.fromEntries(tries)).toEqual({ recovers: 4, never: 3, hopeless: 1 });
			const failed = await queue.jobs.getFailed();
			expect(failed.map(({ name, failedReason }) => `${name}: ${failedReason}`).sort()).toEqual([
				"hopeless: no use",
				"never: attempt 2",
			]);
			expect((await queue.jobs.getCompleted()).map(({ name, attemptsMade }) => [name, attemptsMade])).toEqual([
				["recovers", 4],
			]);
		}));

	test("puts failed jobs back when asked to", () =>
		withQueue(async (queue) => {
			for (let i = 0; i < 3; i++) await queue.jobs.add(`job ${i}`, {});
			let isBroken = true;
			const ends = queue.ends(3);
			queue.work(async () => {
				if (isBroken) throw new Error("broken");
			});
			await ends;
			expect(await queue.jobs.getFailedCount()).toBe(3);
			isBroken = false;
			const further = queue.ends(3);
			await queue.jobs.retryJobs({ state: "failed" });
			await further;
			expect(await queue.jobs.getJobCounts("failed", "completed")).toEqual({ failed: 0, completed: 3 });
		}));

	test("does no more than a limit allows in its time", () =>
		withQueue(async (queue) => {
			for (let i = 0; i < 6; i++) await queue.jobs.add(`job ${i}`, {});
			const started: number[] = [];
			await queue.doAll(
				6,
				async (job) => {
					started.push(job.processedOn!);
				},
				{ limiter: { max: 2, duration: 60 } },
			);
			// By the server's time: the third one cannot be in the window of the first.
			expect(started[5]! - started[0]!).toBeGreaterThanOrEqual(100);
		}));

	test("waits when a job says that it is too fast", () =>
		withQueue(async (queue) => {
			await queue.jobs.add("only", {});
			let calls = 0;
			const ends = queue.ends(1);
			const worker = queue.work(
				async () => {
					if (calls++ > 0) return "done";
					await worker.rateLimit(30);
					throw new RateLimitError();
				},
				{ limiter: { max: 1, duration: 1000 } },
			);
			await ends;
			expect(calls).toBe(2);
			expect(await queue.jobs.getCompletedCount()).toBe(1);
		}));

	test("does nothing while it is paused, and goes on", () =>
		withQueue(async (queue) => {
			await queue.jobs.pause();
			expect(await queue.jobs.isPaused()).toBe(true);
			for (let i = 0; i < 3; i++) await queue.jobs.add(`job ${i}`, {});
			const done: string[] = [];
			const ends = queue.ends(3);
			const worker = queue.work(async ({ name }) => {
				done.push(name);
			});
			await worker.waitUntilReady();
			// The worker has had its turn: to another queue of the same server a job comes and is done meanwhile.
			await withQueue(async (other) => {
				await other.jobs.add("other", {});
				expect(await other.doAll(1)).toEqual(["other"]);
			});
			expect(done).toEqual([]);
			expect(await queue.jobs.getJobCounts("waiting", "active")).toEqual({ waiting: 3, active: 0 });
			await queue.jobs.resume();
			await ends;
			expect(done).toEqual(["job 0", "job 1", "job 2"]);
		}));

	test("does parents of a flow behind their children, and gives them what those returned", () =>
		withQueue(async (queue) => {
			const flows = new FlowProducer({ connection });
			const queueName = queue.jobs.name;
			try {
				const child = (n: number) => ({ name: "leaf", queueName, data: { n }, children: [] });
				const tree = await flows.add({
					name: "root",
					queueName,
					children: [
						{ name: "middle", queueName, children: [child(1), child(2), child(3)] },
						{ name: "middle", queueName, children: [child(4), child(5)] },
					],
				});
				expect(await queue.jobs.getJobCounts("waiting-children", "waiting")).toEqual({
					"waiting-children": 3,
					waiting: 5,
				});
				const ends = queue.ends(8);
				queue.work(
					async (job) => {
						if (job.name === "leaf") return job.data.n;
						const values: number[] = Object.values(await job.getChildrenValues());
						return values.reduce((sum, value) => sum + value, 0);
					},
					{ concurrency: 3 },
				);
				await ends;
				expect((await queue.jobs.getJob(tree.job.id!))?.returnvalue).toBe(15);
				const whole = await flows.getFlow({ id: tree.job.id!, queueName });
				expect(whole.children?.length).toBe(2);
				expect(await tree.job.getDependenciesCount()).toMatchObject({ processed: 2, unprocessed: 0 });
			} finally {
				await flows.close();
			}
		}));

	test("fails a parent whose child has failed", () =>
		withQueue(async (queue) => {
			const flows = new FlowProducer({ connection });
			const queueName = queue.jobs.name;
			try {
				const children = [{ name: "child", queueName, opts: { failParentOnFailure: true } }];
				const { job } = await flows.add({ name: "parent", queueName, children });
				const ends = queue.ends(2);
				queue.work(async ({ name }) => {
					if (name === "child") throw new Error("no");
				});
				await ends;
				expect(await job.getState()).toBe("failed");
				expect((await queue.jobs.getJob(job.id!))?.failedReason).toMatch(/^child bull:queue-\d+:\S+ failed$/);
			} finally {
				await flows.close();
			}
		}));

	test("removes jobs, cleans, drains and obliterates", () =>
		withQueue(async (queue) => {
			await queue.jobs.addBulk(Array.from({ length: 40 }, (_, i) => ({ name: `job ${i}`, data: { i } })));
			await queue.doAll(40);
			expect(await queue.jobs.clean(0, 15, "completed")).toHaveLength(15);
			expect(await queue.jobs.getCompletedCount()).toBe(25);
			await queue.stopWork();
			const [one] = await queue.jobs.addBulk(Array.from({ length: 10 }, (_, i) => ({ name: `job ${i}`, data: { i } })));
			await one!.remove();
			expect(await queue.jobs.getWaitingCount()).toBe(9);
			await queue.jobs.drain();
			expect(await queue.jobs.getJobCounts("waiting", "completed")).toEqual({ waiting: 0, completed: 25 });
			await queue.jobs.obliterate();
			const client = new Redis(server.port);
			expect(await client.keys(`bull:${queue.jobs.name}:*`)).toEqual([]);
			client.disconnect();
		}));

	test(
		`does ${MANY} jobs, each of them once`,
		() =>
			withQueue(async (queue) => {
				const batch = 500;
				for (let from = 0; from < MANY; from += batch) {
					const length = Math.min(batch, MANY - from);
					await queue.jobs.addBulk(Array.from({ length }, (_, i) => ({ name: "count", data: { n: from + i } })));
				}
				expect(await queue.jobs.getWaitingCount()).toBe(MANY);
				const times = new Uint8Array(MANY);
				const ends = queue.ends(MANY);
				const count = async ({ data }: Job) => {
					times[data.n as number]!++;
				};
				for (let workers = 0; workers < 4; workers++) queue.work(count, { concurrency: 25 });
				await ends;
				expect(times.every((n) => n === 1)).toBe(true);
				expect(await queue.jobs.getJobCounts("waiting", "active", "completed", "failed")).toEqual({
					waiting: 0,
					active: 0,
					completed: MANY,
					failed: 0,
				});
				await queue.stopWork();
				await queue.jobs.obliterate({ force: true });
				expect(await queue.jobs.getCompletedCount()).toBe(0);
			}),
		120_000,
	);
});

class TestQueue {
	readonly jobs: Queue;
	readonly events: QueueEvents;
	/** What the library itself complains of. */
	readonly errors: string[];
	private readonly connection: ConnectionOptions;
	private workers: Worker[];
	/** Jobs that have ended for good, and who waits until that are so many. */
	private ended: number;
	private awaited: number;
	private announce: () => void;

	constructor(name: string, connection: ConnectionOptions) {
		this.connection = connection;
		this.jobs = new Queue(name, { connection });
		this.events = new QueueEvents(name, { connection });
		this.errors = [];
		this.workers = [];
		this.ended = 0;
		this.awaited = 0;
		this.announce = () => {};
		const complain = (error: Error) => this.errors.push(error.message);
		this.jobs.on("error", complain);
		this.events.on("error", complain);
	}

	work(run: (job: Job) => Promise<unknown>, options: Partial<WorkerOptions> = {}): Worker {
		const worker = new Worker(this.jobs.name, run, { connection: this.connection, ...options });
		worker.on("error", (error) => this.errors.push(error.message));
		worker.on("completed", () => this.end());
		worker.on("failed", (job) => {
			if (job?.finishedOn !== undefined) this.end();
		});
		this.workers.push(worker);
		return worker;
	}

	private end(): void {
		if (++this.ended === this.awaited) this.announce();
	}

	/** Resolves when so many jobs more have ended, well or badly. */
	ends(count: number): Promise<void> {
		this.ended = 0;
		this.awaited = count;
		return new Promise((resolve) => {
			this.announce = resolve;
		});
	}

	/** One worker does so many jobs, one behind the other: their names. */
	async doAll(
		count: number,
		run: (job: Job) => Promise<void> = async () => {},
		options: Partial<WorkerOptions> = {},
	): Promise<string[]> {
		const done: string[] = [];
		const ends = this.ends(count);
		this.work(async (job) => {
			done.push(job.name);
			await run(job);
		}, options);
		await ends;
		return done;
	}

	async stopWork(): Promise<void> {
		await Promise.all(this.workers.map((worker) => worker.close()));
		this.workers = [];
	}

	async close(): Promise<void> {
		await this.stopWork();
		await Promise.all([this.events.close(), this.jobs.close()]);
	}
}
