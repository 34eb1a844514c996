/** The binary: reads the command line and the configuration, starts one server, and ends with it. */
import { parseCommandLine, type RunRequest, USAGE } from "./config/command-line.ts";
import { Config } from "./config/config.ts";
import { ConfigError, sourcesOf } from "./config/parse.ts";
import { realAdapters } from "./server/real/adapters.ts";
import { DEFAULT_PID_FILE, startDetached } from "./server/real/daemon.ts";
import { onTerminationSignals } from "./server/real/signals.ts";
import { supervisorOf, tellSupervisor } from "./server/real/supervisor.ts";
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
	const { files } = realAdapters;
	const standardInput = request.readsStandardInput ? await Bun.stdin.text() : "";
	// The configuration may move to another directory; paths on the command line are meant from here.
	const startDirectory = files.currentDirectory();
	const configFile = request.file === undefined ? "" : files.resolve(request.file);
	const config = loadedOrExit(request, standardInput);
	const { daemonize, supervised, pidfile } = config.values;
	const supervisor = supervisorOf(supervised, process.env);
	if (daemonize && supervisor === null) {
		if (startDetached(argv, standardInput, startDirectory)) return;
		if (pidfile === "") config.adopt("pidfile", DEFAULT_PID_FILE);
	}
	const server = new Server({
		adapters: realAdapters,
		config,
		configFile,
		anyPort: false,
		tellSupervisor: (state) => supervisor !== null && tellSupervisor(supervisor, state),
	});
	if (supervisor === null && (supervised === "systemd" || supervised === "upstart")) {
		server.log.warning(`supervised ${supervised}, but it did not start this process: it is told nothing.`);
	}
	server.onStopped((exitCode) => process.exit(exitCode));
	onTerminationSignals((signal) => server.signalled(signal));
	startOrExit(server);
}

function loadedOrExit(request: RunRequest, standardInput: string): Config {
	const config = new Config(realAdapters.files);
	try {
		config.load(sourcesOf(request, realAdapters.files, standardInput));
	} catch (failure) {
		if (!(failure instanceof ConfigError)) throw failure;
		console.error(`\n${failure.message}`);
		process.exit(1);
	}
	return config;
}

function startOrExit(server: Server): void {
	try {
		server.start();
	} catch (failure) {
		if (!(failure instanceof ConfigError)) throw failure;
		// The log has said why.
		process.exit(1);
	}
}

await main(process.argv.slice(2));
