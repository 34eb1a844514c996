/** The port for TLS in virtual time: what the directives do, what is logged, and what a bad change leaves alone. */
import { beforeEach, describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import type { Server } from "../../src/server/server.ts";
import {
	certificateFile,
	clientOptions,
	freePort,
	ping,
	type serverSettings,
	TlsClient,
	tlsDirectives,
} from "../support/tls.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

const GOOD = "tls-cert-file server.crt\ntls-key-file server.key\ntls-ca-cert-file ca.crt";
const SET_FAILED = "Unable to update TLS configuration. Check server logs.";

let machine: VirtualMachine;

beforeEach(() => {
	machine = new VirtualMachine();
	for (const name of ["server", "second"]) {
		machine.files.replaceText(`${name}.crt`, `certificate of ${name}`);
		machine.files.replaceText(`${name}.key`, `key of ${name}`);
	}
	machine.files.replaceText("ca.crt", "authority");
	machine.network.tlsFaultOf = ({ certificate, key, authorities, ciphers }) => {
		if (!certificate.startsWith("certificate of")) return { part: "certificate", reason: "no start line" };
		if (certificate.slice(15) !== key.slice(7)) return { part: "key", reason: "key values mismatch" };
		if (authorities !== "" && !authorities.startsWith("authority")) {
			return { part: "authorities", reason: "no certificate found" };
		}
		return ciphers === "NONSENSE" ? { part: "ciphers", reason: "no cipher match" } : null;
	};
});

function start(directives: string): Server {
	return machine.start(directives);
}

function log(): string[] {
	return machine.host.printed.map((line) => line.replace(/^\S+ \S+ \S+ \S+ \S+ /, ""));
}

function lastWarning(): string | undefined {
	return log().findLast((line) => line.startsWith("# "));
}

/** The certificate that new connections are shown. */
function shown(port = 6380): string | undefined {
	return machine.network.tlsSettings.get(port)?.certificate;
}

describe("at the start", () => {
	test("both ports are served, and the log and INFO say so", () => {
		start(`tls-port 6380\nunixsocket /run/lite.sock\n${GOOD}`);
		expect(machine.network.connect(6380).run("PING")).toBe("+PONG\r\n");
		const plain = machine.network.connect(6379);
		expect(plain.run("PING")).toBe("+PONG\r\n");
		expect(machine.network.connectUnix("/run/lite.sock").run("PING")).toBe("+PONG\r\n");
		expect(log().filter((line) => line.includes("Ready to accept"))).toEqual([
			"* Ready to accept connections tcp",
			"* Ready to accept connections unix",
			"* Ready to accept connections tls",
		]);
		const info = plain.run("INFO", "server");
		expect(info).toContain("\r\ntcp_port:6379\r\n");
		expect(info).toContain("\r\nlistener0:name=tcp,bind=*,bind=-::*,port=6379\r\n");
		expect(info).toContain("\r\nlistener1:name=unix,bind=/run/lite.sock\r\n");
		expect(info).toContain("\r\nlistener2:name=tls,bind=*,bind=-::*,port=6380\r\n");
	});

	test("port 0 leaves the port for TLS alone", () => {
		start(`port 0\ntls-port 6380\n${GOOD}`);
		const client = machine.network.connect(6380);
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(client.run("INFO", "server")).toContain("\r\ntcp_port:6380\r\n");
		expect(log()).toContain("* Running mode=standalone, port=6380.");
		expect(machine.network.addresses()).toEqual(["0.0.0.0:6380", ":::6380"]);
	});

	test.each([
		["tls-port 6380", "No tls-cert-file configured!"],
		["tls-port 6380\ntls-cert-file server.crt", "No tls-key-file configured!"],
		[`tls-port 6380\n${GOOD}\ntls-cert-file nope`, "Failed to load certificate: nope: No such file or directory"],
		[`tls-port 6380\n${GOOD}\ntls-key-file nope`, "Failed to load private key: nope: No such file or directory"],
		[`tls-port 6380\n${GOOD}\ntls-cert-file ca.crt`, "Failed to load certificate: ca.crt: no start line"],
		[`tls-port 6380\n${GOOD}\ntls-key-file second.key`, "Failed to load private key: second.key: key values mismatch"],
		[
			`tls-port 6380\n${GOOD}\ntls-ca-cert-file server.crt`,
			"Failed to configure CA certificate(s) file/directory: no certificate found",
		],
		[
			`tls-port 6380\n${GOOD}\ntls-ca-cert-file nope`,
			"Failed to configure CA certificate(s) file/directory: nope: No such file or directory",
		],
		[
			`tls-port 6380\n${GOOD}\ntls-ca-cert-file ""`,
			"Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!",
		],
		[`tls-port 6380\n${GOOD}\ntls-ciphers NONSENSE`, "Failed to configure ciphers: NONSENSE"],
		[
			`tls-port 6380\n${GOOD}\ntls-protocols "TLSv1.2,TLSv1.3"`,
			"Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
		],
		[
			`tls-port 6380\n${GOOD}\ntls-protocols "TLSv1.1 TLSv1.3"`,
			"tls-protocols with a gap is not supported by this version of redis-lite",
		],
		[
			`tls-port 6380\n${GOOD}\ntls-ciphersuites TLS_AES_128_GCM_SHA256`,
			"tls-ciphersuites is not supported by this version of redis-lite: the ciphers of TLS 1.3 are fixed",
		],
		[
			`tls-port 6380\n${GOOD}\ntls-dh-params-file ca.crt`,
			"tls-dh-params-file is not supported by this version of redis-lite: keys are exchanged over elliptic curves",
		],
		[`tls-cluster yes\ntls-key-file server.key`, "No tls-cert-file configured!"],
	])("%j is refused", (directives, reason) => {
		expect(() => start(directives)).toThrow("Failed to configure TLS. Check logs for more info.");
		expect(log()).toContain(`# ${reason}`);
		expect(machine.network.addresses()).toEqual([]);
	});

	test("a port that is taken is refused by its kind", () => {
		expect(() => start(`tls-port 6379\n${GOOD}`)).toThrow("Failed listening on port 6379 (tls), aborting.");
		expect(machine.network.addresses()).toEqual([]);
	});

	test("without TLS its files are nobody's business", () => {
		start("tls-cert-file nope\ntls-ciphersuites X");
		const client = machine.network.connect(6379);
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(client.run("CONFIG", "SET", "tls-key-file", "nope", "tls-protocols", "x")).toBe("+OK\r\n");
	});
});

describe("CONFIG SET", () => {
	let client: VirtualClient;

	function set(...pairs: string[]): string {
		const reply = client.run("CONFIG", "SET", ...pairs).trimEnd();
		return reply.replace(/^-ERR CONFIG SET failed \(possibly related to argument '([^']*)'\) - /, "$1: ");
	}

	function get(name: string): string | undefined {
		return client.run("CONFIG", "GET", name).split("\r\n").at(-2);
	}

	beforeEach(() => {
		start(`tls-port 6380\n${GOOD}`);
		client = machine.network.connect(6379);
	});

	test("new certificates are for new connections", () => {
		const before = machine.network.connect(6380);
		expect(set("tls-cert-file", "second.crt", "tls-key-file", "second.key")).toBe("+OK");
		expect(shown()).toBe("certificate of second");
		expect(before.run("PING")).toBe("+PONG\r\n");
		expect(machine.network.connect(6380).run("PING")).toBe("+PONG\r\n");
	});

	test("the same path is read again", () => {
		machine.files.replaceText("server.crt", "certificate of second");
		machine.files.replaceText("server.key", "key of second");
		expect(set("tls-auth-clients", "yes")).toBe("+OK");
		expect(shown()).toBe("certificate of server");
		expect(set("tls-cert-file", "server.crt")).toBe("+OK");
		expect(shown()).toBe("certificate of second");
	});

	test.each([
		["tls-cert-file", "nope"],
		["tls-cert-file", "second.crt"],
		["tls-key-file", "ca.crt"],
		["tls-ca-cert-file", "server.crt"],
		["tls-ca-cert-file", ""],
		["tls-ciphers", "NONSENSE"],
		["tls-protocols", "SSLv3"],
	])("%s %j is refused, and what was there stays", (name, value) => {
		const settings = machine.network.tlsSettings.get(6380);
		const before = get(name);
		expect(set("timeout", "7", name, value)).toBe(`${name}: ${SET_FAILED}`);
		expect(lastWarning()).toMatch(/Failed|Either|Invalid/);
		expect(get(name)).toBe(before as string);
		expect(get("timeout")).toBe("0");
		expect(machine.network.tlsSettings.get(6380)).toEqual(settings!);
		expect(machine.network.connect(6380).run("PING")).toBe("+PONG\r\n");
	});

	test.each([
		["tls-ciphersuites", "TLS_AES_128_GCM_SHA256"],
		["tls-dh-params-file", "ca.crt"],
		["tls-protocols", "TLSv1 TLSv1.2"],
	])("%s %j cannot be had, and the reply says so", (name, value) => {
		expect(set(name, value)).toMatch(new RegExp(`^${name}: ${name}.* is not supported by this version of redis-lite`));
		expect(get(name)).toBe("");
	});

	test("where the files have become bad meanwhile, a refused change leaves what was read from them", () => {
		machine.files.replaceText("server.crt", "damaged");
		expect(set("tls-ciphers", "NONSENSE")).toBe(`tls-ciphers: ${SET_FAILED}`);
		expect(shown()).toBe("certificate of server");
	});

	test("everything else reaches the network as well", () => {
		machine.files.replaceText("second.crt", "certificate of second");
		const settings = () => machine.network.tlsSettings.get(6380)!;
		const changes: [string, string, Partial<typeof serverSettings>][] = [
			["tls-auth-clients", "optional", { clientCertificate: "optional" }],
			["tls-auth-clients", "no", { clientCertificate: "ignored" }],
			["tls-protocols", "tlsv1.3 TLSv1.2 TLSv1.1", { versionMin: "TLSv1.1", versionMax: "TLSv1.3" }],
			["tls-protocols", "TLSv1", { versionMin: "TLSv1", versionMax: "TLSv1" }],
			["tls-protocols", "", { versionMin: "TLSv1.2", versionMax: "TLSv1.3" }],
			["tls-ciphers", "HIGH", { ciphers: "HIGH" }],
			["tls-prefer-server-ciphers", "yes", { prefersOwnCiphers: true }],
			["tls-session-cache-timeout", "60", { sessions_s: 60 }],
			["tls-session-caching", "no", { sessions_s: 0 }],
			["tls-key-file-pass", "secret", { passphrase: "secret" }],
		];
		for (const [name, value, expected] of changes) {
			expect(set(name, value)).toBe("+OK");
			expect(settings()).toMatchObject(expected);
		}
		expect(set("tls-session-cache-size", "5")).toBe("+OK");
	});

	test("tls-port moves, closes and opens the port", () => {
		expect(set("tls-port", "6381")).toBe("+OK");
		expect(() => machine.network.connect(6380)).toThrow("refused");
		expect(machine.network.connect(6381).run("PING")).toBe("+PONG\r\n");
		expect(set("tls-port", "6379")).toBe("tls-port: Unable to listen on this port. Check server logs.");
		expect(machine.network.connect(6381).run("PING")).toBe("+PONG\r\n");
		expect(set("tls-port", "0")).toBe("+OK");
		expect(() => machine.network.connect(6381)).toThrow("refused");
		expect(client.run("INFO", "server")).not.toContain("name=tls");
		expect(set("tls-cert-file", "nope")).toBe("+OK");
		expect(set("tls-port", "6380")).toBe(`tls-port: ${SET_FAILED}`);
		expect(get("tls-port")).toBe("0");
		expect(set("tls-port", "6380", "tls-cert-file", "server.crt")).toBe("+OK");
		expect(machine.network.connect(6380).run("PING")).toBe("+PONG\r\n");
	});

	test("bind moves it, too, and back where an address cannot be had", () => {
		expect(set("bind", "127.0.0.1")).toBe("+OK");
		expect(machine.network.addresses().sort()).toEqual(["127.0.0.1:6379", "127.0.0.1:6380"]);
		machine.network.missingHosts.add("10.0.0.1");
		expect(set("bind", "127.0.0.1 10.0.0.1")).toBe("bind: Failed to bind to specified addresses.");
		expect(machine.network.addresses().sort()).toEqual(["127.0.0.1:6379", "127.0.0.1:6380"]);
	});

	test("tls-ca-cert-dir takes what OpenSSL would find there", () => {
		machine.files.makeDirectory("cas");
		expect(set("tls-ca-cert-file", "", "tls-ca-cert-dir", "cas")).toBe(`tls-ca-cert-file: ${SET_FAILED}`);
		machine.files.replaceText("cas/notes.txt", "notes");
		machine.files.replaceText("cas/0a1b2c3d.0", "authority one");
		machine.files.replaceText("cas/0a1b2c3d.1", "authority two");
		expect(set("tls-ca-cert-file", "", "tls-ca-cert-dir", "cas")).toBe("+OK");
		expect(machine.network.tlsSettings.get(6380)!.authorities).toBe("authority one\nauthority two");
		expect(set("tls-ca-cert-dir", "nowhere")).toBe(`tls-ca-cert-dir: ${SET_FAILED}`);
	});

	test("a server that stops closes it", () => {
		client.send("SHUTDOWN", "NOSAVE");
		machine.network.settle();
		expect(machine.network.addresses()).toEqual([]);
	});
});

describe("clients that have not agreed yet", () => {
	test("are clients like any other: they are listed, counted, and closed when they are idle", () => {
		const server = start(`tls-port 6380\ntimeout 5\nmaxclients 3\n${GOOD}`);
		const silent = machine.network.connect(6380, { agrees: false });
		const asking = machine.network.connect(6379);
		expect(asking.run("CLIENT", "LIST")).toContain(`addr=${silent.address()} `);
		const third = machine.network.connect(6380, { agrees: false });
		const fourth = machine.network.connect(6380);
		machine.network.settle();
		expect([third.isClosed, fourth.isClosed]).toEqual([false, true]);
		expect(fourth.take()).toBe("");
		machine.time.advance(3_000);
		asking.run("PING");
		machine.time.advance(3_000);
		expect([silent.isClosed, third.isClosed]).toEqual([true, true]);
		expect(server.clients.count()).toBe(1);
	});

	test("protected mode tells its reason behind TLS, to whom has agreed", () => {
		const server = start(`tls-port 6380\n${GOOD}`);
		const stranger = machine.network.connect(6380, { from: "10.0.0.9" });
		stranger.send("SET", "key", "value");
		machine.network.settle();
		expect(stranger.take()).toStartWith("-DENIED ");
		expect(stranger.isClosed).toBe(true);
		const silent = machine.network.connect(6380, { from: "10.0.0.9", agrees: false });
		machine.network.settle();
		expect(silent.isClosed).toBe(false);
		expect(machine.network.connect(6379).run("INFO", "stats")).toContain("rejected_connections:2\r\n");
		expect(server.keyspace.keyCount()).toBe(0);
		expect(machine.network.connect(6380).run("PING")).toBe("+PONG\r\n");
	});
});

describe("MIGRATE with tls-cluster", () => {
	test("goes over TLS, and only there", () => {
		start(`tls-port 6380\ntls-cluster yes\n${GOOD}`);
		machine.start(`port 7000\ntls-port 7001\n${GOOD}`);
		const client = machine.network.connect(6379);
		const migrate = (port: number) => {
			client.run("SET", "key", "value");
			client.send("MIGRATE", "127.0.0.1", port, "key", 0, 1000, "REPLACE");
			machine.time.advance(2_000);
			return client.take();
		};
		expect(migrate(7000)).toMatch(/^-IOERR/);
		expect(migrate(7001)).toBe("+OK\r\n");
		expect(client.run("CONFIG", "SET", "tls-cluster", "no")).toBe("+OK\r\n");
		expect(migrate(7000)).toBe("+OK\r\n");
		// The connection that is kept is not encrypted.
		expect(client.run("CONFIG", "SET", "tls-cluster", "yes")).toBe("+OK\r\n");
		expect(migrate(7000)).toMatch(/^-IOERR/);
		expect(machine.network.connect(7000).run("GET", "key")).toBe("$5\r\nvalue\r\n");
	});
});

describe("over real sockets", () => {
	test("certificates are exchanged under way, and a refused one is not", async () => {
		const port = freePort();
		await using server = await RedisLite.start(tlsDirectives(port));
		const before = await TlsClient.connect(port);
		expect(before.serverName()).toBe("server");
		const path = (name: string) => certificateFile(`second.${name}`);
		const refused = await before.ask(`CONFIG SET tls-cert-file ${path("crt")}`);
		expect(refused).toEndWith(SET_FAILED);
		expect(await before.ask(`CONFIG SET tls-cert-file ${path("crt")} tls-key-file ${path("key")}`)).toBe("+OK");
		const after = await TlsClient.connect(port);
		expect(after.serverName()).toBe("second");
		expect(await before.ask("PING")).toBe("+PONG");
		expect(await after.ask("SET key value")).toBe("+OK");
		expect(server.port).not.toBe(port);
		before.close();
		after.close();
	});

	test("who never agrees is closed by `timeout`, and the port goes on", async () => {
		const port = freePort();
		await using _ = await RedisLite.start({ ...tlsDirectives(port), timeout: 1 });
		const silent = Promise.withResolvers<void>();
		await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {}, close: () => silent.resolve() } });
		await silent.promise;
		expect(await ping(port)).toBe("+PONG");
		expect(await ping(port, clientOptions("stranger"))).toBe("");
	});
});
