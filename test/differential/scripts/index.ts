/** Every kind of script that the random tests know. */
import type { Group } from "../generate.ts";
import { cachedGroup } from "./cached.ts";
import { callsGroup } from "./calls.ts";
import { failuresGroup } from "./failures.ts";
import { functionsGroup } from "./functions.ts";
import { librariesGroup } from "./libraries.ts";
import { numbersGroup } from "./numbers.ts";
import { valuesGroup } from "./values.ts";

export const scriptGroups: readonly Group[] = [
	valuesGroup,
	librariesGroup,
	numbersGroup,
	failuresGroup,
	callsGroup,
	cachedGroup,
	functionsGroup,
];
