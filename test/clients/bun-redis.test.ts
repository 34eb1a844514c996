import { RedisClient } from "bun";
import { type ClientLibrary, describeClient } from "./behaviour.ts";

const bunRedis: ClientLibrary = {
	name: "Bun's RedisClient",
	// It hides what the server said, from a genuine Redis as well.
	wrongPassword: "Connection closed",
	protocols: [3],
	async connect({ port, password, database }) {
		const credentials = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
		const client = new RedisClient(`redis://${credentials}127.0.0.1:${port}/${database ?? 0}`);
		await client.connect();
		return {
			// Bun takes bytes where its types say text alone.
			set: (key, value) => client.send("SET", [key, value as string]),
			get: (key) => client.get(key),
			getBytes: (key) => client.getBuffer(key),
			mget: (keys) => client.mget(...keys),
			incr: (key) => client.incr(key),
			expire: async (key, seconds) => (await client.expire(key, seconds)) === 1,
			ttl: (key) => client.ttl(key),
			send: (name = "", ...args) => client.send(name, args),
			pipeline: (commands) =>
				Promise.all(commands.map(([name = "", ...args]) => client.send(name, args).catch((error: unknown) => error))),
			close: () => client.close(),
		};
	},
};

describeClient(bunRedis);
