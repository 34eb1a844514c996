/** What XINFO says of streams without what depends on the moment. */
import type { Reply } from "../support/reply.ts";

/** Fields of a map that are times, or came with 7.2. */
const timeFields = new Set(["seen-time", "active-time", "idle", "inactive"]);
/** Of an entry pending for a group and for a consumer: how many facts there are, and which is the time of delivery. */
const deliveryTimes = new Map([
	[4, 2],
	[3, 1],
]);

/** A map, in RESP2 or RESP3, whose fields may hold maps; `pending` lists entries with their times. */
export function withoutTimes(map: Reply): Reply {
	const items: Reply[] = [];
	for (let index = 0; index + 1 < map.items.length; index += 2) {
		const field = map.items[index]!;
		const value = map.items[index + 1]!;
		if (timeFields.has(field.text)) continue;
		items.push(field, cleaned(field.text, value));
	}
	return { ...map, items };
}

function cleaned(field: string, value: Reply): Reply {
	if (field === "pending" && value.kind === "array") return { ...value, items: value.items.map(withoutDeliveryTime) };
	if ((field === "groups" || field === "consumers") && value.kind === "array") {
		return { ...value, items: value.items.map(withoutTimes) };
	}
	return value;
}

function withoutDeliveryTime(entry: Reply): Reply {
	const time = deliveryTimes.get(entry.items.length);
	return { ...entry, items: entry.items.filter((_, index) => index !== time) };
}
