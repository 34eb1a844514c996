import type { Config } from "../config/config.ts";
import type { Effects } from "../keyspace/effects.ts";

/** Has the end of keys whose time is over told by the command that `lazyfree-lazy-expire` stands for. */
export function followLazyExpire(config: Config, effects: Effects): void {
	effects.unlinksExpired = config.values["lazyfree-lazy-expire"];
	config.onChange("lazyfree-lazy-expire", (isLazy) => {
		effects.unlinksExpired = isLazy;
		return undefined;
	});
}
