/** Directives that say who may do what. */
import { directive } from "../directive.ts";
import { INT64_MAX, integer, oneOf, text, textOrNone } from "../simple-types.ts";

const audience = oneOf("no", "yes", "local");

export const security = {
	requirepass: directive(textOrNone(), "", "Password of the default user."),
	aclfile: directive(text(), "", "File with the users and their rights.", { immutable: true }),
	"acl-pubsub-default": directive(
		oneOf("allchannels", "resetchannels"),
		"resetchannels",
		"Whether a new user may use all channels or none.",
	),
	"acllog-max-len": directive(integer(0, INT64_MAX), "128", "How many refusals ACL LOG remembers."),
	"enable-protected-configs": directive(audience, "no", "Who may set directives that reach the file system.", {
		immutable: true,
	}),
	"enable-debug-command": directive(audience, "no", "Who may use DEBUG.", { immutable: true }),
	"enable-module-command": directive(audience, "no", "Who may use MODULE.", { immutable: true }),
} as const;
