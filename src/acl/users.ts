import type { Call } from "../dispatch/call.ts";
import type { Client } from "../dispatch/client.ts";
import { GATE_PERMISSIONS } from "../dispatch/gates.ts";
import { modifierRefused, selectorNotClosed } from "../resp/access-errors.ts";
import { type Authenticator, DEFAULT_USER } from "./authenticator.ts";
import { DENIED_AUTHENTICATION } from "./denial.ts";
import type { Guard } from "./guard.ts";
import { applyRule, hashOf, joinSelectors, newSelector, OpenSelector, type RuleContext } from "./rules.ts";
import { User } from "./user.ts";

/** The clients of the server. */
export interface ClientDirectory {
	all(): Iterable<Client>;
	remove(client: Client): void;
}

/** What a client listens to. */
export interface ListenedTo {
	channels(client: Client): readonly Uint8Array[];
	patterns(client: Client): readonly Uint8Array[];
	shardChannels(client: Client): readonly Uint8Array[];
}

/**
 * The users of a server, and which of them its clients are.
 *
 * Invariant: `client.user` is the name of one of them, and the client's permissions are that user's: the gate is open
 * where that user may do everything, so that such a client costs nothing. There is always a default user.
 */
export class Users implements Authenticator {
	readonly guard: Guard;
	private readonly context: RuleContext;
	private readonly clients: ClientDirectory;
	private readonly listened: ListenedTo;
	private readonly byName: Map<string, User>;
	private readonly defaultUser: User;

	constructor(context: RuleContext, guard: Guard, clients: ClientDirectory, listened: ListenedTo) {
		this.guard = guard;
		this.context = context;
		this.clients = clients;
		this.listened = listened;
		this.defaultUser = this.newDefaultUser();
		this.byName = new Map([[DEFAULT_USER, this.defaultUser]]);
	}

	/** One that is not among the users yet: off, and allowed nothing. */
	newUser(name: string): User {
		return new User(name, newSelector(this.context), this.guard);
	}

	/** The default user as it is where nobody says otherwise: it needs no password and may do everything. */
	newDefaultUser(): User {
		const user = this.newUser(DEFAULT_USER);
		for (const rule of ["+@all", "~*", "&*", "on", "nopass"]) applyRule(user, rule, this.context);
		return user;
	}

	get(name: string): User | undefined {
		return this.byName.get(name);
	}

	exists(name: string): boolean {
		return this.byName.has(name);
	}

	/** In the order of their names' bytes. */
	all(): User[] {
		return [...this.byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
	}

	/** Those that the configuration gives, before there are clients. */
	add(users: readonly User[]): void {
		for (const user of users) {
			if (user.name === DEFAULT_USER) this.replace(this.defaultUser, user, null);
			else this.byName.set(user.name, user);
		}
	}

	// Clients

	defaultUserHasNoPassword(): boolean {
		return this.defaultUser.needsNoPassword;
	}

	admit(client: Client): void {
		this.place(client, this.defaultUser);
		client.authenticated = this.defaultUser.needsNoPassword && this.defaultUser.isOn;
	}

	authenticate(call: Call, name: string, password: Uint8Array): boolean {
		const { client, keyspace } = call;
		const user = this.byName.get(name);
		// Hashed for nobody, too: how long it takes does not tell which users there are.
		const hash = hashOf(password, this.context.digests);
		if (user === undefined || !accepts(user, hash)) {
			const context = call.isInner ? "exec" : "toplevel";
			this.guard.note(client, DENIED_AUTHENTICATION, context, call.latin1(0), name, keyspace.now_ms);
			return false;
		}
		this.place(client, user);
		client.authenticated = true;
		return true;
	}

	private place(client: Client, user: User): void {
		const isUnrestricted = user.isUnrestricted();
		client.user = user.name;
		client.permissions = isUnrestricted ? null : user;
		client.setGate(GATE_PERMISSIONS, !isUnrestricted);
	}

	private *clientsOf(name: string): Generator<Client> {
		for (const client of [...this.clients.all()]) if (client.user === name) yield client;
	}

	/** Closes the connection of a client; the one that asks for it, null where none does, still gets its reply. */
	private dismiss(client: Client, asking: Client | null): void {
		this.admit(client);
		client.authenticated = false;
		if (client === asking) return client.link.closeAfterReply();
		this.clients.remove(client);
		client.link.close();
	}

	// Changes

	/** ACL SETUSER: applies all rules or, where one is wrong, none and returns the error. */
	set(name: string, words: readonly string[], asking: Client | null): string | null {
		const rules = joinSelectors(words);
		if (rules instanceof OpenSelector) return selectorNotClosed(rules.word);
		const draft = this.newUser(name);
		const user = this.byName.get(name);
		if (user !== undefined) draft.become(user);
		for (const rule of rules) {
			const reason = applyRule(draft, rule, this.context);
			if (reason !== null) return modifierRefused(upToZero(rule), reason);
		}
		if (user === undefined) this.byName.set(name, draft);
		else this.replace(user, draft, asking);
		return null;
	}

	/** The rules of `draft` are the user's from now on; clients that listen to more than that allows are dismissed. */
	private replace(user: User, draft: User, asking: Client | null): void {
		const wasOpen = this.isOpen();
		user.become(draft);
		for (const client of this.clientsOf(user.name)) {
			this.place(client, user);
			if (!this.mayListen(client, user)) this.dismiss(client, asking);
		}
		if (!wasOpen && this.isOpen()) this.letIn();
	}

	private isOpen(): boolean {
		return this.defaultUser.needsNoPassword && this.defaultUser.isOn;
	}

	/** The default user takes no password any more: those who have not said theirs need not. */
	private letIn(): void {
		for (const client of this.clientsOf(DEFAULT_USER)) client.authenticated = true;
	}

	/** Every name has to be allowed by one of the selectors. */
	private mayListen(client: Client, { selectors }: User): boolean {
		const { listened } = this;
		if (client.subscriptions === null || selectors.some((selector) => selector.hasAllChannels)) return true;
		const isAllowed = (isPattern: boolean) => (name: Uint8Array) =>
			selectors.some((selector) => selector.mayUseChannel(name, 0, name.length, isPattern));
		if (!listened.patterns(client).every(isAllowed(true))) return false;
		return [...listened.channels(client), ...listened.shardChannels(client)].every(isAllowed(false));
	}

	/** False where there was none. The default user cannot be deleted. */
	delete(name: string, asking: Client | null): boolean {
		if (name === DEFAULT_USER || !this.byName.delete(name)) return false;
		for (const client of this.clientsOf(name)) this.dismiss(client, asking);
		return true;
	}

	/** Takes these in place of all; clients of any but the default user are dismissed, since theirs is not the one it was. */
	replaceAll(users: readonly User[], asking: Client | null): void {
		for (const client of [...this.clients.all()]) if (client.user !== DEFAULT_USER) this.dismiss(client, asking);
		this.byName.clear();
		for (const user of users) this.byName.set(user.name, user);
		const draft = this.byName.get(DEFAULT_USER) ?? this.newDefaultUser();
		this.byName.set(DEFAULT_USER, this.defaultUser);
		this.replace(this.defaultUser, draft, asking);
	}

	/** `requirepass`: the one password of the default user, or none where it is empty. */
	setDefaultPassword(password: Uint8Array): void {
		const draft = this.newUser(DEFAULT_USER);
		draft.become(this.defaultUser);
		draft.needsNoPassword = password.length === 0;
		draft.passwords = password.length === 0 ? [] : [hashOf(password, this.context.digests)];
		this.replace(this.defaultUser, draft, null);
	}

	/** Tries rules on a user; returns the first that is wrong and why, or null. */
	apply(user: User, rules: readonly string[]): { readonly rule: string; readonly reason: string } | null {
		for (const rule of rules) {
			const reason = applyRule(user, rule, this.context);
			if (reason !== null) return { rule, reason };
		}
		return null;
	}
}

function accepts({ isOn, needsNoPassword, passwords }: User, hash: string): boolean {
	let isRight = needsNoPassword;
	// All of them are looked at, which always takes as long.
	for (const known of passwords) if (isSameHash(hash, known)) isRight = true;
	return isRight && isOn;
}

/** Where a C string would end. */
function upToZero(text: string): string {
	return text.split("\0", 1)[0]!;
}

/** Takes the same time wherever they differ. */
function isSameHash(one: string, other: string): boolean {
	let difference = one.length ^ other.length;
	for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i % other.length);
	return difference === 0;
}
