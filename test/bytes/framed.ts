/**
 * A Latin-1 text as a range of a larger array. What reads past an end meets bytes that would change its answer,
 * whatever it is looking for: so a test tries all frames.
 */
export interface Framed {
	readonly bytes: Uint8Array;
	readonly start: number;
	readonly end: number;
}

const surroundings: readonly (readonly [before: string, after: string])[] = [
	["]5*-[9.", "7]*.e1[\\0"],
	["", "x"],
	["-", "e5"],
	["0x", ".p3"],
	["[", "-*"],
	["*", "^]"],
	["?", "]a"],
	["\\", ""],
];

export function framed(text: string, frame = 0): Framed {
	const [before, after] = surroundings[frame]!;
	const bytes = new Uint8Array(Buffer.from(before + text + after, "latin1"));
	return { bytes, start: before.length, end: before.length + text.length };
}

/** The one answer that `ask` has in every frame. */
export function inEveryFrame<T>(text: string, ask: (bytes: Uint8Array, start: number, end: number) => T): T {
	const answers = surroundings.map((_, frame) => {
		const { bytes, start, end } = framed(text, frame);
		return ask(bytes, start, end);
	});
	for (const [frame, answer] of answers.entries()) {
		if (!Bun.deepEquals(answer, answers[0])) {
			throw new Error(`${JSON.stringify(text)} has another answer in frame ${frame}: ${answer}, not ${answers[0]}`);
		}
	}
	return answers[0]!;
}

/** For `fc.assert`: the same cases in every run. */
export const seeded = { seed: 20_240_717, numRuns: 1000 };
