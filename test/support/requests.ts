/** Requests as they stand in an append-only file, read strictly: every byte has to be as the canonical form has it. */

/** The words of whole requests, one character a byte; throws where they are not in canonical form. */
export function parseRequests(bytes: Buffer): string[][] {
	const commands: string[][] = [];
	let at = 0;
	const line = (type: string): number => {
		const end = bytes.indexOf("\r\n", at);
		const text = bytes.toString("latin1", at, end);
		if (end < 0 || !new RegExp(`^\\${type}(0|[1-9]\\d*)$`).test(text)) {
			throw new Error(
				`no ${type} line at ${at} of ${bytes.length}: ${JSON.stringify(bytes.toString("latin1", at, at + 40))}`,
			);
		}
		at = end + 2;
		return Number(text.slice(1));
	};
	while (at < bytes.length) {
		const words: string[] = [];
		for (let left = line("*"); left > 0; left--) {
			const length = line("$");
			words.push(bytes.toString("latin1", at, at + length));
			at += length + 2;
			if (bytes.toString("latin1", at - 2, at) !== "\r\n") throw new Error(`no end of line at ${at - 2}`);
		}
		commands.push(words);
	}
	return commands;
}
