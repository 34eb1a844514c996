/**
 * The file of users: a line `user name rule …` for each, without comments. Texts are of one character a byte.
 *
 * Invariant: what `writeUsers` writes, `readUsers` reads back as the same users.
 */
import { RULE_UNKNOWN_COMMAND } from "../resp/access-errors.ts";
import { hasBlank, joinSelectors, OpenSelector } from "./rules.ts";
import type { User } from "./user.ts";
import type { Users } from "./users.ts";

export interface ReadUsers {
	readonly users: readonly User[];
	/** What is wrong, all of it in one line; "" where nothing is. */
	readonly errors: string;
}

export function readUsers(text: string, fileName: string, registry: Users): ReadUsers {
	const users = new Map<string, User>();
	let errors = "";
	for (const [index, raw] of text.split("\n").entries()) {
		const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
		if (line !== "") errors += readLine(line, index + 1, fileName, users, registry);
	}
	if (errors !== "") {
		errors += "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
	}
	return { users: [...users.values()], errors };
}

/** Adds the user of a line; returns what is wrong with it, or "". */
function readLine(line: string, number: number, fileName: string, users: Map<string, User>, registry: Users): string {
	const [keyword, name, ...words] = line.split(" ");
	const place = `${fileName}:${number}`;
	if (keyword !== "user" || name === undefined)
		return `${place} should start with user keyword followed by the username. `;
	if (hasBlank(name)) return `'${place}: username '${name}' contains invalid characters. `;
	if (users.has(name)) return `WARNING: Duplicate user '${name}' found on line ${number}. `;
	const rules = joinSelectors(words);
	if (rules instanceof OpenSelector) return `${place}: Unmatched parenthesis in selector definition.`;
	const user = registry.newUser(name);
	users.set(name, user);
	const trimmed = rules.map((rule) => rule.replace(/^[\t\r\n]+|[\t\r\n]+$/g, ""));
	return describeErrors(user, trimmed, place, registry);
}

/** Of rules with unknown names all are told, as they say what the server does not know; of others the first. */
function describeErrors(user: User, rules: readonly string[], place: string, registry: Users): string {
	let errors = "";
	let isSyntaxTold = false;
	for (const rule of rules) {
		const error = registry.apply(user, [rule]);
		if (error === null) continue;
		if (error.reason === RULE_UNKNOWN_COMMAND) {
			errors += `${place}: Error in applying operation '${rule}': ${error.reason}. `;
		} else if (!isSyntaxTold) {
			errors += `${place}: ${error.reason}. `;
			isSyntaxTold = true;
		}
	}
	return errors;
}

export function writeUsers(users: readonly User[]): string {
	return users.map((user) => `user ${user.name} ${user.describe()}\n`).join("");
}
