import { latin1 } from "../bytes/ascii.ts";
import type { Promises } from "./conditions.ts";
import type { EnginePlace } from "./engine-place.ts";
import type { Registered } from "./registration.ts";

/** A function that FCALL can call. */
export class LibraryFunction {
	readonly name: string;
	readonly library: Library;
	readonly compiled: number;
	readonly description: string | null;
	readonly flags: readonly string[];
	readonly promises: Promises;

	constructor(library: Library, { name, compiled, description, flags }: Registered) {
		this.name = name;
		this.library = library;
		this.compiled = compiled;
		this.description = description;
		this.flags = flags;
		this.promises = {
			noWrites: flags.includes("no-writes"),
			allowOom: flags.includes("allow-oom"),
			allowStale: flags.includes("allow-stale"),
		};
	}
}

/** Code that was loaded as a whole, and the functions it has registered. */
export class Library {
	readonly name: string;
	/** With its first line. */
	readonly source: Uint8Array;
	/** Where its functions are compiled. */
	/** The identity of the one that has compiled it. */
	readonly engine: object;
	/** By name in lower case. */
	readonly functions: Map<string, LibraryFunction>;

	constructor(name: string, source: Uint8Array, engine: object) {
		this.name = name;
		this.source = source;
		this.engine = engine;
		this.functions = new Map();
	}
}

/** What functions need of their server. */
export interface FunctionsHost {
	/** Sources as files of data hold them; follows what is loaded here. */
	readonly keyspace: { libraries: Uint8Array[] };
	monotonic_us(): number;
}

/** A library that takes longer to load is refused. */
const LOADING_MAX_US = 500_000;
const LINE_FEED = 0x0a;
const NAME_RULE =
	"Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/**
 * The libraries of functions. All of them change together or none does: what is loaded is put into new maps, which take the
 * place of the old ones when everything went well.
 *
 * Names of functions are the same in upper and lower case, those of libraries are not.
 *
 * Invariant: `functions` holds those of all libraries by name in lower case; `keyspace.libraries` their sources, in the
 * same order.
 */
export class Functions {
	libraries: Map<string, Library>;
	functions: Map<string, LibraryFunction>;
	private readonly host: FunctionsHost;
	private readonly place: EnginePlace;
	/** The identity of the engine where the functions are. */
	private loadedIn: object | null;
	/** The sources that the maps were made of. */
	private known: readonly Uint8Array[];
	/** What is wrong with the libraries that came with the data, else null. */
	failure: string | null;

	constructor(host: FunctionsHost, place: EnginePlace) {
		this.libraries = new Map();
		this.functions = new Map();
		this.host = host;
		this.place = place;
		this.loadedIn = null;
		this.known = host.keyspace.libraries;
		this.failure = null;
	}

	/**
	 * A file of data has been loaded, or the sources in it were replaced: what they define is there from now on. Where they
	 * cannot be loaded, none of the file are there, and `failure` says why.
	 */
	follow(): void {
		const { libraries: sources } = this.host.keyspace;
		const isKnown = sources === this.known;
		if (isKnown && sources.length === this.libraries.size) {
			if (sources.length > 0 && this.place.now().identity !== this.loadedIn) this.loadAnew();
			return;
		}
		this.failure = null;
		try {
			this.adopt(this.madeOf(sources, Infinity));
		} catch (error) {
			if (!(error instanceof LoadError)) throw error;
			this.failure = error.message;
			// The file was loaded on top of what was there.
			this.adopt(isKnown ? [...this.libraries.values()] : []);
		}
	}

	/** The engine is another one. A library that cannot be loaded any more stays in the list, without functions. */
	private loadAnew(): void {
		const hopeless = new Set<string>();
		for (;;) {
			const engine = this.place.now();
			const libraries = Array.from(this.libraries.values(), (library) => this.madeAnew(library, hopeless));
			// One of them may have broken this engine, too.
			if (this.place.now() === engine) return this.adopt(libraries);
		}
	}

	private madeAnew({ name, source }: Library, hopeless: Set<string>): Library {
		try {
			if (!hopeless.has(name)) return this.made(name, source);
		} catch (error) {
			if (!(error instanceof LoadError)) throw error;
			hopeless.add(name);
		}
		return new Library(name, source, this.place.now());
	}

	/** Loads one library; returns its name, or throws a LoadError. */
	load(source: Uint8Array, replaces: boolean): string {
		const name = libraryName(source);
		if (this.libraries.has(name) && !replaces) throw new LoadError(`Library '${name}' already exists`);
		const library = this.made(name, source);
		this.join([library], true);
		return name;
	}

	/** Loads all of these, or none: on top of what is there. Throws a LoadError. */
	restore(sources: readonly Uint8Array[], mode: "flush" | "append" | "replace"): void {
		const fresh = this.madeOf(sources);
		if (mode === "flush") this.adopt(fresh);
		else this.join(fresh, mode === "replace");
	}

	/** The function of this name. */
	find(name: string): LibraryFunction | undefined {
		return this.functions.get(name) ?? this.functions.get(name.toLowerCase());
	}

	/** Bytes of all sources. */
	bytesUsed(): number {
		let bytes = 0;
		for (const { source } of this.libraries.values()) bytes += source.length;
		return bytes;
	}

	/** Libraries that have nothing to do with those that are there. */
	private madeOf(sources: readonly Uint8Array[], limit_us = LOADING_MAX_US): Library[] {
		const fresh: Library[] = [];
		try {
			for (const source of sources) {
				const name = libraryName(source);
				if (fresh.some((other) => other.name === name)) throw new LoadError(`Library '${name}' already exists`);
				fresh.push(this.made(name, source, limit_us));
			}
			functionsOf(fresh);
			return fresh;
		} catch (error) {
			this.release(fresh);
			throw error;
		}
	}

	/** Runs the code of a library. */
	private made(name: string, source: Uint8Array, limit_us = LOADING_MAX_US): Library {
		const engine = this.place.now();
		const library = new Library(name, source, engine.identity);
		const end_us = this.host.monotonic_us() + limit_us;
		let error: string | null;
		try {
			error = engine.loadLibrary(
				source.subarray(source.indexOf(LINE_FEED)),
				(registered) => {
					const wrong = hear(library, registered);
					if (wrong !== null) engine.release(registered.compiled);
					return wrong;
				},
				() => this.host.monotonic_us() > end_us,
			);
		} catch (thrown) {
			throw new LoadError(this.place.broken(thrown));
		}
		if (error === null && library.functions.size > 0) return library;
		this.release([library]);
		throw new LoadError(error ?? "No functions registered");
	}

	/** Puts libraries beside those that are there, or in their place. */
	private join(fresh: readonly Library[], replaces: boolean): void {
		try {
			const all = new Map(this.libraries);
			for (const { name } of fresh) {
				if (all.delete(name) && !replaces) throw new LoadError(`Library ${name} already exists`);
			}
			this.adopt([...all.values(), ...fresh]);
		} catch (error) {
			this.release(fresh);
			throw error;
		}
	}

	/** Lets go of what the functions of these are to Lua, unless they went with another engine. */
	private release(libraries: readonly Library[]): void {
		// Where there are none no engine is made for that: a data set without functions is loaded without Lua.
		if (libraries.length === 0) return;
		const now = this.place.now();
		for (const { engine, functions } of libraries) {
			if (engine === now.identity) for (const { compiled } of functions.values()) now.release(compiled);
		}
	}

	/** These are the libraries from now on. */
	private adopt(next: readonly Library[]): void {
		const functions = functionsOf(next);
		const libraries = new Map(next.map((library) => [library.name, library]));
		this.release([...this.libraries.values()].filter((old) => libraries.get(old.name) !== old));
		this.libraries = libraries;
		this.functions = functions;
		const engine = next.length === 0 ? null : this.place.now().identity;
		this.loadedIn = next.every((library) => library.engine === engine) ? engine : null;
		const sources = next.map(({ source }) => source);
		this.host.keyspace.libraries = sources;
		this.known = sources;
	}

	/** False where there is none of this name. */
	delete(name: string): boolean {
		const rest = [...this.libraries.values()].filter((library) => library.name !== name);
		if (rest.length === this.libraries.size) return false;
		this.adopt(rest);
		return true;
	}

	clear(): void {
		if (this.libraries.size > 0) this.adopt([]);
	}
}

/** Why a library cannot be loaded. */
export class LoadError extends Error {}

/** Those of all these by name. Throws a LoadError where two have one name. */
function functionsOf(libraries: readonly Library[]): Map<string, LibraryFunction> {
	const all = new Map<string, LibraryFunction>();
	for (const { functions } of libraries) {
		for (const [key, added] of functions) {
			if (all.has(key)) throw new LoadError(`Function ${added.name} already exists`);
			all.set(key, added);
		}
	}
	return all;
}

function hear(library: Library, registered: Registered): string | null {
	if (!/^\w+$/.test(registered.name)) return NAME_RULE;
	const key = registered.name.toLowerCase();
	if (library.functions.has(key)) return "Function already exists in the library";
	library.functions.set(key, new LibraryFunction(library, registered));
	return null;
}

/** The name that the first line gives: `#!lua name=mylib`. */
function libraryName(source: Uint8Array): string {
	const text = latin1(source, 0, Math.min(source.length, 2));
	if (text !== "#!") throw new LoadError("Missing library metadata");
	const end = source.indexOf(LINE_FEED);
	if (end < 0) throw new LoadError("Invalid library metadata");
	const [engine = "", ...options] = latin1(source, 2, end)
		.split(" ")
		.filter((word) => word !== "");
	let name: string | null = null;
	for (const option of options) {
		if (!option.toLowerCase().startsWith("name=")) throw new LoadError(`Invalid metadata value given: ${option}`);
		if (name !== null) throw new LoadError("Invalid metadata value, name argument was given multiple times");
		name = option.slice("name=".length);
	}
	if (name === null) throw new LoadError("Library name was not given");
	if (!/^\w+$/.test(name)) throw new LoadError(NAME_RULE);
	if (engine.toLowerCase() !== "lua") throw new LoadError(`Engine '${engine}' not found`);
	return name;
}
