/** Saving and moving data beside the genuine programs: our files, their loader; our keys, their server, and back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { freePort, local, Program, TemporaryDirectory } from "../support/program.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { WireConnection } from "../support/wire.ts";

class Session {
	private constructor(private readonly wire: WireConnection) {}

	static async open(port: number): Promise<Session> {
		return new Session(await WireConnection.connect(local(port)));
	}

	async ask(...words: (string | number)[]): Promise<string> {
		return (await this.wire.command(...words.map(String))).text();
	}

	async eventually(expected: RegExp, ...words: string[]): Promise<void> {
		for (let i = 0; i < 500; i++) {
			if (expected.test(await this.ask(...words))) return;
			await Bun.sleep(10);
		}
		throw new Error(`${words.join(" ")} never answered ${expected}`);
	}
}

function many(count: number, make: (i: number) => readonly (string | number)[]): (string | number)[] {
	return Array.from({ length: count }, (_, i) => make(i)).flat();
}

/** Every type in every form it is kept in; returns the keys. */
async function fill(session: Session): Promise<string[]> {
	const lines: (string | number)[][] = [
		["SET", "s:text", "some text", "PX", 10_000_000],
		["SET", "s:number", -1234],
		["SET", "s:long", "0123456789".repeat(20_000)],
		["RPUSH", "l:small", 1, "", "three"],
		["RPUSH", "l:large", ...many(3000, (i) => [`element ${i}`])],
		["SADD", "set:integers", 1, -70_000, 3],
		["SADD", "set:words", "a", "b"],
		["SADD", "set:large", ...many(2000, (i) => [`member ${i}`])],
		["HSET", "h:small", "f", "v"],
		["HSET", "h:large", ...many(1000, (i) => [`field ${i}`, "v".repeat(i % 90)])],
		["ZADD", "z:small", 1.5, "a", "-inf", "b"],
		["ZADD", "z:large", ...many(1000, (i) => [i / 3, `member ${i}`])],
		["XADD", "x", "1-1", "f", "v"],
		["XADD", "x", "2-1", "f", "v", "g", "w"],
		["XADD", "x", "3-1", "f", "v"],
		["XDEL", "x", "2-1"],
		["XGROUP", "CREATE", "x", "g", "0"],
		["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "x", ">"],
	];
	for (const line of lines) expect(await session.ask(...line)).not.toStartWith("-");
	return [
		...new Set(
			lines.filter(([name]) => !String(name).startsWith("XG") && name !== "XREADGROUP").map(([, key]) => String(key)),
		),
	];
}

const digest = (session: Session) => session.ask("DEBUG", "DIGEST");
const groups = (session: Session) => session.ask("XINFO", "STREAM", "x", "FULL");
const debug = ["--enable-debug-command", "yes"];

async function checkedByRedis(path: string): Promise<string> {
	const child = Bun.spawn(["redis-check-rdb", path], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
	const text = await new Response(child.stdout).text();
	return (await child.exited) === 0 ? text : `failed:\n${text}`;
}

describe("a process that saves", () => {
	test("SIGTERM saves where there are save points, and the next one has the data", async () => {
		using directory = new TemporaryDirectory();
		const port = freePort();
		const args = ["--dir", directory.path, ...debug];
		let before = "";
		{
			await using first = await Program.serve(port, args);
			const session = await Session.open(port);
			await fill(session);
			before = await digest(session);
			await session.ask("CONFIG", "SET", "save", "3600 1");
			expect(await first.signal("SIGTERM")).toBe(0);
			expect(first.stdout).toContain(" * Saving the final RDB snapshot before exiting.\n");
			expect(first.stdout).toContain(" * DB saved on disk\n");
		}
		expect(readdirSync(directory.path)).toEqual(["dump.rdb"]);
		await using _second = await Program.serve(port, args);
		expect(await digest(await Session.open(port))).toBe(before);
	});

	test("a save that fails at the end keeps it running, unless it is forced", async () => {
		using directory = new TemporaryDirectory();
		using home = new TemporaryDirectory();
		const port = freePort();
		await using server = await Program.serve(port, ["--dir", directory.path]);
		const session = await Session.open(port);
		await session.ask("SET", "k", "v");
		await session.ask("CONFIG", "SET", "save", "3600 1");
		rmdirSync(directory.path);
		expect(await session.ask("SHUTDOWN")).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
		server.child.kill("SIGTERM");
		await server.says("Received SIGTERM scheduling shutdown...");
		expect(await session.ask("BGSAVE")).toMatch(/^\+Background saving started|^-ERR/);
		await session.eventually(/rdb_last_bgsave_status:err/, "INFO", "persistence");
		expect(await session.ask("SET", "k", "w")).toStartWith("-MISCONF Redis is configured to save RDB snapshots");
		expect(await session.ask("PING")).toStartWith("-MISCONF");
		expect(await session.ask("GET", "k")).toBe("$1\r\nv\r\n");
		void session.ask("SHUTDOWN", "FORCE").catch(() => {});
		expect(await server.exited).toBe(0);
		expect(existsSync(home.path)).toBe(true);
	});

	test("SHUTDOWN during a BGSAVE leaves no temporary file", async () => {
		using directory = new TemporaryDirectory();
		const port = freePort();
		await using server = await Program.serve(port, ["--dir", directory.path, "--rdb-key-save-delay", "1000", ...debug]);
		const session = await Session.open(port);
		await session.ask("DEBUG", "POPULATE", 20_000);
		expect(await session.ask("BGSAVE")).toBe("+Background saving started\r\n");
		expect(await session.ask("INFO", "persistence")).toContain("rdb_bgsave_in_progress:1");
		void session.ask("SHUTDOWN", "NOSAVE").catch(() => {});
		expect(await server.exited).toBe(0);
		expect(readdirSync(directory.path)).toEqual([]);
	});
});

describe.skipIf(!hasRedisServer())(`beside redis-server (else: ${missingRedisServer})`, () => {
	let reference: RedisServer;
	let theirs: Session;
	let program: Program;
	let ours: Session;
	let directory: TemporaryDirectory;
	let port = 0;

	beforeAll(async () => {
		directory = new TemporaryDirectory();
		reference = await RedisServer.start();
		theirs = await Session.open(reference.port);
		port = freePort();
		program = await Program.serve(port, ["--dir", directory.path, ...debug]);
		ours = await Session.open(port);
	});

	afterAll(async () => {
		await reference?.stop();
		await program?.[Symbol.asyncDispose]();
		directory?.[Symbol.dispose]();
	});

	test("redis-check-rdb accepts what SAVE and BGSAVE write, and DEBUG RELOAD reads it", async () => {
		await ours.ask("FLUSHALL");
		const keys = await fill(ours);
		await ours.ask("SELECT", 5);
		await ours.ask("SET", "elsewhere", 1);
		await ours.ask("SELECT", 0);
		const before = await digest(ours);
		const group = await groups(ours);
		expect(await ours.ask("SAVE")).toBe("+OK\r\n");
		expect(await checkedByRedis(directory.join("dump.rdb"))).toContain(`[info] ${keys.length + 1} keys read`);
		const saved_ms = statSync(directory.join("dump.rdb")).mtimeMs;
		expect(await ours.ask("BGSAVE")).toBe("+Background saving started\r\n");
		await ours.eventually(/rdb_bgsave_in_progress:0.*rdb_saves:2/s, "INFO", "persistence");
		expect(statSync(directory.join("dump.rdb")).mtimeMs).toBeGreaterThan(saved_ms);
		expect(await checkedByRedis(directory.join("dump.rdb"))).toContain("RDB looks OK!");
		expect(await ours.ask("DEBUG", "RELOAD")).toBe("+OK\r\n");
		expect(await digest(ours)).toBe(before);
		expect(await groups(ours)).toBe(group);
		expect(await ours.ask("FLUSHALL")).toBe("+OK\r\n");
		expect(await ours.ask("DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
		expect(await digest(ours)).toBe(before);
		expect(await ours.ask("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")).toStartWith(
			"-ERR Error trying to load the RDB dump",
		);
		expect(await ours.ask("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")).toBe("+OK\r\n");
		expect(await digest(ours)).toBe(before);
		await ours.ask("FLUSHALL");
	});

	test("MIGRATE moves every type to it, and it moves them back", async () => {
		await theirs.ask("FLUSHALL");
		await ours.ask("FLUSHALL");
		const keys = await fill(ours);
		const before = await digest(ours);
		const group = await groups(ours);
		expect(await ours.ask("MIGRATE", "127.0.0.1", reference.port, "", 0, 5000, "KEYS", ...keys)).toBe("+OK\r\n");
		expect(await ours.ask("DBSIZE")).toBe(":0\r\n");
		expect(await digest(theirs)).toBe(before);
		expect(await theirs.ask("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", ...keys)).toBe("+OK\r\n");
		expect(await theirs.ask("DBSIZE")).toBe(":0\r\n");
		expect(await digest(ours)).toBe(before);
		expect((await groups(ours)).replace(/seen-time[^$]*|active-time[^$]*/g, "")).toBe(
			group.replace(/seen-time[^$]*|active-time[^$]*/g, ""),
		);
	});

	test("what is wrong with a MIGRATE is said in the same words", async () => {
		await theirs.ask("FLUSHALL");
		await ours.ask("FLUSHALL");
		const nobody = freePort();
		const repliesOf = async (session: Session, other: Session, target: number) => {
			await session.ask("MSET", "k", "v", "both", "v");
			await other.ask("SET", "both", "w");
			const replies: string[] = [];
			for (const words of [
				[target, "missing", 0, 100],
				[target, "both", 0, 100],
				[target, "k", 99, 100],
				[target, "k", 0, 100, "AUTH", "wrong"],
				[target, "k", 0, 100, "AUTH2", "user", "wrong"],
				[target, "k", "x", 100],
				[target, "k", 0, "x"],
				[target, "k", 0, 100, "KEYS", "k"],
				[target, "k", 0, 100, "AUTH2", "user"],
				[nobody, "k", 0, 100],
				["no port", "k", 0, 100],
				[target, "", 0, 100, "KEYS"],
			]) {
				replies.push(await session.ask("MIGRATE", "127.0.0.1", ...words));
			}
			await session.ask("FLUSHALL");
			await other.ask("FLUSHALL");
			return replies;
		};
		const replies = await repliesOf(ours, theirs, reference.port);
		expect(replies).toEqual(await repliesOf(theirs, ours, port));
		expect(replies.filter((reply) => reply.startsWith("-IOERR"))).toHaveLength(2);
	});

	test("the fields of INFO persistence are the same", async () => {
		const names = async (session: Session) =>
			(await session.ask("INFO", "persistence"))
				.split("\r\n")
				.map((line) => line.split(":")[0])
				.slice(1);
		expect(await names(ours)).toEqual(await names(theirs));
	});
});
