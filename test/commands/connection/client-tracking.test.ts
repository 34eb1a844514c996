import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../support/virtual-machine.ts";

function connected(protocol = 2) {
	const { network } = startedMachine();
	const client = network.connect(6379);
	if (protocol === 3) client.run("HELLO", "3");
	return (command: string) => client.run(...command.split(" ")).replaceAll("\r\n", "|");
}

function startedMachine(): VirtualMachine {
	const machine = new VirtualMachine();
	machine.start();
	return machine;
}

const overlap = (prefix: string, which: string, other: string) =>
	`-ERR Prefix '${prefix}' overlaps with ${which} prefix '${other}'. Prefixes for a single client must not overlap.|`;

describe("CLIENT TRACKING", () => {
	test.each([
		["ON PREFIX a", "PREFIX option requires BCAST mode to be enabled"],
		["ON BCAST OPTIN", "OPTIN and OPTOUT are not compatible with BCAST"],
		["ON bcast optout", "OPTIN and OPTOUT are not compatible with BCAST"],
		["ON OPTIN OPTOUT", "You can't specify both OPTIN mode and OPTOUT mode"],
		["ON REDIRECT 9999", "The client ID you want redirect to does not exist"],
		["ON REDIRECT 0", "The client ID you want redirect to does not exist"],
		["ON REDIRECT -1", "The client ID you want redirect to does not exist"],
		["ON REDIRECT x", "value is not an integer or out of range"],
		["ON REDIRECT 1 REDIRECT 1", "A client can only redirect to a single other client"],
		["OFF REDIRECT 9999", "The client ID you want redirect to does not exist"],
		["ON REDIRECT", "syntax error"],
		["ON BCAST PREFIX", "syntax error"],
		["ON NOSUCH", "syntax error"],
		["OFF NOSUCH", "syntax error"],
		["MAYBE", "syntax error"],
		["MAYBE BCAST PREFIX a PREFIX a", "syntax error"],
	])("%s is refused", (options, error) => {
		const run = connected();
		expect(run(`CLIENT TRACKING ${options}`)).toBe(`-ERR ${error}|`);
		expect(run("CLIENT GETREDIR")).toBe(":-1|");
	});

	test.each(["ON", "off", "OFF BCAST PREFIX a OPTIN OPTOUT", "ON BCAST PREFIX a PREFIX b NOLOOP", "ON OPTIN NOLOOP"])(
		"%s is accepted",
		(options) => expect(connected()(`CLIENT TRACKING ${options}`)).toBe("+OK|"),
	);

	test("wants words", () => {
		const run = connected();
		expect(run("CLIENT TRACKING")).toBe("-ERR wrong number of arguments for 'client|tracking' command|");
		expect(run("CLIENT CACHING")).toBe("-ERR wrong number of arguments for 'client|caching' command|");
		expect(run("CLIENT GETREDIR x")).toBe("-ERR wrong number of arguments for 'client|getredir' command|");
	});

	test("refuses prefixes that overlap, naming the first", () => {
		const run = connected();
		const provided = "another provided";
		expect(run("CLIENT TRACKING ON BCAST PREFIX a PREFIX ab")).toBe(overlap("a", provided, "ab"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX ab PREFIX a")).toBe(overlap("ab", provided, "a"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX a PREFIX a")).toBe(overlap("a", provided, "a"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX x PREFIX b PREFIX a PREFIX bc PREFIX ab")).toBe(
			overlap("b", provided, "bc"),
		);
		expect(run("CLIENT TRACKING ON BCAST PREFIX b PREFIX c")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON BCAST PREFIX d PREFIX ca PREFIX d")).toBe(overlap("d", provided, "d"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX e PREFIX ca PREFIX c")).toBe(overlap("ca", "an existing", "c"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX c")).toBe(overlap("c", "an existing", "c"));
		expect(run("CLIENT TRACKING ON BCAST PREFIX a")).toBe("+OK|");
		// All keys are taken without a look at the others, and then nothing fits any more.
		expect(run("CLIENT TRACKING ON BCAST")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON BCAST")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON BCAST PREFIX z")).toBe(overlap("z", "an existing", ""));
		expect(run("CLIENT TRACKINGINFO")).toEndWith(
			"|prefixes|*4|$0||$1|a|$1|b|$1|c|".replace("|prefixes", "$8|prefixes"),
		);
	});

	test("does not change its kind in between", () => {
		const run = connected();
		const bcast =
			"-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.|";
		const optin =
			"-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.|";
		run("CLIENT TRACKING ON");
		expect(run("CLIENT TRACKING ON BCAST")).toBe(bcast);
		expect(run("CLIENT TRACKING ON OPTIN")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON OPTOUT")).toBe(optin);
		expect(run("CLIENT TRACKING ON")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON OPTOUT")).toBe("+OK|");
		expect(run("CLIENT TRACKING ON OPTIN")).toBe(optin);
		run("CLIENT TRACKING OFF");
		run("CLIENT TRACKING ON BCAST");
		expect(run("CLIENT TRACKING ON")).toBe(bcast);
	});
});

describe("CLIENT CACHING", () => {
	test("fits OPTIN or OPTOUT", () => {
		const run = connected();
		const none =
			"-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled|";
		const yes = "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.|";
		const no = "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.|";
		expect([run("CLIENT CACHING YES"), run("CLIENT CACHING MAYBE")]).toEqual([none, none]);
		run("CLIENT TRACKING ON");
		expect([run("CLIENT CACHING YES"), run("CLIENT CACHING NO")]).toEqual([yes, no]);
		expect(run("CLIENT CACHING MAYBE")).toBe("-ERR syntax error|");
		run("CLIENT TRACKING ON OPTIN");
		expect([run("CLIENT CACHING yes"), run("CLIENT CACHING NO")]).toEqual(["+OK|", no]);
		run("CLIENT TRACKING OFF");
		run("CLIENT TRACKING ON OPTOUT");
		expect([run("CLIENT CACHING YES"), run("CLIENT CACHING no")]).toEqual([yes, "+OK|"]);
	});
});

describe("CLIENT TRACKINGINFO, GETREDIR and LIST", () => {
	test("say how the client tracks", () => {
		const run = connected(3);
		const info = (...flags: string[]) =>
			`%3|$5|flags|~${flags.length}|${flags.map((flag) => `$${flag.length}|${flag}|`).join("")}$8|redirect|`;
		expect(run("CLIENT TRACKINGINFO")).toBe(`${info("off")}:-1|$8|prefixes|*0|`);
		run("CLIENT TRACKING ON OPTIN NOLOOP");
		run("CLIENT CACHING YES");
		expect(run("CLIENT TRACKINGINFO")).toBe(`${info("on", "optin", "caching-yes", "noloop")}:0|$8|prefixes|*0|`);
		run("PING");
		expect(run("CLIENT TRACKINGINFO")).toBe(`${info("on", "optin", "noloop")}:0|$8|prefixes|*0|`);
		run("CLIENT TRACKING OFF");
		run("CLIENT TRACKING ON OPTOUT");
		run("CLIENT CACHING NO");
		expect(run("CLIENT TRACKINGINFO")).toBe(`${info("on", "optout", "caching-no")}:0|$8|prefixes|*0|`);
		run("CLIENT TRACKING OFF");
		run("CLIENT TRACKING ON BCAST PREFIX b PREFIX a");
		expect(run("CLIENT TRACKINGINFO")).toBe(`${info("on", "bcast")}:0|$8|prefixes|*2|$1|a|$1|b|`);
		expect(run("CLIENT LIST")).toContain(" flags=tB ");
		expect([run("CLIENT INFO").includes(" redir=0 "), run("CLIENT GETREDIR")]).toEqual([true, ":0|"]);
		run("RESET");
		expect(run("CLIENT INFO")).toContain(" flags=N ");
		expect([run("CLIENT INFO").includes(" redir=-1 "), run("CLIENT GETREDIR")]).toEqual([true, ":-1|"]);
	});
});
