/** The two servers side by side. Invariant: both start or neither keeps running. */

import type { Both } from "./results.ts";
import { BenchServer, type Seat, type SeatName, type StartPlan } from "./server.ts";

export type Seats = Both<Seat>;
export type Servers = Both<BenchServer>;

export const seatNames: readonly SeatName[] = ["subject", "reference"];

/** Alternates who goes first, so that neither always meets the warmer machine. */
export function orderOf(round: number): readonly SeatName[] {
	return round % 2 === 0 ? seatNames : seatNames.toReversed();
}

export async function withServers<T>(
	seats: Seats,
	use: (servers: Servers) => Promise<T>,
	plan: StartPlan = {},
): Promise<T> {
	await using subject = await BenchServer.start(seats.subject, plan);
	await using reference = await BenchServer.start(seats.reference, plan);
	return await use({ subject, reference });
}

/** Runs the same for both, one after the other. */
export async function forBoth<T>(run: (seat: SeatName) => Promise<T>): Promise<Both<T>> {
	const subject = await run("subject");
	const reference = await run("reference");
	return { subject, reference };
}
