import type { ScriptEngine } from "./engine.ts";
import { isOutOfMemory, isScriptsDoing } from "./lua/machine.ts";

/**
 * Where an engine is: made when the first script comes, and anew behind one that has spoilt it. Scripts have one and
 * functions another, so that no script can cost a library what it keeps in its local variables.
 */
export class EnginePlace {
	/** Null while there is none. */
	engine: ScriptEngine | null;
	private readonly make: () => ScriptEngine;
	private readonly left: (bytes: number) => void;

	/** `left` is told how much memory one had that was let go of. */
	constructor(make: () => ScriptEngine, left: (bytes: number) => void) {
		this.engine = null;
		this.make = make;
		this.left = left;
	}

	now(): ScriptEngine {
		this.leaveSpent();
		this.engine ??= this.make();
		return this.engine;
	}

	/** Lets go of an engine that is better thrown away. */
	leaveSpent(): void {
		if (this.engine?.isSpent === true) this.leave();
	}

	private leave(): void {
		const bytes = this.engine?.lua.bytesUsed() ?? 0;
		this.engine = null;
		this.left(bytes);
	}

	/** What was thrown has left the engine in the middle of something. Returns what to say; a defect of ours is thrown on. */
	broken(thrown: unknown): string {
		this.leave();
		if (!isScriptsDoing(thrown)) throw thrown;
		return isOutOfMemory(thrown) ? "not enough memory" : "stack overflow";
	}
}
