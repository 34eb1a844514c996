import type { Server } from "../../src/server/server.ts";
import { VirtualMachine } from "./virtual-machine.ts";
import type { VirtualClient } from "./virtual-network.ts";

/** A whole server in virtual time, and one client of it that runs scripts. Replies are bytes as they came. */
export class ScriptClient {
	readonly machine: VirtualMachine;
	readonly server: Server;
	readonly client: VirtualClient;

	constructor(directives = "") {
		this.machine = new VirtualMachine();
		this.server = this.machine.start(directives);
		this.client = this.machine.network.connect(6379);
	}

	run(...words: (string | number)[]): string {
		return this.client.run(...words);
	}

	/** The reply to a script with these keys and arguments. */
	eval(script: string, keys: readonly string[] = [], args: readonly string[] = []): string {
		return this.run("EVAL", script, keys.length, ...keys, ...args);
	}

	/** The text of what an expression is, as Lua's tostring shows it. */
	text(expression: string): string {
		const reply = this.eval(`return tostring(${expression})`);
		const text = /^\$\d+\r\n(.*)\r\n$/s.exec(reply);
		if (text === null) throw new Error(`${expression}: ${reply}`);
		return text[1]!;
	}

	/** What is wrong with a script, without its name and place. */
	error(script: string): string {
		const reply = this.eval(script);
		const error = /^-(.*?)(?: script: [0-9a-f]{40}, on @user_script:\d+\.)?\r\n$/.exec(reply);
		if (error === null) throw new Error(`${script}: ${reply}`);
		return error[1]!;
	}
}
