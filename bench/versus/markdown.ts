/** A table in Markdown: the first column to the left, the others to the right. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
	const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
	return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
