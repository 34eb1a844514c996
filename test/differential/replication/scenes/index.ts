/** Every scene of replication there is. */
import type { Scene } from "../scene.ts";
import { askingScenes } from "./asking.ts";
import { copyingScenes } from "./copying.ts";
import { fateScenes } from "./fates.ts";
import { securingScenes } from "./securing.ts";
import { writingScenes } from "./writing.ts";

export const scenes: readonly Scene[] = [
	...copyingScenes,
	...securingScenes,
	...fateScenes,
	...writingScenes,
	...askingScenes,
];
