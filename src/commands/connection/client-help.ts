/** CLIENT HELP. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, STALE } from "../../dispatch/command.ts";

const lines = [
	"CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"GETNAME",
	"    The name of this connection.",
	"GETREDIR",
	"    The connection that receives the invalidations of this one, or -1.",
	"ID",
	"    The number of this connection.",
	"INFO",
	"    This connection, described in a line.",
	"KILL <ip:port>",
	"    Close the connection that comes from an address.",
	"KILL <option> <value> [<option> <value> [...]]",
	"    Close the connections that meet all conditions:",
	"    * ADDR (<ip:port>|<unixsocket>:0)",
	"      They come from this address.",
	"    * ID <client-id>",
	"      They have this number.",
	"    * LADDR (<ip:port>|<unixsocket>:0)",
	"      They came in at this address of ours.",
	"    * SKIPME (YES|NO)",
	"      Whether this connection is spared; it is unless told otherwise.",
	"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
	"      They are of this kind.",
	"    * USER <username>",
	"      They belong to this user.",
	"LIST [option ...]",
	"    All connections, described in a line each, or some of them:",
	"    * ID <client-id> [<client-id> ...]",
	"      Those with these numbers.",
	"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
	"      Those of this kind.",
	"NO-EVICT (ON|OFF)",
	"    Whether this connection is spared when clients take too much memory.",
	"NO-TOUCH (ON|OFF)",
	"    Whether keys stay untouched by the use this connection makes of them.",
	"PAUSE <timeout> [WRITE|ALL]",
	"    Hold back commands, or those that write, for so many milliseconds.",
	"REPLY (ON|OFF|SKIP)",
	"    Turn replies on or off, or drop the next one.",
	"SETINFO (LIB-NAME <name>|LIB-VER <version>)",
	"    Note which library the client uses.",
	"SETNAME <name>",
	"    Name this connection.",
	"TRACKINGINFO",
	"    How this connection tracks keys.",
	"UNBLOCK <client-id> [TIMEOUT|ERROR]",
	"    End the waiting of a connection that is blocked.",
	"UNPAUSE",
	"    End a pause.",
	"HELP",
	"    Print this help.",
];

function help(call: Call): void {
	call.reply.array(lines.length);
	for (const line of lines) call.reply.simple(line);
}

export const clientHelp: CommandRow = {
	name: "help",
	since: "5.0.0",
	group: "connection",
	complexity: "O(1)",
	summary: "Explains the subcommands.",
	flags: LOADING | STALE,
	run: help,
};
