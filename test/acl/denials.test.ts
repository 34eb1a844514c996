/**
 * Every command denied in each way in which it can be: by its name, its container, its categories, each of its keys to
 * read and to write, its channels; at once, when it is queued, at EXEC behind a change of the rules, and inside a script.
 * And that with exactly what it needs it is not denied.
 */
import { describe, expect, test } from "bun:test";
import { DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from "../../src/acl/denial.ts";
import { permissionsFor, READ, WRITE } from "../../src/acl/selector.ts";
import { Random } from "../../src/bytes/random.ts";
import { Call } from "../../src/dispatch/call.ts";
import { categoriesOf } from "../../src/dispatch/categories.ts";
import { type Command, NO_AUTH, NO_MULTI, NOT_QUEUED } from "../../src/dispatch/command.ts";
import { KeyFinder } from "../../src/dispatch/keys.ts";
import type { Server } from "../../src/server/server.ts";
import { type Sample, sampleOf } from "../support/sample-commands.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { commandText } from "../support/wire.ts";

const SAMPLES_PER_COMMAND = 8;

/** Rules under which a command is denied, and as what. */
interface Denial {
	readonly rules: readonly string[];
	readonly reason: number;
}

const machine = new VirtualMachine();
const server = machine.start("enable-debug-command yes\nacllog-max-len 0");
const finder = new KeyFinder();
const random = new Random(5);

/** Containers are never run themselves, and who may not even say who it is could not become anybody. */
const commands = [...server.table.all()].filter(
	({ flags, subcommands, row }) => (flags & NO_AUTH) === 0 && (subcommands === null || row.run !== undefined),
);
const samples = commands.flatMap((command) =>
	Array.from({ length: SAMPLES_PER_COMMAND }, () => ({ command, sample: sampleOf(command, random) })),
);

const OPEN = ["reset", "on", "nopass", "+@all", "~*", "&*"];
const without = (...rules: string[]) => [...OPEN, ...rules];

function keyRule(word: string, permissions: number): string {
	return `${["", "%R~", "%W~", "~"][permissions]!}${word}`;
}

/** What happens to the key at a word, READ and WRITE bits; asks the finder, which has its own tests beside Redis. */
function neededAt(command: Command, { words }: Sample, word: number): number {
	const call = callOf(words);
	finder.find(command, call, 0, words.length);
	for (let i = 0; i < finder.count; i++) if (finder.positions[i] === word) return permissionsFor(finder.access[i]!);
	throw new Error(`the key ${words[word]} of ${words.join(" ")} is not found`);
}

function denialsOf(command: Command, sample: Sample): Denial[] {
	const { words, keys, channels } = sample;
	const denials: Denial[] = [
		{ rules: without(`-${command.fullName}`), reason: DENIED_COMMAND },
		{ rules: without("-@all"), reason: DENIED_COMMAND },
		...categoriesOf(command).map((category) => ({ rules: without(`-@${category}`), reason: DENIED_COMMAND })),
	];
	if (command.parent !== null) denials.push({ rules: without(`-${command.parent.row.name}`), reason: DENIED_COMMAND });
	for (const at of keys) {
		const others = keys.filter((key) => key !== at).map((key) => `~${words[key]}`);
		const needed = neededAt(command, sample, at);
		const deny = (...rules: string[]) =>
			denials.push({ rules: without("resetkeys", ...others, ...rules), reason: DENIED_KEY });
		deny();
		if ((needed & READ) !== 0) deny(keyRule(words[at]!, WRITE));
		if ((needed & WRITE) !== 0) deny(keyRule(words[at]!, READ));
	}
	for (const at of channels) {
		const others = channels.filter((channel) => channel !== at).map((channel) => `&${words[channel]}`);
		denials.push({ rules: without("resetchannels", ...others), reason: DENIED_CHANNEL });
	}
	return denials;
}

/** The least rules that allow a command. */
function leastOf(command: Command, sample: Sample): string[] {
	const { words, keys, channels } = sample;
	// A key that is neither read nor written takes a pattern of any kind.
	const ofKeys = keys.map((key) => keyRule(words[key]!, neededAt(command, sample, key) || READ));
	return ["reset", `+${command.fullName}`, ...ofKeys, ...channels.map((channel) => `&${words[channel]}`)];
}

function callOf(words: readonly string[]): Call {
	const nobody = server.executor.call;
	const call = new Call(server.keyspace, server.reply, nobody.blocker, nobody.client, nobody.command);
	const text = commandText(words);
	const ranges = new Int32Array(2 * words.length);
	let at = 0;
	for (const [index, word] of words.entries()) {
		at = text.indexOf(`$${word.length}\r\n${word}\r\n`, at) + String(word.length).length + 3;
		ranges[2 * index] = at;
		ranges[2 * index + 1] = at + word.length;
		at += word.length;
	}
	call.setInput(Buffer.from(text, "latin1"), ranges);
	call.setCommand(0, words.length);
	return call;
}

function textOf(reason: number, { fullName }: Command): string {
	if (reason === DENIED_COMMAND) return `User u has no permissions to run the '${fullName}' command`;
	return reason === DENIED_KEY ? "No permissions to access a key" : "No permissions to access a channel";
}

const CHANGED =
	"ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
	"This command is no longer allowed for the following reason: ";
const changedReasons: Readonly<Record<number, string>> = {
	[DENIED_COMMAND]: "no permission to execute the command or subcommand",
	[DENIED_KEY]: "no permission to touch the specified keys",
	[DENIED_CHANNEL]: "no permission to access one of the channels used as arguments",
};

function setRules({ accounts }: Server, rules: readonly string[]): void {
	const error = accounts.users.set("u", rules, null);
	if (error !== null) throw new Error(`${error} in ${rules.join(" ")}`);
}

function connected(): VirtualClient {
	setRules(server, OPEN);
	const client = machine.network.connect(6379);
	client.run("AUTH", "u", "");
	return client;
}

/** How commands are met by what denies them; returns the reply, and what it has to be. */
type Place = (
	client: VirtualClient,
	command: Command,
	sample: Sample,
	denial: Denial,
) => [actual: string, expected: string];

const atOnce: Place = (client, command, { words }, { rules, reason }) => {
	setRules(server, rules);
	const text = `NOPERM ${textOf(reason, command)}\r\n`;
	const isExec = command.fullName === "exec";
	return [client.run(...words), isExec ? `-EXECABORT Transaction discarded because of: ${text}` : `-${text}`];
};

const whenQueued: Place = (client, command, { words }, { rules, reason }) => {
	setRules(server, OPEN);
	client.run("MULTI");
	setRules(server, rules);
	const reply = client.run(...words);
	setRules(server, OPEN);
	const aborted = "-EXECABORT Transaction discarded because of previous errors.\r\n";
	return [reply + client.run("EXEC"), `-NOPERM ${textOf(reason, command)}\r\n${aborted}`];
};

const atExecution: Place = (client, _, { words }, { rules, reason }) => {
	setRules(server, OPEN);
	const queued = client.run("MULTI") + client.run(...words);
	// EXEC itself is allowed.
	setRules(server, [...rules, "+exec"]);
	const text = `*1\r\n-NOPERM ${CHANGED}${changedReasons[reason]}\r\n`;
	return [queued + client.run("EXEC"), `+OK\r\n+QUEUED\r\n${text}`];
};

const inScript: Place = (client, command, { words }, { rules, reason }) => {
	setRules(server, rules);
	const own = [...server.clients.all()].find((one) => one.link.remoteAddress === client.address())!;
	const call = callOf(words);
	call.client = own;
	const error = own.permissions!.refusal(call, command, "lua");
	return [error ?? "", `ERR ACL failure in script: ${textOf(reason, command)}`];
};

function denyAll(place: Place, which: (command: Command) => boolean): number {
	const client = connected();
	let count = 0;
	const wrong: string[] = [];
	for (const { command, sample } of samples) {
		if (!which(command)) continue;
		for (const denial of denialsOf(command, sample)) {
			const [actual, expected] = place(client, command, sample, denial);
			count++;
			if (actual !== expected) wrong.push(`${sample.words.join(" ")} under ${denial.rules.join(" ")}: ${actual}`);
		}
	}
	expect(wrong.slice(0, 5)).toEqual([]);
	return count;
}

const any = () => true;
const canBeQueued = ({ flags }: Command) => (flags & (NOT_QUEUED | NO_MULTI)) === 0;

describe("every command is denied in each way", () => {
	test("the samples have all commands, and keys of all that take some", () => {
		expect(commands.length).toBeGreaterThan(230);
		const withKeys = new Set(samples.flatMap(({ command, sample }) => (sample.keys.length > 0 ? [command] : [])));
		expect(commands.filter((command) => command.hasKeys && !withKeys.has(command)).map((one) => one.fullName)).toEqual(
			[],
		);
	});

	test("at once", () => {
		expect(denyAll(atOnce, any)).toBeGreaterThan(10_000);
	});

	test("when it is queued, which aborts the transaction", () => {
		expect(denyAll(whenQueued, canBeQueued)).toBeGreaterThan(9000);
	});

	test("at EXEC, when the rules have changed since", () => {
		expect(denyAll(atExecution, canBeQueued)).toBeGreaterThan(9000);
	});

	test("inside a script", () => {
		expect(denyAll(inScript, any)).toBeGreaterThan(10_000);
	});
});

test("every command is allowed with the least that it needs", () => {
	const { guard } = server.accounts.users;
	const wrong: string[] = [];
	for (const { command, sample } of samples) {
		const rules = leastOf(command, sample);
		setRules(server, rules);
		const denial = guard.dryRun(server.accounts.users.get("u")!, command, callOf(sample.words), 0);
		if (denial !== null) wrong.push(`${sample.words.join(" ")} under ${rules.join(" ")}: ${denial}`);
	}
	expect(wrong).toEqual([]);
});
