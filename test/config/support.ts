/** Short ways to a configuration, for tests. */
import { Config } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/parse.ts";
import { MemoryFiles } from "./memory-files.ts";

export function loaded(text: string, files: MemoryFiles = new MemoryFiles()): Config {
	const config = new Config(files);
	config.load([{ name: "/work/redis.conf", text }]);
	return config;
}

/** What a start with this text says before it exits; fails where it would start. */
export function startError(text: string, files: MemoryFiles = new MemoryFiles()): string {
	try {
		loaded(text, files);
	} catch (error) {
		if (error instanceof ConfigError) return error.message;
		throw error;
	}
	throw new Error(`it starts: ${text}`);
}

export function textOf(config: Config, name: string): string | undefined {
	return config.get([name])[0]?.[1];
}
