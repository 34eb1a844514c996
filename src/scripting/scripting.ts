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
import { EnginePlace } from "./engine-place.ts";
import { Functions, type LibraryFunction } from "./functions.ts";
import { Generator48 } from "./libraries/random.ts";
import { Patience } from "./patience.ts";
import { Run } from "./run.ts";
import { scriptError } from "./script-errors.ts";
import { type Script, Scripts } from "./scripts.ts";

/** What scripting needs of its server. */
export interface ScriptingHost {
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly blocked: Blocker;
	readonly adapters: {
		readonly timers: Timers;
		readonly luaModule: () => WebAssembly.Module;
		readonly host: { collectGarbage(isUrgent: boolean): void };
	};
	readonly executor: Conditions & {
		readonly isLoading: boolean;
		readonly monitor: CommandWitness | null;
		/** The error of commands while a script has run for too long. */
		busyError: string;
		setGate(gate: number, isShut: boolean): void;
		readonly read_us: number;
		beginInside(): void;
		runInside(call: Call, command: Command): void;
		refusedInside(command: Command | null, error: string): void;
		accountInside(): number;
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
/** A machine with more is looked after when it is thrown away. */
const LEFT_BYTES_MAX = 64 << 20;
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
	readonly patience: Patience;
	private readonly random: Generator48;
	/** Memory that scripts may use all together. */
	bytesMax: number;
	private readonly host: ScriptingHost;
	private readonly libraries: Functions;
	/** For the next script; null where one that has made way has it. */
	private spare: Run | null;
	/** Where scripts are run, and where functions are. */
	private readonly ofScripts: EnginePlace;
	private readonly ofFunctions: EnginePlace;
	/** Of the script that has made way: the words of its command, when it began, and whether it is a function. */
	private words: readonly Uint8Array[];
	private now_ms: number;
	private isFunction: boolean;
	private isKilled: boolean;
	/** A script has made way. */
	private isWaiting: boolean;
	private isStopped: boolean;
	/** A large machine was thrown away, and its memory is still there. */
	private owesCollection: boolean;

	constructor(host: ScriptingHost) {
		this.host = host;
		this.patience = new Patience(() => host.monotonic_us());
		this.random = new Generator48();
		this.bytesMax = LUA_BYTES_MAX;
		const make = () => this.newEngine();
		const left = (bytes: number) => this.leftEngine(bytes);
		this.ofScripts = new EnginePlace(make, left);
		this.ofFunctions = new EnginePlace(make, left);
		this.owesCollection = false;
		this.scripts = new Scripts(host.keyspace, this.ofScripts);
		this.libraries = new Functions(host, this.ofFunctions);
		this.spare = null;
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

	/** The memory of machines is not seen by the collector: it would let many of them stay, which are a gigabyte each. */
	private leftEngine(bytes: number): void {
		if (bytes <= LEFT_BYTES_MAX || this.owesCollection) return;
		this.owesCollection = true;
		this.host.adapters.timers.soon(() => this.collectEngines());
	}

	private collectEngines(): void {
		if (!this.owesCollection) return;
		this.owesCollection = false;
		this.host.adapters.host.collectGarbage(true);
	}

	private newEngine(): ScriptEngine {
		this.collectEngines();
		const { keyspace, table, executor, log, adapters, blocked } = this.host;
		const host = { keyspace, table, executor, log, patience: this.patience, random: this.random };
		return new ScriptEngine(host, adapters.luaModule(), this.bytesMax, blocked);
	}

	/** As files of data and commands have made them. */
	functions(): Functions {
		this.libraries.follow();
		return this.libraries;
	}

	/** Whether the libraries that have come with the data could be loaded; the log says what is wrong. */
	loadsLibraries(): boolean {
		const { failure } = this.functions();
		if (failure !== null) this.host.log.warning(`Failed loading the functions: ${failure}`);
		return failure === null;
	}

	/** Memory of Lua and of scripts, bytes, whether it is in use or not. */
	bytesUsed(): number {
		const { ofScripts, ofFunctions, scripts } = this;
		const engines = (ofScripts.engine?.lua.bytesUsed() ?? 0) + (ofFunctions.engine?.lua.bytesUsed() ?? 0);
		return engines + scripts.bytesUsed();
	}

	/** What is kept, bytes, and how much there is to call. */
	memory(): { engine: number; functionEngine: number; scripts: number; functions: number } & ScriptCounts {
		const { ofScripts, ofFunctions, scripts, libraries } = this;
		return {
			engine: ofScripts.engine?.bytesKept() ?? 0,
			functionEngine: ofFunctions.engine?.bytesKept() ?? 0,
			scripts: scripts.bytesUsed(),
			functions: libraries.bytesUsed(),
			scriptCount: scripts.count(),
			functionCount: libraries.functions.size,
			libraryCount: libraries.libraries.size,
		};
	}

	// Running

	runScript(call: Call, script: Script, keyCount: number, isReadOnly: boolean): void {
		const { sha, flags } = script;
		const run = this.begin(call, sha, flags, isReadOnly || flags.noWrites, flags.isPlain);
		if (run === null) return;
		const mark = call.reply.length;
		const engine = this.ofScripts.now();
		const error = this.scripts.prepare(script, engine);
		if (error !== null) return call.reply.error(`ERR Error compiling script (new function): ${error}`);
		try {
			if (!engine.execute(run, call, script.compiled, 3, keyCount)) this.makeWay(run, call, false);
			else if (engine.isSpent) this.ofScripts.leaveSpent();
		} catch (thrown) {
			this.fail(this.ofScripts, thrown, run, mark, call.database.index);
		}
	}

	/** The function must come from `functions` in the same turn. */
	runFunction(call: Call, { name, promises, compiled }: LibraryFunction, keyCount: number): void {
		const run = this.begin(call, name, promises, promises.noWrites, false);
		if (run === null) return;
		const mark = call.reply.length;
		const engine = this.ofFunctions.now();
		try {
			if (!engine.executeFunction(run, call, compiled, 3, keyCount)) this.makeWay(run, call, true);
			else if (engine.isSpent) this.ofFunctions.leaveSpent();
		} catch (thrown) {
			this.fail(this.ofFunctions, thrown, run, mark, call.database.index);
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
		this.spare ??= new Run(call.client, call.reply);
		this.spare.begin(call, name, isReadOnly, promises.allowOom, executor.read_us, !executor.isLoading);
		return this.spare;
	}

	/** Shows the command to those who watch all of them, in front of what its script does. */
	show(call: Call): void {
		const { executor } = this.host;
		if ((executor.gates & GATE_MONITORED) !== 0) executor.monitor?.ran(call);
	}

	/** The script has broken its engine: it gets an error, whatever it has replied so far. */
	private fail(
		place: EnginePlace,
		thrown: unknown,
		{ client, reply, name }: Run,
		mark: number,
		database: number,
	): void {
		this.host.executor.accountInside();
		client.database = database;
		const text = place.broken(thrown);
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
		this.spare = null;
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

	/** Where the script is that has made way. */
	private placeOfWaiting(): EnginePlace {
		return this.isFunction ? this.ofFunctions : this.ofScripts;
	}

	private goOn(): void {
		const place = this.placeOfWaiting();
		const { engine } = place;
		const run = engine?.waiting() ?? null;
		if (engine === null || run === null || this.isStopped) return;
		const { keyspace } = this.host;
		// A script sees one time.
		keyspace.now_ms = this.now_ms;
		keyspace.isStandingStill = false;
		if (this.isKilled) run.reply.error(scriptError(KILLED, run.name, engine.abandon()));
		else if (!this.finishes(place, engine, run)) {
			keyspace.isStandingStill = true;
			this.host.adapters.timers.soon(() => this.goOn());
			return;
		}
		place.leaveSpent();
		this.end(run);
	}

	/** Goes on with the script; true where it has ended. */
	private finishes(place: EnginePlace, engine: ScriptEngine, run: Run): boolean {
		const { database } = run.client;
		try {
			return engine.goOn();
		} catch (thrown) {
			try {
				this.fail(place, thrown, run, 0, database);
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
		const run = this.placeOfWaiting().engine?.waiting() ?? null;
		if (run === null || !this.isWaiting) return reply.error(NOT_BUSY);
		if (isFunction !== this.isFunction) return reply.error(this.isFunction ? BUSY_FUNCTION : BUSY_SCRIPT);
		if (run.hasWritten) return reply.error(UNKILLABLE);
		this.isKilled = true;
		reply.ok();
	}

	runningFunction(): RunningFunction | null {
		const run = this.placeOfWaiting().engine?.waiting() ?? null;
		if (run === null || !this.isWaiting) return null;
		const duration_ms = Math.floor((this.host.monotonic_us() - run.since_us) / 1000);
		return { name: run.name, words: this.words, duration_ms };
	}
}

const KILLED = "ERR Script killed by user with SCRIPT KILL...";
