import Redis from "ioredis";
import { type ClientLibrary, describeClient } from "./behaviour.ts";

const ioredis: ClientLibrary = {
	name: "ioredis",
	protocols: [2, 3],
	wrongPassword: "WRONGPASS",
	async connect({ port, password, database, protocol }) {
		const client = new Redis({
			port,
			host: "127.0.0.1",
			db: database ?? 0,
			protocol: protocol ?? 3,
			lazyConnect: true,
			retryStrategy: () => 5,
			...(password === undefined ? {} : { password }),
		});
		// Breaks are expected here; what matters is whether commands succeed.
		let failure: Error | undefined;
		client.on("error", (error: Error) => {
			failure = error;
		});
		try {
			await client.connect();
			await client.ping();
		} catch (error) {
			client.disconnect();
			throw failure ?? error;
		}
		return {
			set: (key, value) => client.set(key, value),
			get: (key) => client.get(key),
			getBytes: (key) => client.getBuffer(key),
			mget: (keys) => client.mget(keys),
			incr: (key) => client.incr(key),
			expire: async (key, seconds) => (await client.expire(key, seconds)) === 1,
			ttl: (key) => client.ttl(key),
			send: (name = "", ...args) => client.call(name, ...args),
			async pipeline(commands) {
				const calls = commands.map(([name = "", ...args]) => [name.toLowerCase(), ...args]);
				const replies = await client.pipeline(calls).exec();
				return replies!.map(([error, reply]) => error ?? reply);
			},
			close: () => client.disconnect(),
		};
	},
};

describeClient(ioredis);
