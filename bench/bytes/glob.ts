/** `globMatch` with the patterns people write, and with one written against it. */
import { bench, do_not_optimize, run } from "mitata";
import { globMatch } from "../../src/bytes/glob.ts";

const cases: readonly (readonly [pattern: string, text: string, ignoreCase: boolean])[] = [
	["user:*", "user:000000012345", false],
	["other:*", "user:000000012345", false],
	["user:*:name", "user:000000012345:name", false],
	["*12345*", "user:000000012345:name", false],
	["user:00000001234[0-9]", "user:000000012345", false],
	["h?llo", "hello", false],
	["MAXMEMORY*", "maxmemory-policy", true],
	["*a*a*a*b", "a".repeat(200), false],
];

export function benches(): void {
	for (const [pattern, text, ignoreCase] of cases) {
		const p = new Uint8Array(Buffer.from(pattern));
		const t = new Uint8Array(Buffer.from(text));
		const name = text.length > 30 ? `${text.length} times ${text[0]}` : text;
		bench(`globMatch ${pattern} on ${name}`, () => {
			return do_not_optimize(globMatch(p, 0, p.length, t, 0, t.length, ignoreCase));
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
