/** Scores in and out (`parseDouble`, `formatDouble`), and the three steps of INCRBYFLOAT. */
import { bench, do_not_optimize, run } from "mitata";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { formatDouble, formatGeneral, parseDouble } from "../../src/bytes/double.ts";
import { addLongDouble, formatLongDouble, parseLongDouble } from "../../src/bytes/long-double.ts";

const texts = ["10", "10.5", "3.14159265358979", "1700000000.123456", "1.5e-9"];

export function benches(): void {
	for (const text of texts) {
		const bytes = bytesOf(text);
		const value = parseDouble(bytes, 0, bytes.length);
		bench(`parseDouble ${text}`, () => do_not_optimize(parseDouble(bytes, 0, bytes.length)));
		bench(`formatDouble ${text}`, () => do_not_optimize(formatDouble(value)));
		bench(`formatGeneral ${text}, 17 digits`, () => do_not_optimize(formatGeneral(value, 17)));
		const wide = parseLongDouble(bytes, 0, bytes.length)!;
		bench(`parseLongDouble ${text}`, () => do_not_optimize(parseLongDouble(bytes, 0, bytes.length)));
		bench(`addLongDouble ${text}`, () => do_not_optimize(addLongDouble(wide, wide)));
		bench(`formatLongDouble ${text}`, () => do_not_optimize(formatLongDouble(wide)));
	}
}

if (import.meta.main) {
	benches();
	await run();
}
