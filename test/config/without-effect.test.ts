/** docs/configuration.md lists the directives that are refused or without effect; the sources say whether that is so. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Directive } from "../../src/config/directive.ts";
import { directives } from "../../src/config/directives.ts";

const root = new URL("../../", import.meta.url).pathname;
const page = readFileSync(`${root}docs/configuration.md`, "utf8");
const rows = Object.entries<Directive<unknown>>(directives);

/** The names in the tables of a section. */
function namesIn(section: string): string[] {
	const from = page.indexOf(`\n## ${section}\n`);
	expect(from).toBeGreaterThan(0);
	const text = page.slice(from + 1).split(/\n## /)[0]!;
	const cells = text.split("\n").flatMap((line) => line.split(" | ").slice(1));
	return cells.flatMap((cell) => [...cell.matchAll(/`([a-z_-]+)`/g)].map(([, name]) => name!)).sort();
}

/** All code but the rows themselves. */
const code = [...new Bun.Glob("src/**/*.ts").scanSync(root)]
	.filter((file) => !file.startsWith("src/config/directives"))
	.map((file) => readFileSync(`${root}${file}`, "utf8"))
	.join("\n");

/** Names of one word are also words of the language; `values.hz`, `{ hz } = … .values` and `"hz"` are uses. */
function isUsed(name: string): boolean {
	if (name.includes("-") || name.includes("_")) return code.includes(`"${name}"`);
	return new RegExp(`"${name}"|values\\.${name}\\b|\\b${name}\\b[^;\\n]*\\} = [^;\\n]*values`).test(code);
}

test("refused are those whose rows say so", () => {
	const refused = rows.filter(([, row]) => row.pending !== undefined).map(([name]) => name);
	expect(namesIn("Refused")).toEqual(refused.sort());
});

test("without effect are those that no code asks for", () => {
	const unused = rows.filter(([name, row]) => row.pending === undefined && !isUsed(name)).map(([name]) => name);
	expect(namesIn("Accepted, without effect")).toEqual(unused.sort());
});
