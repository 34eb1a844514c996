import { describe, expect, test } from "bun:test";
import { frameEnd, MalformedReply, parseReply } from "./reply.ts";
import { encodeCommand, Frame, toBytes, WireConnection } from "./wire.ts";

const replies = [
	"+OK\r\n",
	"-ERR wrong\r\n",
	":-9223372036854775808\r\n",
	"$-1\r\n",
	"$0\r\n\r\n",
	"$4\r\n\r\n\x00\xff\r\n",
	"*-1\r\n",
	"*0\r\n",
	"*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n+x\r\n",
	"_\r\n",
	"#t\r\n",
	",-inf\r\n",
	"(3492890328409238509324850943850943825024385\r\n",
	"!21\r\nSYNTAX invalid syntax\r\n",
	"=15\r\ntxt:Some string\r\n",
	"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n",
	"~2\r\n$1\r\na\r\n$1\r\nb\r\n",
	">2\r\n+invalidate\r\n_\r\n",
	"|1\r\n+ttl\r\n:3600\r\n*1\r\n:7\r\n",
];

describe("frameEnd", () => {
	test("finds the end of every kind of reply and never before its last byte", () => {
		for (const reply of replies) {
			const bytes = toBytes(`+before\r\n${reply}:99\r\n`);
			const start = "+before\r\n".length;
			const end = start + reply.length;
			for (let cut = start; cut < end; cut++) expect(frameEnd(bytes, start, cut)).toBe(-1);
			for (let cut = end; cut <= bytes.length; cut++) expect(frameEnd(bytes, start, cut)).toBe(end);
			expect(frameEnd(toBytes(reply), 0, reply.length)).toBe(reply.length);
		}
	});

	test("refuses what cannot be a reply", () => {
		for (const garbage of ["?x\r\n", "+OK\n", "$x\r\n", "$3\r\nabcde\r\n", "*-2\r\n", "$1e3\r\n"]) {
			expect(() => frameEnd(toBytes(garbage), 0, garbage.length)).toThrow(MalformedReply);
		}
	});
});

test("parseReply keeps kinds, bytes and nesting apart", () => {
	const parsed = replies.map((reply) => parseReply(toBytes(reply)));
	expect(parsed.map((reply) => reply.kind).join(" ")).toBe(
		"simple error integer null bulk bulk null array array null boolean double bigNumber bulkError verbatim map set push attribute",
	);
	expect(parsed[3]!.text).toBe("$-1");
	expect(parsed[6]!.text).toBe("*-1");
	expect(parsed[5]!.text).toBe("\r\n\x00\xff");
	expect(parsed[8]!.items.map((item) => item.kind)).toEqual(["integer", "array", "simple"]);
	expect(parsed[15]!.items).toHaveLength(4);
	expect(parsed[18]!.items.map((item) => item.kind)).toEqual(["simple", "integer", "array"]);
});

test("encodeCommand counts bytes, not characters", () => {
	expect(new Frame(encodeCommand("SET", "\xff\x00", "")).text()).toBe(
		"*3\r\n$3\r\nSET\r\n$2\r\n\xff\x00\r\n$0\r\n\r\n",
	);
});

describe("WireConnection", () => {
	/** A server that answers each connection with the given chunks, one a turn of the loop, then closes. */
	async function scripted(chunks: readonly string[], body: (connection: WireConnection) => Promise<void>) {
		const listener = Bun.listen({
			hostname: "127.0.0.1",
			port: 0,
			socket: {
				async data(socket) {
					for (const chunk of chunks) {
						socket.write(toBytes(chunk));
						socket.flush();
						await new Promise((resolve) => setImmediate(resolve));
					}
					socket.end();
				},
			},
		});
		try {
			const connection = await WireConnection.connect({ host: "127.0.0.1", port: listener.port });
			connection.send(toBytes("go"));
			await body(connection);
			connection.close();
		} finally {
			listener.stop(true);
		}
	}

	test("hands out replies whole however they arrive, pushes apart", async () => {
		const stream = replies.join("");
		await scripted([...stream], async (connection) => {
			const frames = await connection.receive(replies.length - 1);
			expect(frames.map((frame) => frame.text())).toEqual(replies.filter((reply) => !reply.startsWith(">")));
			expect(connection.takePushes().map((frame) => frame.text())).toEqual([">2\r\n+invalidate\r\n_\r\n"]);
			expect(await connection.receive(1)).toEqual([]);
			expect(connection.closed).toBe(true);
		});
	});

	test("gives what came before a closing, and before garbage", async () => {
		await scripted(["+one\r\n$10\r\nhalf"], async (connection) => {
			expect((await connection.receive(2)).map((frame) => frame.text())).toEqual(["+one\r\n"]);
			expect(connection.condition()).toBe("connection closed");
		});
		await scripted(["+one\r\n@two\r\n"], async (connection) => {
			expect((await connection.receive(2)).map((frame) => frame.text())).toEqual(["+one\r\n"]);
			expect(connection.condition()).toContain("malformed");
		});
	});
});
