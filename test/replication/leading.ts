/** A server that leads, in virtual time, with replicas that do what a test tells them. */
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { NetworkFaults } from "../support/virtual-network.ts";
import { ScriptedReplica } from "./scripted-replica.ts";

/** Times long enough for a copy to be made and sent. */
export const A_WHILE_MS = 200;
export const PING = "*1 $4 PING";
export const SELECT_0 = "*2 $6 SELECT $1 0";

export function started(directives = "", faults?: NetworkFaults) {
	const machine = new VirtualMachine(3, faults);
	const server = machine.start(`repl-diskless-sync-delay 0\nrepl-ping-replica-period 3600\n${directives}`);
	const client = machine.network.connect(6379);
	const follow = (...asked: Parameters<ScriptedReplica["ask"]>) =>
		new ScriptedReplica(machine.network, 6379).ask(...asked);
	/** Lets what is under way come to its end. */
	const settle = (ms = A_WHILE_MS) => machine.time.advance(ms);
	const info = () => Object.fromEntries(lines(client.run("INFO", "everything")));
	/** A replica whose copy is loaded. */
	const online = (...asked: Parameters<ScriptedReplica["ask"]>) => {
		const replica = follow(...asked);
		settle();
		replica.read().acknowledge();
		settle();
		return replica;
	};
	return { machine, server, client, follow, settle, info, online };
}

function lines(text: string): [string, string][] {
	return text.split("\r\n").flatMap((line) => {
		const at = line.indexOf(":");
		return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as [string, string]];
	});
}

/** What a server has that loads the copy. */
export function loaded(copy: string, directives = "") {
	const machine = new VirtualMachine(9);
	const bytes = new Uint8Array(Buffer.from(copy, "latin1"));
	const file = machine.files.open(machine.files.resolve("dump.rdb"), "create");
	file.write(bytes, 0, bytes.length);
	file.close();
	machine.start(directives);
	machine.time.advance(A_WHILE_MS);
	return machine.network.connect(6379);
}
