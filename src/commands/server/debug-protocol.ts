/** DEBUG PROTOCOL: an example of each type of reply, for the tests of clients. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { RESP2_NOT_SUPPORTED, wrongTypeName } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";

/** An attribute with one pair: no other command has any, so the writer does not know how. */
const ATTRIBUTE = bytesOf("|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n");

const examples: ReadonlyMap<string, (reply: ReplyWriter) => void> = new Map<string, (reply: ReplyWriter) => void>([
	["string", (reply) => reply.bulkText("Hello World")],
	["integer", (reply) => reply.integer(12345)],
	["double", (reply) => reply.double(3141 / 1000)],
	["bignum", (reply) => reply.bigNumber("1234567999999999999999999999999999999")],
	["null", (reply) => reply.null()],
	["array", replyArray],
	["set", replySet],
	["map", replyMap],
	["attrib", replyAttribute],
	["push", replyPush],
	["verbatim", (reply) => reply.verbatim("txt", "This is a verbatim\nstring")],
	["true", (reply) => reply.boolean(true)],
	["false", (reply) => reply.boolean(false)],
]);

export function replyProtocol(call: Call): void {
	const example = examples.get(call.latin1(2).toLowerCase());
	if (example === undefined) call.reply.error(wrongTypeName([...examples.keys()]));
	else example(call.reply);
}

function replyArray(reply: ReplyWriter): void {
	reply.array(3);
	for (let i = 0; i < 3; i++) reply.integer(i);
}

function replySet(reply: ReplyWriter): void {
	reply.set(3);
	for (let i = 0; i < 3; i++) reply.integer(i);
}

function replyMap(reply: ReplyWriter): void {
	reply.map(3);
	for (let i = 0; i < 3; i++) {
		reply.integer(i);
		reply.boolean(i === 1);
	}
}

function replyAttribute(reply: ReplyWriter): void {
	if (reply.protocol === 3) reply.raw(ATTRIBUTE, 0, ATTRIBUTE.length);
	reply.bulkText("Some real reply following the attribute");
}

function replyPush(reply: ReplyWriter): void {
	if (reply.protocol !== 3) return reply.error(RESP2_NOT_SUPPORTED);
	reply.push(2);
	reply.bulkText("server-cpu-usage");
	reply.integer(42);
	reply.bulkText("Some real reply following the push reply");
}
