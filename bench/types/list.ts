/** Lists in the slab and lists of blocks: their ends, a range as a reply, an element by its index, the middle. */
import { bench, do_not_optimize, run } from "mitata";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { Random } from "../../src/bytes/random.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { HEAD, List, TAIL } from "../../src/types/list.ts";

const stoppedClock = { now_ms: () => 0, now_us: () => 0, monotonic_us: () => 0, zoneOffset_minutes: () => 0 };
const element = bytesOf("element:1234");

/** A list of so many elements at a key of its own database, and how to open it. */
function filled(elements: number): { list: List; open: () => void } {
	const keyspace = new Keyspace(1, stoppedClock, new Random(1));
	const database = keyspace.databases[0]!;
	const key = bytesOf("list");
	const hash = database.hash(key, 0, key.length);
	const list = new List();
	const open = (): void => {
		database.findForWrite(key, 0, key.length, hash);
		list.open(database, keyspace.limits);
	};
	for (let i = 0; i < elements; i++) {
		open();
		list.append(TAIL, element, 0, element.length);
		list.close();
	}
	return { list, open };
}

function writeRange(list: List, reply: ReplyWriter, count: number): void {
	let left = count;
	for (list.seekRun(0); left > 0; list.nextRun()) {
		const taken = Math.min(left, list.runCount);
		reply.elements(list.bytes, list.runStart, list.runEnd, taken);
		left -= taken;
	}
}

export function benches(): void {
	const reply = new ReplyWriter();
	for (const elements of [10, 60, 100_000]) {
		const { list, open } = filled(elements);
		bench(`${elements} elements: push and pop at the other end`, () => {
			open();
			list.append(TAIL, element, 0, element.length);
			list.close();
			open();
			list.seekEnd(HEAD);
			list.drop(HEAD, 1);
			list.close();
		});
		bench(`${elements} elements: by index`, () => {
			open();
			list.seek(elements >> 1);
			do_not_optimize(list.length);
			list.close();
		});
		bench(`${elements} elements: insert in the middle and remove`, () => {
			open();
			list.seek(elements >> 1);
			list.insert(true, element, 0, 5);
			list.removeEqual(element, 0, 5, 1, TAIL);
			list.close();
		});
		for (const count of [100, 600]) {
			if (count > elements) continue;
			bench(`${elements} elements: the first ${count} as a reply`, () => {
				open();
				reply.clear();
				writeRange(list, reply, count);
				list.close();
			});
		}
	}
}

if (import.meta.main) {
	benches();
	await run();
}
