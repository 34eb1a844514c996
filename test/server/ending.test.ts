import { describe, expect, test } from "bun:test";
import { started } from "../replication/leading.ts";

const FAILED = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n";

/** A server with a replica that has not got its newest write. */
function lagging(directives = "") {
	const made = started(directives);
	const { machine, server, settle, online, client } = made;
	const replica = online();
	client.run("SET", "k", "1");
	settle();
	let code = -1;
	server.onStopped((given) => {
		code = given;
	});
	const connect = () => machine.network.connect(6379);
	const asking = connect();
	/** The words of SHUTDOWN, and what has come of it a moment later: a code, a reply, "" for neither. */
	const ask = (...words: string[]) => {
		asking.send("SHUTDOWN", ...words);
		settle();
		return code >= 0 ? code : asking.take();
	};
	const catchUp = () => {
		replica.read().acknowledge();
		settle();
	};
	const log = () => machine.host.printed.map((line) => line.replace(/^\S+:. .{24} /, "")).join("\n");
	return { ...made, replica, connect, asking, ask, catchUp, log, code: () => code };
}

describe("SHUTDOWN with a replica that lags", () => {
	test("waits for it, and clients with their writes as long", () => {
		const { ask, connect, catchUp, code, log, replica, settle } = lagging();
		replica.takeStream();
		expect(ask()).toBe("");
		const other = connect();
		expect(other.run("GET", "k")).toBe("$1\r\n1\r\n");
		other.send("SET", "k", "2");
		settle(2000);
		expect([other.take(), code()]).toEqual(["", -1]);
		expect(replica.takeStream()).toBe("*3 $8 REPLCONF $6 GETACK $1 *");
		catchUp();
		expect(code()).toBe(0);
		expect(log()).toContain("* User requested shutdown...\n* Waiting for replicas before shutting down.\n");
		expect(log()).toContain("* 1 of 1 replicas are in sync when shutting down.\n");
		expect(log()).toEndWith("* Redis is now ready to exit, bye bye...");
	});

	test("waits no longer than shutdown-timeout, and says who lacks how much", () => {
		const { ask, settle, code, log, info } = lagging("shutdown-timeout 3");
		expect(ask()).toBe("");
		const left_ms = Number(info()["shutdown_in_milliseconds"]);
		expect(left_ms).toBeGreaterThan(2500);
		expect(left_ms).toBeLessThanOrEqual(3000);
		settle(2000);
		expect(code()).toBe(-1);
		settle(1100);
		expect(code()).toBe(0);
		expect(log()).toMatch(
			/\* Lagging replica 127.0.0.1:7777 reported offset \d+ behind master, lag=3, state=online\.\n/,
		);
		expect(log()).toContain("* 0 of 1 replicas are in sync when shutting down.\n");
	});

	test("waits for one that is still without a copy", () => {
		const { ask, settle, follow, catchUp, code, log, client } = lagging("shutdown-timeout 3");
		catchUp();
		client.run("CONFIG", "SET", "repl-diskless-sync-delay", "1000");
		follow("?", -1);
		expect(ask()).toBe("");
		catchUp();
		settle(3000);
		expect(code()).toBe(0);
		expect(log()).toContain("behind master, lag=0, state=wait_bgsave.\n* 1 of 2 replicas are in sync");
	});

	test("waits also for what was written just before", () => {
		const { catchUp, client, settle, code } = lagging();
		catchUp();
		client.sendText("SET last 1\r\nSHUTDOWN\r\n");
		settle();
		expect(code()).toBe(-1);
		catchUp();
		expect(code()).toBe(0);
	});

	test("does not wait for one that has everything, or is gone", () => {
		const { ask, catchUp } = lagging();
		catchUp();
		expect(ask()).toBe(0);
		const other = lagging();
		other.replica.client.end();
		expect(other.ask()).toBe(0);
	});

	for (const [what, directives, words] of [
		["NOW", "", ["NOW"]],
		["shutdown-timeout 0", "shutdown-timeout 0", []],
	] as const) {
		test(`does not wait with ${what}, and sends what there is`, () => {
			const { client, replica, machine, log, code } = lagging(directives);
			replica.takeStream();
			client.sendText(`SET last 1\r\nSHUTDOWN ${words.join(" ")}\r\n`);
			machine.time.advance(100);
			expect(code()).toBe(0);
			expect(replica.takeStream()).toContain("last");
			expect(log()).not.toContain("Waiting for replicas");
			expect(log()).toContain("* 0 of 1 replicas are in sync when shutting down.\n");
		});
	}

	test("is given up by ABORT: who asked hears an error, and writes go on", () => {
		const { ask, asking, connect, settle, client, log, info, catchUp, code } = lagging();
		const second = connect();
		const writer = connect();
		ask();
		second.send("SHUTDOWN", "NOW");
		writer.send("SET", "k", "2");
		settle();
		expect([second.take(), writer.take()]).toEqual(["", ""]);
		expect(client.run("SHUTDOWN", "ABORT")).toBe("+OK\r\n");
		settle();
		expect([asking.take(), second.take(), writer.take()]).toEqual([FAILED, FAILED, "+OK\r\n"]);
		expect(log()).toContain("* Shutdown manually aborted.");
		expect(info()["shutdown_in_milliseconds"]).toBeUndefined();
		expect(client.run("SHUTDOWN", "ABORT")).toBe("-ERR No shutdown in progress.\r\n");
		catchUp();
		settle(20_000);
		expect([code(), asking.run("PING")]).toEqual([-1, "+PONG\r\n"]);
	});

	test("fails where the data cannot be saved when it comes to that", () => {
		const { ask, asking, catchUp, connect, machine, code, settle, log } = lagging();
		ask("SAVE");
		const writer = connect();
		writer.send("SET", "k", "2");
		settle();
		const path = machine.files.resolve("dump.rdb");
		machine.files.refusedWrites.set(path, "ENOSPC: no space left on device");
		catchUp();
		expect([code(), asking.take(), writer.take()]).toEqual([-1, FAILED, "+OK\r\n"]);
		expect(log()).toContain("Error trying to save the DB, can't exit.");
		machine.files.refusedWrites.delete(path);
		catchUp();
		expect(ask()).toBe(0);
	});

	test("goes on where who asked for it is gone, and nobody else ends that wait", () => {
		const { ask, asking, client, catchUp, code, settle } = lagging();
		const id = asking.run("CLIENT", "ID").slice(1, -2);
		ask();
		expect(client.run("CLIENT", "UNBLOCK", id)).toBe(":0\r\n");
		expect(client.run("CLIENT", "LIST", "ID", id)).toContain(" flags=b ");
		asking.end();
		settle();
		expect(code()).toBe(-1);
		catchUp();
		expect(code()).toBe(0);
	});
});

describe("a signal with a replica that lags", () => {
	test("SIGTERM waits for it", () => {
		const { server, settle, catchUp, code, log } = lagging();
		server.signalled("SIGTERM");
		settle();
		expect(code()).toBe(-1);
		catchUp();
		expect(code()).toBe(0);
		expect(log()).toContain("* Received SIGTERM scheduling shutdown...\n* User requested shutdown...\n* Waiting");
	});

	test("is given up by SHUTDOWN ABORT", () => {
		const { server, client, catchUp, code } = lagging();
		server.signalled("SIGTERM");
		expect(client.run("SHUTDOWN", "ABORT")).toBe("+OK\r\n");
		catchUp();
		expect(code()).toBe(-1);
		server.signalled("SIGINT");
		expect(code()).toBe(0);
	});

	test("shutdown-on-sigterm now waits for nobody", () => {
		const { server, code } = lagging("shutdown-on-sigterm now");
		server.signalled("SIGTERM");
		expect(code()).toBe(0);
	});

	test("SIGINT twice ends at once", () => {
		const { server, code, log, settle, replica } = lagging();
		server.signalled("SIGINT");
		expect(code()).toBe(-1);
		replica.read().acknowledge();
		server.signalled("SIGINT");
		settle();
		expect(code()).toBe(1);
		expect(log()).toContain("# You insist... exiting now.");
	});
});
