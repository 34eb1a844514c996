/** ACL LIST, USERS and GETUSER. */
import type { Selector } from "../../acl/selector.ts";
import { latin1Bytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import type { AclServices } from "./services.ts";

/** Their names, or all about them. */
export function listUsers({ accounts }: AclServices, { reply }: Call, isDetailed: boolean): void {
	const users = accounts.users.all();
	reply.array(users.length);
	for (const user of users) {
		reply.bulkBytes(latin1Bytes(isDetailed ? `user ${user.name} ${user.describe()}` : user.name));
	}
}

export function showUser({ accounts }: AclServices, call: Call): void {
	const { reply } = call;
	const user = accounts.users.get(call.latin1(2));
	if (user === undefined) return reply.null();
	const [root, ...others] = user.selectors;
	reply.map(6);
	reply.bulkText("flags");
	const flags = user.flags();
	reply.set(flags.length);
	for (const flag of flags) reply.bulkText(flag);
	reply.bulkText("passwords");
	reply.array(user.passwords.length);
	for (const hash of user.passwords) reply.bulkText(hash);
	showSelector(reply, root!);
	reply.bulkText("selectors");
	reply.array(others.length);
	for (const selector of others) {
		reply.map(3);
		showSelector(reply, selector);
	}
}

/** Three pairs. */
function showSelector(reply: ReplyWriter, selector: Selector): void {
	const pairs = [
		["commands", selector.commandRules()],
		["keys", selector.keyRules()],
		["channels", selector.channelRules()],
	] as const;
	for (const [name, rules] of pairs) {
		reply.bulkText(name);
		reply.bulkBytes(latin1Bytes(rules.join(" ")));
	}
}
