/** The binary: reads the command line and the configuration, starts one server, and ends with it. */
import { readSync, writeSync } from "node:fs";
import { type CheckRequest, parseCommandLine, type RunRequest, USAGE } from "./config/command-line.ts";
import { Config } from "./config/config.ts";
import { ConfigError, sourcesOf } from "./config/parse.ts";
import { checkAof } from "./persistence/aof/check.ts";
import { checkRdb } from "./persistence/rdb/check.ts";
import { realAdapters } from "./server/real/adapters.ts";
import { DEFAULT_PID_FILE, startDetached } from "./server/real/daemon.ts";
import { onTerminationSignals } from "./server/real/signals.ts";
import { supervisorOf, tellSupervisor } from "./server/real/supervisor.ts";
import { Server } from "./server/server.ts";
import { versionLine } from "./server/version.ts";

async function main(argv: readonly string[]): Promise<void> {
	const request = parseCommandLine(argv, process.argv0);
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
		case "check":
			process.exit(check(request));
			break;
		case "run":
			await run(request, argv);
	}
}

function check({ tool, words }: CheckRequest): number {
	const { files, clock } = realAdapters;
	const [path] = words;
	if (tool === "check-rdb" && words.length === 1 && path !== undefined) {
		return checkRdb(path, { files, print: (line) => console.log(line), now_ms: clock.now_ms() });
	}
	if (tool === "check-aof") {
		const print = (text: string) => void writeSync(1, text);
		return checkAof(words, { files, print, ask: typedLine, now_ms: clock.now_ms() });
	}
	console.error(`Usage: redis-${tool} <file-name>`);
	return 1;
}

/** A line from standard input; null where it has ended. */
function typedLine(): string | null {
	const byte = new Uint8Array(1);
	let line = "";
	for (;;) {
		if (readSync(0, byte, 0, 1, null) === 0) return line === "" ? null : line;
		if (byte[0] === 0x0a) return line;
		line += String.fromCharCode(byte[0]!);
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
		ownsProcess: true,
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
