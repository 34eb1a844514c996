import type { AccessLog } from "../../acl/access-log.ts";
import type { Users } from "../../acl/users.ts";
import type { Client } from "../../dispatch/client.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";

/** What the commands of this group need of their server; read when one runs. */
export interface AclServices {
	readonly table: CommandTable;
	readonly accounts: {
		readonly users: Users;
		readonly refusals: AccessLog;
		/** Whether users are kept in a file of their own. */
		hasFile(): boolean;
		/** What is wrong with the file, in whose place nothing has changed; null where all is well. */
		loadFile(asking: Client | null): string | null;
		saveFile(): boolean;
		randomDigits(bits: number): string;
	};
}
