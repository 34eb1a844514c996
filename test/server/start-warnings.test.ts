import { expect, test } from "bun:test";
import { Config } from "../../src/config/config.ts";
import { startWarnings } from "../../src/server/start-warnings.ts";
import { VirtualFiles } from "../support/virtual-files.ts";

function warningsOf(text: string): readonly string[] {
	const config = new Config(new VirtualFiles());
	config.load([{ name: "a test", text }]);
	return startWarnings(config.values);
}

test("a policy that would evict is said to act as noeviction, where there is a limit", () => {
	expect(warningsOf('save ""\nmaxmemory-policy allkeys-lru')).toEqual([]);
	expect(warningsOf('save ""\nmaxmemory 100mb')).toEqual([]);
	expect(warningsOf('save ""\nmaxmemory 100mb\nmaxmemory-policy allkeys-lru')).toEqual([
		expect.stringContaining("maxmemory-policy allkeys-lru acts as noeviction"),
	]);
});
