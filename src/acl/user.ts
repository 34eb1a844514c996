import type { Call } from "../dispatch/call.ts";
import type { CommandContext, Permissions } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import type { Guard } from "./guard.ts";
import type { Selector } from "./selector.ts";

/**
 * A user: how it is let in and what it may do then.
 *
 * Invariant: there is a first selector, the one that rules outside parentheses speak of, and a user without password
 * (`needsNoPassword`) has none.
 */
export class User implements Permissions {
	/** One character a byte. */
	readonly name: string;
	/** Off: nobody is let in; who is in stays. */
	isOn: boolean;
	needsNoPassword: boolean;
	/** What RESTORE is given is taken as it is. It is checked all the same. */
	isTrustedWithPayloads: boolean;
	/** SHA-256 of each, in hexadecimal. */
	passwords: string[];
	selectors: Selector[];
	private readonly guard: Guard;

	constructor(name: string, root: Selector, guard: Guard) {
		this.name = name;
		this.isOn = false;
		this.needsNoPassword = false;
		this.isTrustedWithPayloads = false;
		this.passwords = [];
		this.selectors = [root];
		this.guard = guard;
	}

	get root(): Selector {
		return this.selectors[0]!;
	}

	/** Takes over all but the name. */
	become(other: User): void {
		this.isOn = other.isOn;
		this.needsNoPassword = other.needsNoPassword;
		this.isTrustedWithPayloads = other.isTrustedWithPayloads;
		this.passwords = [...other.passwords];
		this.selectors = other.selectors.map((selector) => selector.copy());
	}

	isUnrestricted(): boolean {
		return this.selectors.some((selector) => selector.isUnrestricted());
	}

	mayRun(call: Call, command: Command): boolean {
		return this.guard.mayRun(this, call, command);
	}

	refusal(call: Call, command: Command, context: CommandContext): string | null {
		return this.guard.refusal(this, call, command, context);
	}

	mayReadAllKeys(call: Call, command: Command): boolean {
		return this.guard.mayReadAllKeys(this, call, command);
	}

	/** As ACL GETUSER names them. */
	flags(): string[] {
		const flags = [this.isOn ? "on" : "off"];
		if (this.needsNoPassword) flags.push("nopass");
		flags.push(this.isTrustedWithPayloads ? "skip-sanitize-payload" : "sanitize-payload");
		return flags;
	}

	/** All but the name, as ACL LIST and files have it. */
	describe(): string {
		const [root, ...others] = this.selectors.map((selector) => selector.describe());
		const passwords = this.passwords.map((hash) => `#${hash}`);
		return [...this.flags(), ...passwords, root!, ...others.map((text) => `(${text})`)].join(" ");
	}
}
