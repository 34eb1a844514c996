/** A number of bytes for people: 512B, 1.50K, 12.00M. */
const UNITS = ["K", "M", "G", "T", "P"] as const;

export function humanBytes(bytes: number): string {
	if (bytes < 1024) return `${bytes}B`;
	let amount = bytes / 1024;
	let unit = 0;
	while (amount >= 1024 && unit < UNITS.length - 1) {
		amount /= 1024;
		unit++;
	}
	return `${amount.toFixed(2)}${UNITS[unit]}`;
}
