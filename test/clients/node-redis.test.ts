import { createClient, RESP_TYPES } from "redis";
import { type ClientLibrary, describeClient } from "./behaviour.ts";

const nodeRedis: ClientLibrary = {
	name: "node-redis",
	protocols: [2, 3],
	wrongPassword: "WRONGPASS",
	async connect({ port, password, database, protocol }) {
		const client = createClient({
			RESP: protocol ?? 3,
			database: database ?? 0,
			socket: {
				host: "127.0.0.1",
				port,
				reconnectStrategy: (_retries, cause) => (/WRONGPASS/.test(cause.message) ? cause : 5),
			},
			...(password === undefined ? {} : { password }),
		});
		// Breaks are expected here; what matters is whether commands succeed.
		client.on("error", () => {});
		await client.connect();
		const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
		return {
			set: (key, value) => client.set(key, value),
			get: (key) => client.get(key),
			getBytes: (key) => binary.get(key),
			mget: (keys) => client.mGet(keys),
			incr: (key) => client.incr(key),
			expire: async (key, seconds) => (await client.expire(key, seconds)) === 1,
			ttl: (key) => client.ttl(key),
			send: (...words) => client.sendCommand(words),
			pipeline: (commands) =>
				Promise.all(commands.map((words) => client.sendCommand(words).catch((error: unknown) => error))),
			close: () => client.destroy(),
		};
	},
};

describeClient(nodeRedis);
