import type { Call } from "../../dispatch/call.ts";
import { HYPERLOGLOG_INVALID, WRONG_TYPE } from "../../resp/errors.ts";
import type { HyperLogLog } from "../../types/hyperloglog.ts";
import { RAW_STRING_KIND } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";

/** Points at the HyperLogLog at the key of the last find, which exists; replies an error where it is something else. */
export function loadHyperLogLog(call: Call, hyperLogLog: HyperLogLog): boolean {
	const { database, reply } = call;
	if (database.type() !== STRING) reply.error(WRONG_TYPE);
	else if (!hyperLogLog.load(database)) reply.error(HYPERLOGLOG_INVALID);
	else return true;
	return false;
}

/** As `loadHyperLogLog`, for commands that may change it: OBJECT ENCODING says "raw" from then on. */
export function openHyperLogLog(call: Call, hyperLogLog: HyperLogLog): boolean {
	if (!loadHyperLogLog(call, hyperLogLog)) return false;
	call.database.table.setKind(RAW_STRING_KIND);
	return true;
}
