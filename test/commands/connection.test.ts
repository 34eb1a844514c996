/** PING, ECHO, SELECT, QUIT, RESET, AUTH, HELLO: each on a connection of its own over TestHost. */
import { beforeEach, describe, expect, test } from "bun:test";
import { type Session, TestHost } from "../support/connections.ts";
import { toBytes } from "../support/wire.ts";

let host: TestHost;
let session: Session;
const run = (...words: string[]) => host.ask(session, ...words);

function start(password = ""): void {
	host = new TestHost(password);
	session = host.connect();
}

/** The fields of HELLO's reply, as RESP2 and RESP3 carry them alike. */
function helloFields(protocol: number, id: number): string {
	return (
		"$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n" +
		`$5\r\nproto\r\n:${protocol}\r\n$2\r\nid\r\n:${id}\r\n` +
		"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
	);
}
const hello2 = () => `*14\r\n${helloFields(2, session.connection.client.id)}`;
const hello3 = () => `%7\r\n${helloFields(3, session.connection.client.id)}`;

const wrongPassword = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const noAuth = "-NOAUTH Authentication required.\r\n";
const helloNoAuth =
	"-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> " +
	"<pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n";
const badName = "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";

beforeEach(() => start());

describe("PING and ECHO", () => {
	test("answer", () => {
		expect(run("PING")).toBe("+PONG\r\n");
		expect(run("ping", "a\0b")).toBe("$3\r\na\0b\r\n");
		expect(run("PING", "")).toBe("$0\r\n\r\n");
		expect(run("PING", "a", "b")).toBe("-ERR wrong number of arguments for 'ping' command\r\n");
		expect(run("ECHO", "\xff\r\n")).toBe("$3\r\n\xff\r\n\r\n");
		expect(run("ECHO")).toBe("-ERR wrong number of arguments for 'echo' command\r\n");
	});
});

describe("SELECT", () => {
	test("takes a database that exists", () => {
		expect(run("SELECT", "15")).toBe("+OK\r\n");
		expect(session.connection.client.database).toBe(15);
		for (const index of ["16", "-1", "2147483647", "-2147483648"]) {
			expect(run("SELECT", index)).toBe("-ERR DB index is out of range\r\n");
		}
		for (const index of ["2147483648", "-2147483649", "9007199254740993", "9223372036854775807"]) {
			expect(run("SELECT", index)).toBe(
				"-ERR value is out of range, value must between -2147483648 and 2147483647\r\n",
			);
		}
		for (const index of ["", "a", "1.5", "01", "+1", " 1", "9223372036854775808"]) {
			expect(run("SELECT", index)).toBe("-ERR value is not an integer or out of range\r\n");
		}
		expect(session.connection.client.database).toBe(15);
	});

	test("counts for the commands behind it in the same batch", () => {
		session.stream.deliver(toBytes("SELECT 3\r\nCLIENT INFO\r\nRESET\r\nCLIENT INFO\r\n"));
		const infos = session.stream.take().match(/ db=\d+ /g);
		expect(infos).toEqual([" db=3 ", " db=0 "]);
		expect(host.executor.call.database).toBe(host.keyspace.databases[0]!);
		run("SELECT", "7");
		expect(host.executor.call.database).toBe(host.keyspace.databases[7]!);
	});
});

describe("QUIT", () => {
	test("answers, closes, and lets nothing behind it happen", () => {
		session.stream.deliver(toBytes("QUIT now please\r\nRECORD a\r\n"));
		expect(session.stream.take()).toBe("+OK\r\n");
		expect(session.stream.isEnded).toBe(true);
		expect(host.recorded).toEqual([]);
	});

	test("is there for clients that have not authenticated", () => {
		start("secret");
		expect(run("QUIT")).toBe("+OK\r\n");
		expect(session.stream.isEnded).toBe(true);
	});
});

describe("AUTH", () => {
	test("where no password is set", () => {
		expect(run("AUTH", "x")).toBe(
			"-ERR AUTH <password> called without any password configured for the default user. " +
				"Are you sure your configuration is correct?\r\n",
		);
		expect(run("AUTH", "default", "x")).toBe("+OK\r\n");
		expect(run("AUTH", "nobody", "x")).toBe(wrongPassword);
		expect(run("AUTH", "default", "a", "b")).toBe("-ERR syntax error\r\n");
		expect(run("AUTH")).toBe("-ERR wrong number of arguments for 'auth' command\r\n");
	});

	test("where a password is set", () => {
		start("secret");
		expect(run("PING")).toBe(noAuth);
		expect(run("AUTH", "wrong")).toBe(wrongPassword);
		expect(run("AUTH", "default", "wrong")).toBe(wrongPassword);
		expect(run("AUTH", "nobody", "secret")).toBe(wrongPassword);
		expect(run("PING")).toBe(noAuth);
		expect(run("AUTH", "secret")).toBe("+OK\r\n");
		expect(run("PING")).toBe("+PONG\r\n");
		// Who is in stays in.
		expect(run("AUTH", "wrong")).toBe(wrongPassword);
		expect(run("PING")).toBe("+PONG\r\n");
		expect(run("RESET")).toBe("+RESET\r\n");
		expect(run("PING")).toBe(noAuth);
		expect(run("AUTH", "default", "secret")).toBe("+OK\r\n");
		expect(run("PING")).toBe("+PONG\r\n");
	});

	test("lets the commands behind it in the same chunk in", () => {
		start("secret");
		session.stream.deliver(toBytes("PING\r\nAUTH secret\r\nPING\r\n"));
		expect(session.stream.take()).toBe(`${noAuth}+OK\r\n+PONG\r\n`);
	});
});

describe("HELLO", () => {
	test("describes the connection and switches its protocol", () => {
		expect(run("HELLO")).toBe(hello2());
		expect(run("HELLO", "3")).toBe(hello3());
		expect(run("HELLO")).toBe(hello3());
		expect(run("CLIENT", "GETNAME")).toBe("_\r\n");
		expect(run("HELLO", "2")).toBe(hello2());
		expect(run("CLIENT", "GETNAME")).toBe("$-1\r\n");
	});

	test("judges the version before anything else", () => {
		for (const version of ["1", "4", "-1", "0", "9223372036854775807"]) {
			expect(run("HELLO", version, "FOO")).toBe("-NOPROTO unsupported protocol version\r\n");
		}
		for (const version of ["", "abc", "3.0", "03", "9223372036854775808", "SETNAME"]) {
			expect(run("HELLO", version, "FOO")).toBe("-ERR Protocol version is not an integer or out of range\r\n");
		}
	});

	test("names and authenticates", () => {
		expect(run("HELLO", "3", "setname", "one", "AUTH", "default", "any", "SETNAME", "two")).toBe(hello3());
		expect(run("CLIENT", "GETNAME")).toBe("$3\r\ntwo\r\n");
		expect(run("HELLO", "2", "SETNAME", "")).toBe(hello2());
		expect(run("CLIENT", "GETNAME")).toBe("$-1\r\n");
	});

	test("that fails changes nothing", () => {
		run("CLIENT", "SETNAME", "before");
		expect(run("HELLO", "3", "SETNAME", "a", "FOO")).toBe("-ERR Syntax error in HELLO option 'FOO'\r\n");
		expect(run("HELLO", "3", "SETNAME")).toBe("-ERR Syntax error in HELLO option 'SETNAME'\r\n");
		expect(run("HELLO", "3", "AUTH", "default")).toBe("-ERR Syntax error in HELLO option 'AUTH'\r\n");
		expect(run("HELLO", "3", "SETNAME", "a", "SETNAME", "b c")).toBe(badName);
		expect(run("HELLO", "3", "SETNAME", "a", "AUTH", "nobody", "x")).toBe(wrongPassword);
		expect(run("CLIENT", "GETNAME")).toBe("$6\r\nbefore\r\n");
	});

	test("of two AUTH options takes the last one", () => {
		start("secret");
		expect(run("HELLO", "2", "AUTH", "default", "secret", "AUTH", "default", "wrong")).toBe(wrongPassword);
		expect(run("HELLO", "2", "AUTH", "default", "wrong", "AUTH", "default", "secret")).toBe(hello2());
	});

	test("asks for a password where one is set", () => {
		start("secret");
		expect(run("HELLO")).toBe(helloNoAuth);
		expect(run("HELLO", "3", "SETNAME", "x")).toBe(helloNoAuth);
		expect(run("HELLO", "4")).toBe("-NOPROTO unsupported protocol version\r\n");
		expect(run("HELLO", "3", "AUTH", "default", "wrong")).toBe(wrongPassword);
		expect(run("PING")).toBe(noAuth);
		expect(run("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me")).toBe(hello3());
		expect(run("CLIENT", "GETNAME")).toBe("$2\r\nme\r\n");
		expect(run("HELLO", "2")).toBe(hello2());
	});
});

describe("RESET", () => {
	test("puts a connection back to its beginning", () => {
		run("HELLO", "3", "SETNAME", "me");
		run("SELECT", "5");
		run("CLIENT", "NO-EVICT", "on");
		run("CLIENT", "NO-TOUCH", "on");
		run("CLIENT", "SETINFO", "LIB-NAME", "lib");
		expect(run("RESET")).toBe("+RESET\r\n");
		const info = run("CLIENT", "INFO");
		expect(info).toStartWith("$");
		expect(info).toContain(" name= ");
		expect(info).toContain(" flags=N db=0 ");
		expect(info).toContain(" resp=2 lib-name=lib ");
		expect(host.keyspace.touches).toBe(true);
		expect(run("RESET", "x")).toBe("-ERR wrong number of arguments for 'reset' command\r\n");
	});

	test("counts for the commands behind it in the same batch", () => {
		session.stream.deliver(toBytes("HELLO 3\r\nCLIENT NO-TOUCH on\r\nRESET\r\nCLIENT GETNAME\r\n"));
		expect(session.stream.take()).toEndWith("+OK\r\n+RESET\r\n$-1\r\n");
		expect(host.keyspace.touches).toBe(true);
	});

	test("turns replies on again, and is answered", () => {
		expect(run("CLIENT", "REPLY", "OFF")).toBe("");
		expect(run("RESET")).toBe("+RESET\r\n");
		expect(run("PING")).toBe("+PONG\r\n");
	});

	test("does not answer where its reply is skipped", () => {
		run("CLIENT", "REPLY", "SKIP");
		expect(run("RESET")).toBe("");
		expect(run("PING")).toBe("+PONG\r\n");
	});
});
