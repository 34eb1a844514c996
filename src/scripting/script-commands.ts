import { copyBytes, equalBytes } from "../bytes/ascii.ts";
import type { Blocker } from "../dispatch/blocking.ts";
import { Call } from "../dispatch/call.ts";
import { Client } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import { detachedLink } from "../dispatch/detached-link.ts";
import { DENYOOM, MAY_REPLICATE, NOSCRIPT, WRITE } from "../dispatch/flags.ts";
import { FOR_ALL, FOR_FILE, FOR_NOBODY, FOR_REPLICAS } from "../keyspace/effects.ts";
import { OUT_OF_MEMORY } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import { lacksMemory, refusalOfWrites, refusalWhereStale } from "./conditions.ts";
import { LuaOutOfMemory } from "./lua/machine.ts";
import { LUA_NUMBER, LUA_STRING, type LuaState } from "./lua/state.ts";
import {
	numberAt,
	pointerAt,
	stackBase,
	stackTop,
	stringLength,
	stringStart,
	typeAt,
	VALUE_BYTES,
} from "./lua/structures.ts";
import { pushError, REPL_AOF, REPL_REPLICA, type RedisLibraryHost } from "./redis-library.ts";
import { ReplyReader, writeNumber } from "./replies.ts";
import type { Run, ScriptHost } from "./run.ts";

const RANGES_MIN = 64;
/** Longer than any number is as text. */
const NUMBER_BYTES = 32;
/** Longest key whose hash is kept. */
const KEY_BYTES_MAX = 64;

/**
 * The commands that scripts call. One is executed where its words lie, in Lua's memory: nothing is copied on the way in,
 * and its reply once on the way out.
 */
export class ScriptCommands implements RedisLibraryHost {
	private readonly lua: LuaState;
	private readonly host: ScriptHost;
	private readonly replies: ReplyWriter;
	private readonly reader: ReplyReader;
	private readonly call: Call;
	/** Of the words of `call`. */
	private ranges: Int32Array;
	/** Where in Lua's memory there is room for so many numbers as text. */
	private numbers: number;
	private numbersMax: number;
	/** The first key of the script, its length, -1 where there is none or a long one, and its hash. */
	private readonly key: Uint8Array;
	private keyLength: number;
	private keyHash: number;
	/** The script that began last. */
	private run: Run | null;

	constructor(host: ScriptHost, lua: LuaState, blocker: Blocker) {
		const nobody = new Client(0, detachedLink, 0);
		this.lua = lua;
		this.host = host;
		this.replies = new ReplyWriter();
		this.replies.bytesMax = lua.machine.bytesMax;
		this.reader = new ReplyReader(lua);
		this.call = new Call(host.keyspace, this.replies, blocker, nobody, host.table.commands[0]!);
		this.call.isInner = true;
		this.call.isOfScript = true;
		this.ranges = new Int32Array(2 * RANGES_MIN);
		this.numbers = 0;
		this.numbersMax = 0;
		this.key = new Uint8Array(KEY_BYTES_MAX);
		this.keyLength = -1;
		this.keyHash = 0;
		this.run = null;
	}

	/** Commands belong to this script from now on, which the call has started with so many keys. */
	begin(run: Run, outer: Call, firstKey: number, keyCount: number): void {
		const { client, database } = outer;
		this.keyLength = keyCount === 0 ? -1 : outer.length(firstKey);
		if (this.keyLength > this.key.length) this.keyLength = -1;
		if (this.keyLength >= 0) {
			copyBytes(outer.bytes, outer.start(firstKey), this.key, 0, this.keyLength);
			this.keyHash = outer.hashOf(firstKey);
		}
		this.run = run;
		this.host.executor.beginInside();
		this.call.client = client;
		this.call.database = database;
		this.replies.protocol = 2;
	}

	/** The protocol that the script works with. */
	protocol(): number {
		return this.replies.protocol;
	}

	/** Runs the command on the stack of a script, and pushes its reply. */
	command(thread: number, raises: boolean): number {
		const argc = this.takeWords(thread);
		if (argc === 0)
			return this.refuse(thread, raises, false, "ERR Please specify at least one argument for this redis lib call");
		if (argc < 0)
			return this.refuse(thread, raises, false, "ERR Lua redis lib command arguments must be strings or integers");
		const command = this.named(argc);
		const refusal = this.refusal(command, argc);
		if (command === null || refusal !== null) {
			this.host.executor.refusedInside(command, refusal!);
			return this.refuse(thread, raises, true, refusal!);
		}
		const { replies } = this;
		const { errors } = replies;
		if ((command.flags & WRITE) !== 0) this.run!.hasWritten = true;
		if (command.firstKey === 1 && command.parent === null) this.handHash();
		this.perform(command);
		if (replies.isCut) {
			replies.isCut = false;
			replies.clear();
			throw new LuaOutOfMemory();
		}
		if (replies.errors !== errors) {
			const text = replies.lastError;
			replies.clear();
			return this.refuse(thread, raises, true, text);
		}
		this.reader.push(thread, replies.bytes, replies.length);
		replies.clear();
		return 1;
	}

	/** Most commands of a script work on its first key. */
	private handHash(): void {
		const { call, keyLength } = this;
		if (call.length(1) !== keyLength || !equalBytes(call.bytes, call.start(1), this.key, 0, keyLength)) return;
		call.setHash(1, this.keyHash);
	}

	/** Points the call at the words on the stack; returns how many there are, -1 where one of them is no word. */
	private takeWords(thread: number): number {
		const { lua, call } = this;
		const { int32 } = lua.machine;
		const base = stackBase(int32, thread);
		const argc = (stackTop(int32, thread) - base) / VALUE_BYTES;
		if (2 * argc > this.ranges.length) this.ranges = new Int32Array(4 * argc);
		const { ranges } = this;
		for (let i = 0; i < argc; i++) {
			const value = base + i * VALUE_BYTES;
			const type = typeAt(int32, value);
			if (type === LUA_NUMBER) {
				const at = this.numberRoom(argc) + i * NUMBER_BYTES;
				// Memory that has grown is another array.
				if (lua.machine.int32 !== int32) return this.takeWords(thread);
				ranges[2 * i] = at;
				ranges[2 * i + 1] = at + writeNumber(numberAt(lua.machine.float64, value), lua.machine.heap, at);
			} else if (type === LUA_STRING) {
				const string = pointerAt(int32, value);
				const start = stringStart(string);
				ranges[2 * i] = start;
				ranges[2 * i + 1] = start + stringLength(int32, string);
			} else return -1;
		}
		call.setInput(lua.machine.heap, ranges);
		call.setCommand(0, argc);
		return argc;
	}

	/** Where in Lua's memory numbers among so many words are written as text. */
	private numberRoom(argc: number): number {
		if (argc > this.numbersMax) {
			const { lua } = this;
			if (this.numbers !== 0) lua.lua.free(this.numbers);
			this.numbersMax = Math.max(2 * argc, RANGES_MIN);
			this.numbers = lua.lua.malloc(this.numbersMax * NUMBER_BYTES);
			if (this.numbers === 0) {
				this.numbersMax = 0;
				throw new LuaOutOfMemory();
			}
		}
		return this.numbers;
	}

	private named(argc: number): Command | null {
		const { call } = this;
		const command = this.host.table.find(call.bytes, call.start(0), call.end(0));
		if (command === null || command.subcommands === null || argc === 1) return command;
		return command.subcommands.get(call.latin1(1).toLowerCase()) ?? null;
	}

	/** Why the command of the call may not be run; null where it may. */
	private refusal(command: Command | null, argc: number): string | null {
		if (command === null) return "ERR Unknown Redis command called from script";
		if (!command.accepts(argc)) return "ERR Wrong number of args calling Redis command from script";
		if ((command.flags & NOSCRIPT) !== 0) return "ERR This Redis command is not allowed from script";
		const { call } = this;
		return (
			refusalWhereStale(this.host.executor, command.flags) ??
			call.client.permissions?.refusal(call, command, "lua") ??
			this.refusalNow(this.run!, command)
		);
	}

	/** Why the server, or the script, does not allow such a command now. */
	private refusalNow(run: Run, { flags }: Command): string | null {
		const { executor } = this.host;
		// So that those that only read may run while CLIENT PAUSE holds what may be replicated.
		if (run.isReadOnly && (flags & (WRITE | MAY_REPLICATE)) !== 0) {
			return "ERR Write commands are not allowed from read-only scripts.";
		}
		if ((flags & WRITE) !== 0) {
			// What has begun is not left half done.
			if (run.hasWritten) return null;
			const refusal = refusalOfWrites(executor, run.client.isObeyed);
			if (refusal !== null) return refusal;
		}
		if ((flags & DENYOOM) === 0 || run.allowsOom || run.hasWritten || !lacksMemory(executor)) return null;
		return OUT_OF_MEMORY;
	}

	/** Runs the command of the call; redis.set_repl says who hears of it. */
	private perform(command: Command): void {
		const { effects } = this.call;
		const { executor } = this.host;
		const { audience } = this.run!;
		if (audience === FOR_ALL || !effects.isOn) return executor.runInside(this.call, command);
		effects.restrict(audience);
		try {
			executor.runInside(this.call, command);
		} finally {
			effects.restrict(FOR_ALL);
		}
	}

	/** An error as scripts see it: a table, which is raised or returned. */
	private refuse(thread: number, raises: boolean, isCounted: boolean, text: string): number {
		const { lua } = this;
		pushError(lua, thread, text);
		if (isCounted) {
			// It was counted where the command failed.
			lua.lua.lua_pushboolean(thread, 1);
			lua.lua.lua_setfield(thread, -2, lua.word("ignore_error_stats_update"));
		}
		return raises ? lua.raise(thread) : 1;
	}

	mayRun(thread: number): boolean | null {
		const { call } = this;
		const argc = this.takeWords(thread);
		const command = this.named(argc);
		if (command === null) return null;
		const { permissions } = call.client;
		return permissions === null || permissions.mayRun(call, command);
	}

	setProtocol(protocol: number): void {
		this.replies.protocol = protocol;
	}

	setReplication(targets: number): void {
		if (this.run === null) return;
		const file = (targets & REPL_AOF) !== 0 ? FOR_FILE : FOR_NOBODY;
		const replicas = (targets & REPL_REPLICA) !== 0 ? FOR_REPLICAS : FOR_NOBODY;
		this.run.audience = file | replicas;
	}

	log(level: number, line: string): void {
		const { log } = this.host;
		if (level === 0) log.debug(line);
		else if (level === 1) log.verbose(line);
		else if (level === 2) log.notice(line);
		else log.warning(line);
	}
}
