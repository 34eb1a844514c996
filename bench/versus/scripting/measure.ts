/** Scripting beside redis-server: what calls cost, and what known scripts weigh. */
import { type DeploymentPlan, measureDeployments } from "../deployments/measure.ts";
import type { ScriptingResults } from "../results.ts";
import type { Seats } from "../seats.ts";
import { measureScriptMemory } from "./memory.ts";
import { scriptingRows } from "./rows.ts";

export async function measureScripting(
	seats: Seats,
	plan: DeploymentPlan,
	say: (line: string) => void,
): Promise<ScriptingResults> {
	const rows = await measureDeployments(seats, scriptingRows, plan, say);
	if (plan.rowNames !== undefined) return { rows, memory: null };
	say("memory of scripts");
	return { rows, memory: await measureScriptMemory(seats) };
}
