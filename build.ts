/**
 * Builds the one executable: `bun build.ts [--target=bun-linux-arm64] [--outfile=PATH]`. Without a target it is
 * `./redis-lite` for this machine; with one, `./redis-lite-linux-arm64` beside it.
 *
 * Version and commit are baked in as the constants REDIS_LITE_VERSION and REDIS_LITE_COMMIT; src/ declares them and
 * falls back where they are missing, since run from source nothing replaces them.
 */
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import manifest from "./package.json" with { type: "json" };

/** src/main.ts first; a Worker is a further entry point. */
const entries = ["src/main.ts", "src/snapshot-worker.ts"];

function commit(): string {
	const git = Bun.spawnSync(["git", "describe", "--always", "--dirty", "--exclude=*"], { cwd: import.meta.dir });
	return git.success ? git.stdout.toString().trim() : "unknown";
}

function defaultOutput(target: string | undefined): string {
	return target === undefined ? "redis-lite" : `redis-lite-${target.replace(/^bun-/, "")}`;
}

async function build(target: string | undefined, outfile: string): Promise<void> {
	const missing = entries.filter((entry) => !existsSync(entry));
	if (missing.length > 0) throw new Error(`${missing.join(", ")} does not exist`);
	const result = await Bun.build({
		entrypoints: entries,
		minify: true,
		bytecode: true,
		// The other format has no top-level await.
		format: "esm",
		define: {
			REDIS_LITE_VERSION: JSON.stringify(manifest.version),
			REDIS_LITE_COMMIT: JSON.stringify(commit()),
		},
		compile: {
			outfile,
			// Files of the folder a server happens to be started in must not change it.
			autoloadDotenv: false,
			autoloadBunfig: false,
			...(target === undefined ? {} : { target: target as Bun.Build.CompileTarget }),
		},
		throw: false,
	});
	if (!result.success) throw new Error(result.logs.map(describe).join("\n") || "Bun gave no reason");
}

function describe({ message, position }: BuildMessage | ResolveMessage): string {
	return position === null ? message : `${position.file}:${position.line}:${position.column}: ${message}`;
}

async function main(): Promise<number> {
	let target: string | undefined;
	try {
		const text = { type: "string" } as const;
		const { values } = parseArgs({ args: process.argv.slice(2), options: { target: text, outfile: text } });
		target = values.target;
		process.chdir(import.meta.dir);
		const outfile = values.outfile ?? defaultOutput(target);
		await build(target, outfile);
		const file = existsSync(outfile) ? outfile : `${outfile}.exe`;
		console.log(`built ${file}, ${(statSync(file).size / 1e6).toFixed(0)} MB`);
		return 0;
	} catch (error) {
		console.error(`build failed: ${(error as Error).message}`);
		if (target !== undefined) {
			console.error(
				`For another platform Bun downloads its runtime for ${target} from the npm registry: is that a target of ` +
					`Bun ${Bun.version} (bun-linux-x64, bun-linux-arm64, bun-linux-x64-musl, bun-darwin-arm64, bun-darwin-x64, ` +
					"bun-windows-x64), and does the network reach it?",
			);
		}
		return 1;
	}
}

process.exit(await main());
