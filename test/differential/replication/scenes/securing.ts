/** Links that are encrypted, and masters who want to know who comes. */
import { certificateFile, freePort, tlsDirectives } from "../../../support/tls.ts";
import { ReplicationGroup } from "../group.ts";
import { fillLeader } from "../link-campaign.ts";
import { atRest, copies, Findings, leaderOf, replicaOf, type Scene, write, writeDuring } from "../scene.ts";

const asWords = (directives: Readonly<Record<string, string | number>>): string[] =>
	Object.entries(directives).flatMap(([name, value]) => [`--${name}`, String(value)]);

const tls: Scene = {
	name: "tls",
	async play(cast) {
		const findings = new Findings();
		const [port, other] = [freePort(), freePort()];
		const shown = ["--tls-client-cert-file", certificateFile("client.crt")];
		const key = ["--tls-client-key-file", certificateFile("client.key")];
		const own = [...asWords(tlsDirectives(other)), ...shown, ...key, "--tls-replication", "yes"];
		await using group = await ReplicationGroup.start([
			leaderOf(cast, asWords(tlsDirectives(port))),
			{ ...replicaOf(cast, own), masterPort: port },
		]);
		await fillLeader(group.leader, cast.isShort);
		await writeDuring(group.leader, cast, group.attachAll());
		for (let round = 0; round < 3; round++) {
			await writeDuring(group.leader, { ...cast, seed: cast.seed + round }, group.cutAndBack(1));
		}
		findings.add(await atRest(group));
		findings.equal("copies", await copies(group.leader), { full: 1, partial: 3 });
		return findings.list;
	},
};

const passwords: Scene = {
	name: "passwords",
	async play(cast) {
		const findings = new Findings();
		const leader = { ...leaderOf(cast, ["--requirepass", "secret"]), password: "secret" };
		await using group = await ReplicationGroup.start([leader, replicaOf(cast)]);
		await fillLeader(group.leader, cast.isShort);
		const replica = group.nodes[1]!;
		await group.attach(1);
		const refused = () => group.until("it is refused", 20_000, async () => group.proxies[1]!.accepted > 0);
		await refused();
		await Bun.sleep(200);
		findings.equal("without a password", (await replica.info("replication")).get("master_link_status"), "down");
		await replica.command("CONFIG", "SET", "masterauth", "secret");
		await group.linkIsUp(1);
		await write(group.leader, cast, 1000);
		// From now on as somebody who may do nothing else.
		await group.leader.command("ACL", "SETUSER", "follower", "on", ">word", "+psync", "+replconf", "+ping");
		await replica.command("CONFIG", "SET", "masteruser", "follower", "masterauth", "word");
		await writeDuring(group.leader, { ...cast, seed: cast.seed + 1 }, group.cutAndBack(1));
		findings.add(await atRest(group));
		findings.equal("copies", await copies(group.leader), { full: 1, partial: 1 });
		return findings.list;
	},
};

export const securingScenes: readonly Scene[] = [tls, passwords];
