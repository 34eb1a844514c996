/** Whether a user may run a command: what a restricted user pays for each, by how many patterns there are. */
import { bench, do_not_optimize, run } from "mitata";
import type { User } from "../../src/acl/user.ts";
import { Call } from "../../src/dispatch/call.ts";
import { VirtualMachine } from "../../test/support/virtual-machine.ts";
import { toBytes } from "../../test/support/wire.ts";

const machine = new VirtualMachine();
const { accounts, executor, keyspace, reply, table } = machine.start();

function userOf(rules: string): User {
	const name = `u${accounts.users.all().length}`;
	const error = accounts.users.set(name, rules.split(" "), null);
	if (error !== null) throw new Error(error);
	return accounts.users.get(name)!;
}

/** A call of the words, which are parted by blanks. */
function callOf(text: string): Call {
	const { blocker, client, command } = executor.call;
	const call = new Call(keyspace, reply, blocker, client, command);
	const ranges: number[] = [];
	for (const { index, 0: word } of text.matchAll(/\S+/g)) ranges.push(index, index + word.length);
	call.setInput(toBytes(text), Int32Array.from(ranges));
	call.setCommand(0, ranges.length / 2);
	return call;
}

export function benches(): void {
	const cases = [
		["GET app:user:000001", "+get ~app:*"],
		["GET app:user:000001", "+@read ~a ~b ~c %W~d* %R~app:*"],
		["GET app:user:000001", `+get ${Array.from({ length: 30 }, (_, i) => `~t${i}:*`).join(" ")} ~app:*`],
		["GET app:user:000001", "+set ~x (+del ~app:*) (+get ~app:*)"],
		["SET app:user:000001 value", "+@write ~app:*"],
		["MSET app:1 a app:2 b app:3 c app:4 d", "+@write ~app:*"],
		["PUBLISH news:1 text", "+publish &news:*"],
	] as const;
	for (const [text, rules] of cases) {
		const user = userOf(rules);
		const call = callOf(text);
		const command = table.named(text.split(" ")[0]!)!;
		const shown = rules.length > 40 ? `${rules.slice(0, 12)}… (${rules.split(" ").length} rules)` : rules;
		bench(`${text.split(" ", 1)} under ${shown}`, () => {
			do_not_optimize(user.refusal(call, command, "toplevel"));
		}).gc("inner");
	}
}

if (import.meta.main) {
	benches();
	await run();
}
