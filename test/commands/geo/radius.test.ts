import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, array, error } from "../sorted-set/algebra-engine.ts";
import { EMPTY, integer, SYNTAX, WRONG_TYPE } from "../sorted-set/engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("GEOADD", "Sicily", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania");
	engine.run("SET", "string", "x");
});

for (const name of ["GEORADIUS", "GEORADIUS_RO"]) {
	describe(name, () => {
		test("finds what is around a position", () => {
			expect(engine.ask(name, "Sicily", 15, 37, 200, "km", "DESC")).toEqual(["Palermo", "Catania"]);
			expect(engine.run(name, "Sicily", 15, 37, 200, "km", "COUNT", 1, "WITHDIST")).toBe(
				array(array("Catania", "56.4413")),
			);
			expect(engine.run(name, "missing", 15, 37, 200, "km")).toBe(EMPTY);
		});

		test("judges its arguments from the left, also where the key is missing", () => {
			expect(engine.run(name, "string", 200, 37, "x", "m")).toBe(WRONG_TYPE);
			expect(engine.run(name, "missing", 200, 37, "x", "m")).toBe(
				error("invalid longitude,latitude pair 200.000000,37.000000"),
			);
			expect(engine.run(name, "missing", 15, 37, "x", "m")).toBe(error("need numeric radius"));
			expect(engine.run(name, "missing", 15, 37, 1, "m", "FROMMEMBER", "a")).toBe(SYNTAX);
			expect(engine.run(name, "missing", 15, 37, 1, "m", "BYRADIUS", 1, "m")).toBe(SYNTAX);
		});
	});
}

for (const name of ["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"]) {
	describe(name, () => {
		test("finds what is around a member", () => {
			expect(engine.ask(name, "Sicily", "Palermo", 200, "km", "ASC")).toEqual(["Palermo", "Catania"]);
			expect(engine.run(name, "Sicily", "nobody", "x", "m")).toBe(error("could not decode requested zset member"));
			expect(engine.run(name, "Sicily", "Palermo", -1, "m")).toBe(error("radius cannot be negative"));
		});

		test("looks at the options only where the key is missing", () => {
			expect(engine.run(name, "missing", "nobody", "x", "furlong")).toBe(EMPTY);
			expect(engine.run(name, "missing", "nobody", "x", "furlong", "COUNT", 0)).toBe(error("COUNT must be > 0"));
		});
	});
}

describe("STORE and STOREDIST", () => {
	test("store what is found", () => {
		const store = ["Sicily", 15, 37, 200, "km", "STORE", "target"];
		expect(engine.effectsOf("GEORADIUS", ...store)).toEqual([2, "georadiusstore target"]);
		expect(engine.contents("target")).toEqual(["Palermo", "3479099956230698", "Catania", "3479447370796909"]);
		expect(engine.run("GEORADIUSBYMEMBER", "Sicily", "Palermo", 200, "km", "STOREDIST", "target")).toBe(integer(2));
		expect(engine.contents("target")).toEqual(["Palermo", "0", "Catania", "166.27415156960032"]);
		// The last of them counts.
		expect(engine.run("GEORADIUS", ...store, "STOREDIST", "other")).toBe(integer(2));
		expect(engine.run("ZCARD", "other")).toBe(integer(2));
	});

	test("remove the key where nothing is found", () => {
		const nothing = ["GEORADIUS", "Sicily", -90, 0, 1, "m", "STORE"];
		expect(engine.effectsOf(...nothing, "string")).toEqual([1, "del string"]);
		expect(engine.effectsOf(...nothing, "string")).toEqual([0]);
		engine.run("SET", "string", "x");
		expect(engine.effectsOf("GEORADIUSBYMEMBER", "missing", "a", 1, "m", "STORE", "string")).toEqual([1, "del string"]);
	});

	test("tell nothing, and are not for what only reads", () => {
		expect(engine.run("GEORADIUS", "Sicily", 15, 37, 1, "m", "STORE", "target", "WITHDIST")).toBe(
			error("STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"),
		);
		expect(engine.run("GEORADIUS", "Sicily", 15, 37, 1, "m", "STORE")).toBe(SYNTAX);
		expect(engine.run("GEORADIUS_RO", "Sicily", 15, 37, 1, "m", "STORE", "target")).toBe(SYNTAX);
		expect(engine.run("GEORADIUSBYMEMBER_RO", "Sicily", "Palermo", 1, "m", "STOREDIST", "target")).toBe(SYNTAX);
	});
});
