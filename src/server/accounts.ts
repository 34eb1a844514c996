import { AccessLog } from "../acl/access-log.ts";
import { readUsers, writeUsers } from "../acl/acl-file.ts";
import { Guard } from "../acl/guard.ts";
import { hasBlank, joinSelectors, OpenSelector } from "../acl/rules.ts";
import type { User } from "../acl/user.ts";
import { Users } from "../acl/users.ts";
import { Vocabulary } from "../acl/vocabulary.ts";
import { bytesOf, latin1, latin1Bytes, utf8 } from "../bytes/ascii.ts";
import type { Config, StatementLine } from "../config/config.ts";
import type { StatementName } from "../config/directives.ts";
import { ConfigError } from "../config/parse.ts";
import { quoteWord } from "../config/quoting.ts";
import { systemErrorText } from "../config/system-error.ts";
import type { Client } from "../dispatch/client.ts";
import type { CommandTable } from "../dispatch/command-table.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { PubSub } from "../pubsub/pub-sub.ts";
import { CHANNEL, PATTERN, SHARD_CHANNEL } from "../pubsub/topic.ts";
import { RULE_DUPLICATE_USER, RULE_SYNTAX, RULE_UNKNOWN_COMMAND } from "../resp/access-errors.ts";
import type { Adapters } from "./adapters.ts";

/** What the users need of their server. */
export interface AccountsHost {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly table: CommandTable;
	readonly clients: ClientRegistry;
	readonly pubSub: PubSub;
	readonly statistics: Statistics;
	readonly log: Log;
}

const BITS_PER_DIGIT = 4;

/**
 * The users of a server and where they are kept: lines of the configuration file, or a file of their own, never both;
 * and `requirepass`, which is the default user's password.
 */
export class Accounts {
	readonly users: Users;
	readonly refusals: AccessLog;
	private readonly host: AccountsHost;

	constructor(host: AccountsHost) {
		const { config, clients, pubSub, adapters, log } = host;
		this.host = host;
		this.refusals = new AccessLog(host.statistics, () => config.values["acllog-max-len"]);
		this.users = new Users(
			{
				vocabulary: new Vocabulary(host.table),
				digests: adapters.digests,
				allChannelsByDefault: () => config.values["acl-pubsub-default"] === "allchannels",
				warn: (line) => log.warning(line),
			},
			new Guard(this.refusals, (client, now_ms) => clients.line(client, now_ms)),
			clients,
			{
				channels: (client) => pubSub.namesOf(client, CHANNEL),
				patterns: (client) => pubSub.namesOf(client, PATTERN),
				shardChannels: (client) => pubSub.namesOf(client, SHARD_CHANNEL),
			},
		);
		this.followPassword();
	}

	private followPassword(): void {
		const { config } = this.host;
		if (config.values.requirepass !== "") this.users.setDefaultPassword(bytesOf(config.values.requirepass));
		config.onChange("requirepass", (password) => {
			this.users.setDefaultPassword(bytesOf(password));
			return undefined;
		});
	}

	/** Reads what users the configuration gives; throws a ConfigError where the server must not start with them. */
	load(): void {
		const { config } = this.host;
		const lines = config.statements.filter(({ name }) => name === "user");
		if (this.hasFile() && lines.length > 0) throw new ConfigError(FILE_AND_LINES);
		const users = this.readLines(lines);
		if (users.length > 0) this.users.add(users);
		const errors = this.hasFile() ? this.loadFile(null) : null;
		if (errors !== null) throw new ConfigError(`Aborting Redis startup because of ACL errors: ${errors}`);
	}

	private readLines(lines: readonly StatementLine[]): User[] {
		const users: User[] = [];
		for (const { words, line } of lines) {
			const [name, ...rest] = words.map((word) => latin1Of(word));
			if (users.some((user) => user.name === name)) throw declarationError(line, name!, RULE_DUPLICATE_USER);
			const rules = joinSelectors(rest);
			if (rules instanceof OpenSelector) throw declarationError(line, rules.word, RULE_SYNTAX);
			if (hasBlank(name!)) throw new ConfigError("Spaces not allowed in ACL usernames");
			const user = this.users.newUser(name!);
			const error = this.users.apply(user, rules);
			if (error?.reason === RULE_UNKNOWN_COMMAND) {
				throw new ConfigError(`Error loading ACL rule '${error.rule}' for the user named '${name}': ${error.reason}`);
			}
			if (error !== null) throw declarationError(line, error.rule, error.reason);
			if (!user.isOn) this.host.log.notice(disabledWarning(name!));
			users.push(user);
		}
		return users;
	}

	hasFile(): boolean {
		return this.host.config.values.aclfile !== "";
	}

	/** Takes over the users of the file, or returns what is wrong with it. `asking` has asked for that. */
	loadFile(asking: Client | null): string | null {
		const path = this.host.config.values.aclfile;
		let text: string;
		try {
			text = this.readFile(path);
		} catch (failure) {
			return `Error loading ACLs, opening file '${path}': ${systemErrorText(failure)}`;
		}
		const { users, errors } = readUsers(text, latin1Of(path), this.users);
		if (errors !== "") return errors;
		this.users.replaceAll(users, asking);
		return null;
	}

	private readFile(path: string): string {
		const file = this.host.adapters.files.open(path, "read");
		try {
			const bytes = new Uint8Array(file.size());
			const length = file.read(bytes, 0, bytes.length, 0);
			return latin1(bytes, 0, length);
		} finally {
			file.close();
		}
	}

	/** False where that failed; the log says why. */
	saveFile(): boolean {
		const { adapters, config, log } = this.host;
		const { files } = adapters;
		const path = files.resolve(config.values.aclfile);
		const temporary = `${path}.tmp-${adapters.host.pid}-${adapters.clock.now_ms()}`;
		try {
			this.writeFile(temporary);
			files.rename(temporary, path);
			files.syncDirectory(path.slice(0, path.lastIndexOf("/") + 1));
			return true;
		} catch (failure) {
			log.warning(`Saving the ACL file failed: ${systemErrorText(failure)}`);
			if (files.exists(temporary)) files.remove(temporary);
			return false;
		}
	}

	private writeFile(path: string): void {
		const bytes = latin1Bytes(writeUsers(this.users.all()));
		const file = this.host.adapters.files.open(path, "create");
		try {
			let written = 0;
			while (written < bytes.length) {
				const taken = file.write(bytes, written, bytes.length);
				if (taken === 0) throw new Error("ENOSPC: no space left on device");
				written += taken;
			}
			file.sync();
		} finally {
			file.close();
		}
	}

	/** For CONFIG REWRITE: the lines of users, none where they have a file of their own. */
	configLines(): ReadonlyMap<StatementName, readonly string[]> {
		const users = this.hasFile() ? [] : this.users.all();
		return new Map([
			["user", users.map((user) => [user.name, ...user.describe().split(" ")].map(configWord).join(" "))],
		]);
	}

	/** For ACL GENPASS: so many bits that nobody can foresee, in hexadecimal. */
	randomDigits(bits: number): string {
		const count = Math.ceil(bits / BITS_PER_DIGIT);
		const bytes = new Uint8Array(Math.ceil(count / 2));
		this.host.adapters.entropy.fill(bytes);
		let digits = "";
		for (const byte of bytes) digits += byte.toString(16).padStart(2, "0");
		return digits.slice(0, count);
	}
}

const FILE_AND_LINES =
	"Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is " +
	"very likely to lead to configuration errors and security holes, please define either an ACL file or declare users " +
	"directly in your redis.conf, but not both.";

function declarationError(line: StatementLine["line"], word: string, reason: string): ConfigError {
	return ConfigError.at(line, `Error in user declaration '${word}': ${reason}`);
}

function disabledWarning(name: string): string {
	return (
		`The user '${name}' is disabled (there is no 'on' modifier in the user description). ` +
		"Make sure this is not a configuration error."
	);
}

/** The bytes of a text as one character each. */
function latin1Of(text: string): string {
	const bytes = bytesOf(text);
	return latin1(bytes, 0, bytes.length);
}

/** A word as the configuration file has it: in quotes only where it could not be read back without. */
function configWord(word: string): string {
	const text = utf8(latin1Bytes(word), 0, word.length);
	return word === "" || /["'\\\0-\x1f\x7f]/.test(text) ? quoteWord(text) : text;
}
