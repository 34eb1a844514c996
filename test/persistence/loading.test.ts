import { describe, expect, test } from "bun:test";
import { LoadFailure, Loading, type LoadSource, type Pace } from "../../src/persistence/loading.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import { entry, lengthBytes, type Part, rdbFile, stringBytes } from "./rdb/read/rdb-bytes.ts";

const LOADING = "-LOADING Redis is loading the dataset in memory\r\n";
/** The smallest there can be. */
const slices = "loading-process-events-interval-bytes 1024";

function machineWith(file: Uint8Array): VirtualMachine {
	const machine = new VirtualMachine();
	machine.files.lay("/work/dump.rdb", file);
	return machine;
}

const strings = (count: number) =>
	rdbFile(12, ...Array.from({ length: count }, (_, i): Part => entry(0, `key:${i}`, stringBytes("v".repeat(50)))));

const bigSet = rdbFile(
	12,
	entry(2, "set", lengthBytes(20_000), ...Array.from({ length: 20_000 }, (_, i) => stringBytes(`member ${i}`))),
);

function field(info: string, name: string): string | undefined {
	return new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1];
}

describe("a server that starts", () => {
	test("without a file is empty, and ready at once", () => {
		const machine = new VirtualMachine();
		machine.start();
		expect(machine.network.connect(6379).run("DBSIZE")).toBe(":0\r\n");
		expect(machine.host.printed.at(-1)).toContain("Ready to accept connections tcp");
		expect(machine.host.printed.join()).not.toContain("DB loaded");
	});

	test("has loaded a small file before anybody can ask", () => {
		const machine = machineWith(strings(10));
		machine.start();
		expect(machine.network.connect(6379).run("DBSIZE")).toBe(":10\r\n");
		const log = machine.host.printed.slice(-3);
		expect(log[0]).toContain("Done loading RDB, keys loaded: 10, keys expired: 0.");
		expect(log[1]).toMatch(/\* DB loaded from disk: \d+\.\d{3} seconds$/);
		expect(log[2]).toContain("Ready to accept connections tcp");
	});

	test("loads a large one a slice at a time, and refuses what needs data meanwhile", () => {
		const machine = machineWith(strings(500));
		const server = machine.start(`${slices}\nkey-load-delay 1000`);
		const client = machine.network.connect(6379);
		machine.time.advance(100);
		expect(server.persistence.loading.isOn()).toBe(true);
		expect(client.run("GET", "key:1")).toBe(LOADING);
		expect(client.run("SET", "key:1", "x")).toBe(LOADING);
		expect(client.run("PING")).toBe(LOADING);
		expect(client.run("SELECT", "1")).toBe("+OK\r\n");
		const info = client.run("INFO", "persistence");
		expect(field(info, "loading")).toBe("1");
		expect(field(info, "async_loading")).toBe("0");
		expect(field(info, "loading_total_bytes")).toBe(String(strings(500).length));
		const loaded = Number(field(info, "loading_loaded_bytes"));
		expect(loaded).toBeGreaterThan(0);
		expect(loaded).toBeLessThan(strings(500).length);
		expect(field(info, "loading_loaded_perc")).toBe(((100 * loaded) / strings(500).length).toFixed(2));
		expect(field(info, "loading_eta_seconds")).toMatch(/^\d+$/);
		machine.time.advance(1000);
		expect(client.run("SELECT", "0")).toBe("+OK\r\n");
		expect(client.run("DBSIZE")).toBe(":500\r\n");
		expect(field(client.run("INFO", "persistence"), "loading")).toBe("0");
		expect(field(client.run("INFO", "persistence"), "rdb_last_load_keys_loaded")).toBe("500");
		for (const { table } of server.keyspace.databases) table.verify();
	});

	test("stops within a large collection, too", () => {
		const machine = machineWith(bigSet);
		const server = machine.start(slices);
		let slicesSeen = 0;
		let before = 0;
		while (server.persistence.loading.isOn()) {
			const loaded = server.persistence.loading.state()!.loadedBytes;
			expect(loaded - before).toBeLessThan(64 * 1024);
			before = loaded;
			slicesSeen++;
			machine.time.step();
		}
		expect(slicesSeen).toBeGreaterThan(5);
		expect(machine.network.connect(6379).run("SCARD", "set")).toBe(":20000\r\n");
	});

	test("waits after each key where it is told to", () => {
		const machine = machineWith(strings(20));
		const server = machine.start("key-load-delay 5000");
		machine.time.advance(52);
		const client = machine.network.connect(6379);
		expect(client.run("GET", "key:1")).toBe(LOADING);
		expect(server.keyspace.keyCount()).toBeGreaterThan(5);
		expect(server.keyspace.keyCount()).toBeLessThan(15);
		machine.time.advance(100);
		expect(client.run("DBSIZE")).toBe(":20\r\n");
	});

	test("ends with 1 where the file cannot be loaded, and leaves it as it is", () => {
		const file = strings(20).slice(0, 500);
		const machine = machineWith(file);
		const server = machine.prepare("save 1 1");
		const exits: number[] = [];
		server.onStopped((code) => exits.push(code));
		server.start();
		expect(exits).toEqual([1]);
		expect(machine.host.printed.join("\n")).toContain(
			"Short read or OOM loading DB. Unrecoverable error, aborting now.",
		);
		expect(machine.host.printed.join("\n")).not.toContain("Ready to accept");
		machine.time.advance(10_000);
		expect(machine.files.contents("/work/dump.rdb")).toEqual(file);
	});

	test("that ends while it loads saves nothing over the file", () => {
		const file = strings(500);
		const machine = machineWith(file);
		const server = machine.prepare(`save 1 1\n${slices}`);
		const exits: number[] = [];
		server.onStopped((code) => exits.push(code));
		server.start();
		machine.network.connect(6379).run("SHUTDOWN", "SAVE");
		expect(exits).toEqual([0]);
		machine.time.advance(10_000);
		expect(machine.files.contents("/work/dump.rdb")).toEqual(file);
		expect(server.persistence.loading.isOn()).toBe(false);
	});

	test("announces nothing, and counts no changes", () => {
		const machine = machineWith(strings(500));
		const server = machine.start(`${slices}\nnotify-keyspace-events KEAn`);
		const client = machine.network.connect(6379);
		client.run("PSUBSCRIBE", "*");
		machine.time.advance(1000);
		expect(server.keyspace.keyCount()).toBe(500);
		expect(client.take()).toBe("");
		expect(server.keyspace.changes.dirty).toBe(0);
	});
});

/** Loads so many bytes in a hundred steps, a millisecond each, or fails. */
class Steps implements LoadSource {
	readonly totalBytes = 100;
	readonly origin = "steps";
	loadedBytes = 0;
	keysLoaded = 7;
	keysExpired = 3;
	closed = 0;
	private readonly machine: VirtualMachine;
	private readonly failsAt: number;

	constructor(machine: VirtualMachine, failsAt = Infinity) {
		this.machine = machine;
		this.failsAt = failsAt;
	}

	advance(pace: Pace): boolean {
		do {
			if (this.loadedBytes === this.failsAt) throw new LoadFailure(["one", "two"]);
			this.machine.time.advance(1);
			this.loadedBytes++;
			if (this.loadedBytes === this.totalBytes) return true;
		} while (!pace.isOver(this.loadedBytes * 20_000));
		return false;
	}

	close(): void {
		this.closed++;
	}
}

describe("a load", () => {
	function loadingOf(machine: VirtualMachine): { loading: Loading; lines: string[]; executor: { isLoading: boolean } } {
		const server = machine.prepare("");
		const lines: string[] = [];
		const executor = { isLoading: false, isLoadingAside: false };
		const log = { notice: (line: string) => lines.push(line), warning: (line: string) => lines.push(`! ${line}`) };
		const { adapters, config, keyspace } = server;
		return { loading: new Loading({ adapters, config, keyspace, executor, log }), lines, executor };
	}

	test("takes no more than some ten milliseconds at a time", () => {
		const machine = new VirtualMachine();
		const { loading, executor } = loadingOf(machine);
		const source = new Steps(machine);
		loading.begin(source, () => {});
		expect(source.loadedBytes).toBeGreaterThanOrEqual(8);
		expect(source.loadedBytes).toBeLessThanOrEqual(12);
		expect(executor.isLoading).toBe(true);
	});

	test("closes its source once and calls back once, however it ends", () => {
		for (const failsAt of [Infinity, 0, 50]) {
			const machine = new VirtualMachine();
			const { loading, lines, executor } = loadingOf(machine);
			const source = new Steps(machine, failsAt);
			const outcomes: boolean[] = [];
			loading.begin(source, (isLoaded) => outcomes.push(isLoaded));
			machine.time.advance(1000);
			expect(outcomes).toEqual([failsAt === Infinity]);
			expect(source.closed).toBe(1);
			expect(executor.isLoading).toBe(false);
			if (failsAt === Infinity) {
				expect(lines).toEqual(["DB loaded from steps: 0.100 seconds"]);
				expect([loading.loadedKeys, loading.expiredKeys]).toEqual([7, 3]);
			} else expect(lines).toEqual(["! one", "! two"]);
		}
	});

	test("that is given up goes no further", () => {
		const machine = new VirtualMachine();
		const { loading } = loadingOf(machine);
		const source = new Steps(machine);
		const outcomes: boolean[] = [];
		loading.begin(source, (isLoaded) => outcomes.push(isLoaded));
		loading.stop();
		const { loadedBytes } = source;
		machine.time.advance(1000);
		expect([outcomes, source.loadedBytes, source.closed]).toEqual([[], loadedBytes, 1]);
		loading.stop();
		expect(source.closed).toBe(1);
	});

	test("tells now and then how far it is", () => {
		const machine = new VirtualMachine();
		const { loading, lines } = loadingOf(machine);
		const source = new Steps(machine);
		const step = source.advance.bind(source);
		source.advance = (pace) => {
			machine.time.advance(3000);
			return step(pace);
		};
		loading.begin(source, () => {});
		machine.time.advance(600_000);
		expect(lines[0]).toMatch(/^Loading the data: \d+%, \d+ s left$/);
		expect(lines.length).toBeGreaterThan(3);
		expect(lines.at(-1)).toMatch(/^DB loaded from steps/);
	});

	test("shows a bar on a terminal, which goes away in the end", () => {
		const machine = new VirtualMachine();
		const shown: string[] = [];
		Object.assign(machine.host, { isTerminal: true, showProgress: (line: string) => shown.push(line) });
		const { loading } = loadingOf(machine);
		loading.begin(new Steps(machine), () => {});
		machine.time.advance(1000);
		expect(shown.length).toBe(0);
		const slow = new Steps(machine);
		const step = slow.advance.bind(slow);
		slow.advance = (pace) => {
			machine.time.advance(200);
			return step(pace);
		};
		loading.begin(slow, () => {});
		machine.time.advance(30_000);
		expect(shown[0]).toMatch(/^Loading \[#*\.+\] \d+%, \d+ s left$/);
		expect(shown.at(-1)).toBe("");
	});
});
