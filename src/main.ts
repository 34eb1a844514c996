/** The binary: reads the command line and the configuration, starts one server, and ends with it. */
import { parseCommandLine, type RunRequest, USAGE } from "./config/command-line.ts";
import { Config } from "./config/config.ts";
import { ConfigError, sourcesOf } from "./config/parse.ts";
import { realAdapters } from "./server/real/adapters.ts";
import { startDetached } from "./server/real/daemon.ts";
import { onTerminationSignals } from "./server/real/signals.ts";
import { Server } from "./server/server.ts";
import { versionLine } from "./server/version.ts";

async function main(argv: readonly string[]): Promise<void> {
	const request = parseCommandLine(argv);
	switch (request.action) {
		case "version":
			console.log(versionLine());
			return;
		case "help":
			console.log(USAGE);
			return;
		case "refuse":
			console.error(request.message);
			process.exit(1);
			break;
		case "run":
			await run(request, argv);
	}
}

async function run(request: RunRequest, argv: readonly string[]): Promise<void> {
	const standardInput = request.readsStandardInput ? await Bun.stdin.text() : "";
	try {
		const config = new Config(realAdapters.files);
		config.load(sourcesOf(request, realAdapters.files, standardInput));
		if (config.values.daemonize && startDetached(argv, standardInput)) return;
		const configFile = request.file === undefined ? "" : realAdapters.files.resolve(request.file);
		const server = new Server({ adapters: realAdapters, config, configFile, anyPort: false });
		server.onStopped((exitCode) => process.exit(exitCode));
		onTerminationSignals((signal) => server.signalled(signal));
		server.start();
	} catch (failure) {
		if (!(failure instanceof ConfigError)) throw failure;
		console.error(`\n${failure.message}`);
		process.exit(1);
	}
}

await main(process.argv.slice(2));
