import { bytesOf, equalBytes } from "../bytes/ascii.ts";
import { SHA1_DIGITS, SHA1_WORDS, sha1, sha1Hexadecimal, writeSha1Digits } from "../bytes/sha1.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import type { Call } from "../dispatch/call.ts";
import { KeyIndex } from "../dispatch/key-index.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { writeUint32 } from "../memory/entry.ts";
import type { ScriptEngine } from "./engine.ts";
import type { EnginePlace } from "./engine-place.ts";
import { codeStart, flagsOf, type ScriptFlags } from "./shebang.ts";

/** A script that was seen once and can be called by its name from then on. */
export class Script {
	/** SHA-1 of the source, 40 hexadecimal digits in lower case. */
	readonly sha: string;
	readonly source: Uint8Array;
	readonly flags: ScriptFlags;
	/** Of the compiled function, in the registry of the engine with this identity. */
	compiled: number;
	engine: object;

	constructor(sha: string, source: Uint8Array, flags: ScriptFlags, engine: object, compiled: number) {
		this.sha = sha;
		this.source = source;
		this.flags = flags;
		this.engine = engine;
		this.compiled = compiled;
	}
}

/** One database of the indexes is enough. */
const ALL = 0;
/** Length and hash. */
const PRINT_BYTES = 8;

/**
 * The scripts that were seen, by name and by source: a script sent again is found without being hashed by SHA-1 or
 * compiled again.
 */
export class Scripts {
	private readonly place: EnginePlace;
	private readonly keyspace: Keyspace;
	private bySha: KeyIndex<Script>;
	/** By length and hash of the source, of which there is one copy so. */
	private bySource: KeyIndex<Script>;
	private readonly print: Uint8Array;
	private readonly digest: Int32Array;
	private readonly name: Uint8Array;
	/** Bytes of all sources. */
	private sourceBytes: number;

	constructor(keyspace: Keyspace, place: EnginePlace) {
		this.place = place;
		this.keyspace = keyspace;
		this.bySha = new KeyIndex(keyspace);
		this.bySource = new KeyIndex(keyspace);
		this.print = new Uint8Array(PRINT_BYTES);
		this.digest = new Int32Array(SHA1_WORDS);
		this.name = new Uint8Array(SHA1_DIGITS);
		this.sourceBytes = 0;
	}

	count(): number {
		return this.bySha.count;
	}

	bytesUsed(): number {
		return this.sourceBytes + this.bySha.bytesUsed() + this.bySource.bytesUsed();
	}

	/** The script whose source is an argument, compiled where it is new; or what is wrong with it. */
	ofSource(call: Call, argument: number): Script | string {
		const { bytes } = call;
		const start = call.start(argument);
		const length = call.length(argument);
		this.fingerprint(bytes, start, length);
		const known = this.bySource.find(ALL, this.print, 0, PRINT_BYTES);
		if (known === null) return this.add(call.slice(argument));
		if (known.source.length === length && equalBytes(known.source, 0, bytes, start, length)) return known;
		return this.namesake(call.slice(argument));
	}

	/** Leaves the length of a source and a hash of it in `print`. */
	private fingerprint(bytes: Uint8Array, start: number, length: number): void {
		const { seed0, seed1 } = this.keyspace;
		writeUint32(this.print, 0, length);
		writeUint32(this.print, 4, halfSipHash(bytes, start, start + length, seed0, seed1));
	}

	/** One of two scripts that happen to have the same fingerprint, the second: it is found by its name alone. */
	private namesake(source: Uint8Array): Script | string {
		sha1(source, 0, source.length, this.digest);
		writeSha1Digits(this.digest, this.name);
		return this.bySha.find(ALL, this.name, 0, SHA1_DIGITS) ?? this.add(source);
	}

	private add(source: Uint8Array): Script | string {
		const flags = flagsOf(source);
		if (typeof flags === "string") return flags;
		sha1(source, 0, source.length, this.digest);
		const sha = sha1Hexadecimal(this.digest);
		const engine = this.place.now();
		const compiled = this.compile(engine, source);
		if (typeof compiled === "string") return `Error compiling script (new function): ${compiled}`;
		const script = new Script(sha, source, flags, engine.identity, compiled);
		this.fingerprint(source, 0, source.length);
		if (this.bySource.find(ALL, this.print, 0, PRINT_BYTES) === null) {
			this.bySource.add(ALL, this.print, 0, PRINT_BYTES, script);
		}
		writeSha1Digits(this.digest, this.name);
		this.bySha.add(ALL, this.name, 0, SHA1_DIGITS, script);
		this.sourceBytes += source.length;
		return script;
	}

	/** Sees to it that the script is compiled for this engine, which may be a newer one; or says what is wrong. */
	prepare(script: Script, engine: ScriptEngine): string | null {
		if (script.engine === engine.identity) return null;
		const compiled = this.compile(engine, script.source);
		if (typeof compiled === "string") return compiled;
		script.engine = engine.identity;
		script.compiled = compiled;
		return null;
	}

	private compile(engine: ScriptEngine, source: Uint8Array): number | string {
		try {
			const start = codeStart(source);
			// Of a short array a part costs more memory than the array.
			return engine.compile(start === 0 ? source : source.subarray(start), "@user_script");
		} catch (thrown) {
			return this.place.broken(thrown);
		}
	}

	/** The script of this name, in upper or lower case; null where there is none. */
	ofSha(call: Call, argument: number): Script | null {
		const length = call.length(argument);
		const found = this.bySha.find(ALL, call.bytes, call.start(argument), length);
		if (found !== null) return found;
		return this.bySha.find(ALL, bytesOf(call.latin1(argument).toLowerCase()), 0, length);
	}

	/** Forgets all of them. */
	clear(): void {
		const engine = this.place.now();
		for (const script of this.bySha.all()) if (script.engine === engine.identity) engine.release(script.compiled);
		this.bySha = new KeyIndex(this.keyspace);
		this.bySource = new KeyIndex(this.keyspace);
		this.sourceBytes = 0;
		engine.collect();
	}
}
