/** Every group of commands the random tests know; a new group is one file and one line here. */
import type { Group } from "../generate.ts";
import { connectionGroup } from "./connection.ts";
import { genericGroup } from "./generic.ts";
import { serverGroup } from "./server.ts";
import { stringGroup } from "./string.ts";

export const groups: readonly Group[] = [stringGroup, genericGroup, connectionGroup, serverGroup];
