/**
 * What honest clients see while others misbehave: `bun bystander.ts PORT PASSWORD`. Every twenty milliseconds each of a
 * few connections sends a SET and a GET of its own; the time is that until the last of them has both replies.
 *
 * Invariant: each reply is the one that is due, byte for byte in length; anything else ends the process.
 */
import { BlockingClient } from "../../bench/versus/blocking-client.ts";
import { keepPace } from "../../bench/versus/pace.ts";
import { encodeCommands } from "../../bench/versus/write-batch.ts";

const connections = 4;
const interval_ms = 20;
const value = "an honest value of some length, which is read back at once";

if (import.meta.main) {
	const [port, password] = process.argv.slice(2);
	const clients = Array.from({ length: connections }, (_, number) => {
		const client = new BlockingClient(Number(port));
		if (password !== undefined && password !== "") {
			client.send(encodeCommands([["AUTH", password]]));
			client.receive("+OK\r\n".length);
		}
		const key = `honest:${number}`;
		const commands = [
			["SET", key, value],
			["GET", key],
		];
		return { client, request: encodeCommands(commands) };
	});
	const replyBytes = "+OK\r\n".length + `$${value.length}\r\n${value}\r\n`.length;
	keepPace(() => {
		for (const { client, request } of clients) client.send(request);
		for (const { client } of clients) client.receive(replyBytes);
	}, interval_ms);
}
