import type { Timers } from "../adapters/clock.ts";
import type { Blocker } from "../dispatch/blocking.ts";
import type { Call } from "../dispatch/call.ts";
import type { CommandWitness } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import type { CommandTable } from "../dispatch/command-table.ts";
import { GATE_BUSY, GATE_MONITORED } from "../dispatch/gates.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { INTERNAL_ERROR, NOT_BUSY, UNKILLABLE } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import { type Conditions, type Promises, refusalOfPlain, refusalOfScript } from "./conditions.ts";
import { ScriptEngine } from "./engine.ts";
import { Functions, type LibraryFunction, LoadError } from "./functions.ts";
import { isOutOfMemory, isScriptsDoing } from "./lua/machine.ts";
import { Run } from "./run.ts";
import { scriptError } from "./script-errors.ts";
import { type Script, Scripts } from "./scripts.ts";

/** What scripting needs of its server. */
export interface ScriptingHost {
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly blocked: Blocker;
	readonly adapters: { readonly timers: Timers; readonly luaModule: () => WebAssembly.Module };
	readonly executor: Conditions & {
		readonly isLoading: boolean;
		readonly monitor: CommandWitness | null;
		/** The error of commands while a script has run for too long. */
		busyError: string;
		setGate(gate: number, isShut: boolean): void;
		runInside(call: Call, command: Command): void;
		refusedInside(command: Command | null, error: string): void;
		accountInside(next: null): number;
		/** Serves who waited for what the script has done. */
		serveWaiting(): void;
	};
	/** Behind what a client has done in its turn. */
	endBatch(): void;
	/** Behind this turn: those go on who were held back, as a master is while a script is in its middle. */
	resumeHeldBack(): void;
	/** Something was thrown that is a defect of ours. */
	internalError(what: string, error: unknown): void;
	readonly log: {
		debug(line: string): void;
		verbose(line: string): void;
		notice(line: string): void;
		warning(line: string): void;
	};
	monotonic_us(): number;
}

/** Memory that scripts may use all together: enough for a value of 100 MB to be built, changed and returned. */
const LUA_BYTES_MAX = 1 << 30;
const MINUS = 0x2d;
/** There is no key to wait for. */
const NO_TYPE = -1;

const BUSY_SCRIPT = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
const BUSY_FUNCTION = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

/** How much there is to call. */
export interface ScriptCounts {
	readonly scriptCount: number;
	readonly functionCount: number;
	readonly libraryCount: number;
}

/** A function at work, as FUNCTION STATS tells it. */
export interface RunningFunction {
	readonly name: string;
	readonly words: readonly Uint8Array[];
	readonly duration_ms: number;
}

/**
 * Scripts and functions of a server, and what happens when one takes long: once it has had `busy-reply-threshold`, others
 * get turns in between, in which they are told that the server is busy and may only end the script. Nothing else changes
 * meanwhile: for the script, and for its effects, it is one command.
 *
 * Invariant: GATE_BUSY is shut exactly while a script has made way; its client is blocked for as long.
 */
export class Scripting {
	readonly scripts: Scripts;
	/** `busy-reply-threshold`, 0 for never. */
	threshold_ms: number;
	/** Memory that scripts may use all together. */
	bytesMax: number;
	private readonly host: ScriptingHost;
	private readonly libraries: Functions;
	private engine: ScriptEngine | null;
	/** Of the script that has made way: the words of its command, when it began, and whether it is a function. */
	private words: readonly Uint8Array[];
	private now_ms: number;
	private isFunction: boolean;
	private isKilled: boolean;
	/** A script has made way. */
	private isWaiting: boolean;
	private isStopped: boolean;

	constructor(host: ScriptingHost) {
		this.host = host;
		this.threshold_ms = 5000;
		this.bytesMax = LUA_BYTES_MAX;
		this.engine = null;
		const broken = (thrown: unknown) => this.broken(thrown);
		this.scripts = new Scripts(host.keyspace, () => this.engineNow(), broken);
		this.libraries = new Functions(host, () => this.engineNow(), broken);
		this.words = [];
		this.now_ms = 0;
		this.isFunction = false;
		this.isKilled = false;
		this.isWaiting = false;
		this.isStopped = false;
	}

	/** The server ends: a script that has made way does not go on. */
	stop(): void {
		this.isStopped = true;
	}

	/** Why SHUTDOWN has to wait, unless it saves nothing: a script has made way; else null. */
	busyError(): string | null {
		return this.isWaiting ? this.host.executor.busyError : null;
	}

	/** Made when the first script comes, and anew behind one that has spoilt it. */
	private engineNow(): ScriptEngine {
		if (this.engine?.isSpent === true) this.engine = null;
		this.engine ??= new ScriptEngine(
			{ ...this.engineHost() },
			this.host.adapters.luaModule(),
			this.bytesMax,
			this.host.blocked,
		);
		return this.engine;
	}

	private engineHost(): ConstructorParameters<typeof ScriptEngine>[0] {
		const { keyspace, table, executor, log } = this.host;
		return { keyspace, table, executor, log, isOverdue: (run) => this.isOverdue(run) };
	}

	/** As files of data and commands have made them. */
	functions(): Functions {
		this.libraries.follow();
		return this.libraries;
	}

	/** Whether the libraries that have come with the data can be loaded; the log says what is wrong. */
	loadsLibraries(): boolean {
		try {
			this.functions();
			return true;
		} catch (error) {
			if (!(error instanceof LoadError)) throw error;
			this.host.log.warning(`Failed loading the functions: ${error.message}`);
			return false;
		}
	}

	/** Memory of Lua and of scripts, bytes, whether it is in use or not. */
	bytesUsed(): number {
		return (this.engine?.lua.bytesUsed() ?? 0) + this.scripts.bytesUsed();
	}

	/** What is kept, bytes, and how much there is to call. */
	memory(): { engine: number; scripts: number; functions: number } & ScriptCounts {
		const { engine, scripts, libraries } = this;
		return {
			engine: engine?.lua.bytesKept() ?? 0,
			scripts: scripts.bytesUsed(),
			functions: libraries.bytesUsed(),
			scriptCount: scripts.count(),
			functionCount: libraries.functions.size,
			libraryCount: libraries.libraries.size,
		};
	}

	private isOverdue(run: Run): boolean {
		if (this.threshold_ms === 0) return false;
		return this.host.monotonic_us() - run.since_us > this.threshold_ms * 1000;
	}

	// Running

	runScript(call: Call, script: Script, keyCount: number, isReadOnly: boolean): void {
		const { sha, flags } = script;
		const run = this.begin(call, sha, flags, isReadOnly || flags.noWrites, flags.isPlain);
		if (run === null) return;
		const mark = call.reply.length;
		const engine = this.engineNow();
		const error = this.scripts.prepare(script, engine);
		if (error !== null) return call.reply.error(`ERR Error compiling script (new function): ${error}`);
		try {
			if (!engine.execute(run, call, script.compiled, 3, keyCount)) this.makeWay(run, call, false);
			else if (engine.isSpent) this.engine = null;
		} catch (thrown) {
			this.fail(thrown, run, mark, call.database.index);
		}
	}

	/** The function must come from `functions` in the same turn. */
	runFunction(call: Call, { name, promises, compiled }: LibraryFunction, keyCount: number): void {
		const run = this.begin(call, name, promises, promises.noWrites, false);
		if (run === null) return;
		const mark = call.reply.length;
		const engine = this.engineNow();
		try {
			if (!engine.executeFunction(run, call, compiled, 3, keyCount)) this.makeWay(run, call, true);
			else if (engine.isSpent) this.engine = null;
		} catch (thrown) {
			this.fail(thrown, run, mark, call.database.index);
		}
	}

	/** Null where it may not run now, which is replied. One that is plain promises nothing: its commands are judged. */
	private begin(call: Call, name: string, promises: Promises, isReadOnly: boolean, isPlain: boolean): Run | null {
		const { executor } = this.host;
		const refusal = isPlain ? refusalOfPlain(executor) : refusalOfScript(executor, promises, call.client.isObeyed);
		if (refusal !== null) {
			call.reply.error(refusal);
			return null;
		}
		// What its commands change is told, never its own words.
		call.noEffect();
		return new Run(call, name, isReadOnly, promises.allowOom, this.host.monotonic_us(), !executor.isLoading);
	}

	/** Shows the command to those who watch all of them, in front of what its script does. */
	show(call: Call): void {
		const { executor } = this.host;
		if ((executor.gates & GATE_MONITORED) !== 0) executor.monitor?.ran(call);
	}

	/** What was thrown has left the engine in the middle of something. Returns what to say; a defect of ours is thrown on. */
	private broken(thrown: unknown): string {
		this.engine = null;
		if (!isScriptsDoing(thrown)) throw thrown;
		return isOutOfMemory(thrown) ? "not enough memory" : "stack overflow";
	}

	/** The script has broken its engine: it gets an error, whatever it has replied so far. */
	private fail(thrown: unknown, { client, reply, name }: Run, mark: number, database: number): void {
		this.host.executor.accountInside(null);
		client.database = database;
		const text = this.broken(thrown);
		reply.truncate(mark);
		reply.error(scriptError(`ERR ${text}`, name, "@user_script:0"));
	}

	/** Others get turns from now on; the client of the call waits for its script as for anything else. */
	private makeWay(run: Run, call: Call, isFunction: boolean): void {
		const { executor, log, keyspace } = this.host;
		log.warning(
			`Slow script detected: still in execution after ${Math.floor((this.host.monotonic_us() - run.since_us) / 1000)} milliseconds. ` +
				`You can try killing the script using the ${isFunction ? "FUNCTION" : "SCRIPT"} KILL command. Script name is: ${run.name}.`,
		);
		this.isFunction = isFunction;
		this.isKilled = false;
		this.words = Array.from({ length: call.argc }, (_, i) => call.slice(i));
		this.now_ms = keyspace.now_ms;
		this.isWaiting = true;
		keyspace.isStandingStill = true;
		const reply = new ReplyWriter();
		reply.protocol = call.reply.protocol;
		run.reply = reply;
		executor.busyError = isFunction ? BUSY_FUNCTION : BUSY_SCRIPT;
		executor.setGate(GATE_BUSY, true);
		call.effects.isHeld = call.effects.isOn;
		call.block({
			type: NO_TYPE,
			firstKey: 0,
			keyCount: 0,
			timeout_ms: 0,
			wakesWithoutKey: false,
			timedOut: (writer) => {
				if (reply.bytes[0] === MINUS) writer.error(reply.lastError);
				else writer.raw(reply.bytes, 0, reply.length);
			},
		});
		this.host.adapters.timers.soon(() => this.goOn());
	}

	private goOn(): void {
		const { engine } = this;
		const run = engine?.waiting() ?? null;
		if (engine === null || run === null || this.isStopped) return;
		const { keyspace } = this.host;
		// A script sees one time.
		keyspace.now_ms = this.now_ms;
		keyspace.isStandingStill = false;
		if (this.isKilled) run.reply.error(scriptError(KILLED, run.name, engine.abandon()));
		else if (!this.finishes(engine, run)) {
			keyspace.isStandingStill = true;
			this.host.adapters.timers.soon(() => this.goOn());
			return;
		}
		if (engine.isSpent) this.engine = null;
		this.end(run);
	}

	/** Goes on with the script; true where it has ended. */
	private finishes(engine: ScriptEngine, run: Run): boolean {
		const { database } = run.client;
		try {
			return engine.goOn();
		} catch (thrown) {
			try {
				this.fail(thrown, run, 0, database);
			} catch (error) {
				this.host.internalError(run.name, error);
				run.reply.clear();
				run.reply.error(INTERNAL_ERROR);
			}
			return true;
		}
	}

	private end(run: Run): void {
		const { executor, keyspace } = this.host;
		executor.setGate(GATE_BUSY, false);
		keyspace.advance();
		this.words = [];
		const { effects } = keyspace;
		if (effects.isHeld) {
			effects.isHeld = false;
			effects.endCommand();
			run.client.effectsTo = effects.position();
		}
		executor.serveWaiting();
		this.host.endBatch();
		this.isWaiting = false;
		run.client.unblock?.(null);
		this.host.resumeHeldBack();
	}

	/** SCRIPT KILL and FUNCTION KILL. */
	kill({ reply }: Call, isFunction: boolean): void {
		const run = this.engine?.waiting() ?? null;
		if (run === null || !this.isWaiting) return reply.error(NOT_BUSY);
		if (isFunction !== this.isFunction) return reply.error(this.isFunction ? BUSY_FUNCTION : BUSY_SCRIPT);
		if (run.hasWritten) return reply.error(UNKILLABLE);
		this.isKilled = true;
		reply.ok();
	}

	runningFunction(): RunningFunction | null {
		const run = this.engine?.waiting() ?? null;
		if (run === null || !this.isWaiting) return null;
		const duration_ms = Math.floor((this.host.monotonic_us() - run.since_us) / 1000);
		return { name: run.name, words: this.words, duration_ms };
	}
}

const KILLED = "ERR Script killed by user with SCRIPT KILL...";
