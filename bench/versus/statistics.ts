/** Medians and percentiles. Invariant: none of these changes its argument; an empty list has no statistics and throws. */

/** The value below which `share` of the values lie, by nearest rank. */
export function percentile(values: ArrayLike<number>, share: number): number {
	if (values.length === 0) throw new Error("no values to take a percentile of");
	const sorted = Float64Array.from(values).sort();
	const rank = Math.ceil(share * sorted.length);
	return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: ArrayLike<number>): number {
	if (values.length === 0) throw new Error("no values to take a median of");
	const sorted = Float64Array.from(values).sort();
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function largest(values: readonly number[]): number {
	return percentile(values, 1);
}
