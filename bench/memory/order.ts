/** The order at a size that fits the cache and at one that does not, with one score for all members and one for each. */
import { bench, do_not_optimize, run, summary } from "mitata";
import { keepPages } from "../../src/adapters/pages.ts";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { Random } from "../../src/bytes/random.ts";
import { OrderCursor } from "../../src/memory/order/cursor.ts";
import { Element } from "../../src/memory/order/element.ts";
import { Order } from "../../src/memory/order.ts";

const MEMBER_BYTES = 20;

/** Members in random order, one behind the other in one array. */
function shuffledMembers(count: number, random: Random): Uint8Array {
	const numbers = Array.from({ length: count }, (_, index) => index);
	for (let i = count - 1; i > 0; i--) {
		const j = random.below(i + 1);
		[numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
	}
	return bytesOf(numbers.map((number) => `element:${String(number).padStart(12, "0")}`).join(""));
}

export function benches(): void {
	for (const count of [10_000, 1_000_000]) {
		for (const kind of ["equal", "random"]) {
			const random = new Random(1);
			const members = shuffledMembers(count, random);
			const scores = new Float64Array(count).map(() => (kind === "equal" ? 0 : random.below(1e9)));
			const order = new Order(keepPages);
			for (let i = 0; i < count; i++) order.insert(scores[i]!, members, i * MEMBER_BYTES, MEMBER_BYTES);
			const cursor = new OrderCursor(new Element());
			let at = 0;
			const next = (): number => {
				at = (at + 1) % count;
				return at;
			};
			const rankOf = (i: number): number => order.rankOf(scores[i]!, members, i * MEMBER_BYTES, MEMBER_BYTES);
			summary(() => {
				bench(`${count} members, ${kind} scores: remove and insert`, () => {
					const i = next();
					order.remove(scores[i]!, members, i * MEMBER_BYTES, MEMBER_BYTES);
					order.insert(scores[i]!, members, i * MEMBER_BYTES, MEMBER_BYTES);
				});
				bench(`${count} members, ${kind} scores: rank of a member`, () => do_not_optimize(rankOf(next())));
				bench(`${count} members, ${kind} scores: member of a rank`, () => {
					do_not_optimize(order.seek(cursor, random.below(count)));
				});
				bench(`${count} members, ${kind} scores: how many below`, () => {
					do_not_optimize(order.countBelow(scores[next()]!, false));
				});
			});
			order.seek(cursor, 0);
			bench(`${count} members, ${kind} scores: walk on`, () => {
				if (!cursor.next()) order.seek(cursor, 0);
			});
		}
	}
}

if (import.meta.main) {
	benches();
	await run();
}
