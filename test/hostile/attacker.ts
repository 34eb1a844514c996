/**
 * The process of the hostile clients: `bun attacker.ts ATTACK PORT`. It says "begun" when all connections are there, goes
 * on until a line comes, and prints what it did as JSON.
 */
import { writeSync } from "node:fs";
import { type AttackName, attacks } from "./attacks.ts";
import { Mob } from "./mob.ts";

if (import.meta.main) {
	const [name, port] = process.argv.slice(2);
	const mob = new Mob(Number(port));
	process.stdin.once("data", () => {
		mob.isOver = true;
	});
	await attacks[name as AttackName](mob, () => writeSync(1, "begun\n"), Number(port));
	writeSync(1, `${JSON.stringify(Object.fromEntries(mob.counts))}\n`);
	process.exit(0);
}
