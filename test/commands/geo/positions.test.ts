import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, array, error, NULL_ARRAY } from "../sorted-set/algebra-engine.ts";
import { EMPTY, integer, NULL, SYNTAX, WRONG_TYPE } from "../sorted-set/engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("GEOADD", "Sicily", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania");
	engine.run("SET", "string", "x");
});

describe("GEOADD", () => {
	test("adds members with their positions as scores", () => {
		expect(engine.contents("Sicily")).toEqual(["Palermo", "3479099956230698", "Catania", "3479447370796909"]);
		expect(engine.run("GEOADD", "Sicily", 1, 2, "Palermo", 3, 4, "new")).toBe(integer(1));
		expect(engine.run("GEOADD", "Sicily", "CH", 5, 6, "Palermo", 3, 4, "new", 7, 8, "newer")).toBe(integer(2));
		expect(engine.run("ZCARD", "Sicily")).toBe(integer(4));
	});

	test("adds only, or only moves", () => {
		expect(engine.run("GEOADD", "Sicily", "nx", 1, 2, "Palermo", 3, 4, "new")).toBe(integer(1));
		expect(engine.ask("ZSCORE", "Sicily", "Palermo")).toBe("3479099956230698");
		expect(engine.run("GEOADD", "Sicily", "XX", "CH", 1, 2, "Palermo", 3, 4, "newer")).toBe(integer(1));
		expect(engine.ask("ZSCORE", "Sicily", "newer")).toBeNull();
		expect(engine.run("GEOADD", "missing", "XX", 1, 2, "a")).toBe(integer(0));
		expect(engine.run("EXISTS", "missing")).toBe(integer(0));
	});

	test("is announced as ZADD is", () => {
		expect(engine.effectsOf("GEOADD", "key", 1, 2, "a", 3, 4, "b")).toEqual([2, "zadd key"]);
		expect(engine.effectsOf("GEOADD", "key", 1, 2, "a", 3, 5, "b")).toEqual([1, "zadd key"]);
		expect(engine.effectsOf("GEOADD", "key", 1, 2, "a")).toEqual([0]);
		expect(engine.effectsOf("GEOADD", "key", "NX", 7, 7, "a")).toEqual([0]);
	});

	test("judges all positions before it changes anything, and before it looks at the key", () => {
		const invalid = (pair: string) => error(`invalid longitude,latitude pair ${pair}`);
		expect(engine.run("GEOADD", "string", 200, 10, "a")).toBe(invalid("200.000000,10.000000"));
		expect(engine.run("GEOADD", "k", 1, 2, "a", "0.0078125", "-85.06", "b")).toBe(invalid("0.007812,-85.060000"));
		expect(engine.run("GEOADD", "k", "inf", "-0", "b")).toBe(invalid("inf,-0.000000"));
		expect(engine.run("GEOADD", "k", 1, 2, "a", "x", 200, "b")).toBe(error("value is not a valid float"));
		expect(engine.run("GEOADD", "k", 200, "nan", "b")).toBe(error("value is not a valid float"));
		expect(engine.run("EXISTS", "k")).toBe(integer(0));
		expect(engine.run("GEOADD", "string", 1, 2, "a")).toBe(WRONG_TYPE);
	});

	test("takes whole triples behind its options", () => {
		for (const words of [
			["NX", "XX", 1, 2, "a"],
			["CH", "CH", "CH"],
			[1, 2, "a", 3],
			["NX", "1", "2"],
		]) {
			expect(engine.run("GEOADD", "k", ...words)).toBe(SYNTAX);
		}
		expect(engine.run("GEOADD", "k", 1, 2)).toBe(error("wrong number of arguments for 'geoadd' command"));
	});
});

describe("GEOPOS", () => {
	test("reads positions, with the decimals of a long double", () => {
		const palermo = array("13.36138933897018433", "38.11555639549629859");
		expect(engine.run("GEOPOS", "Sicily", "Palermo", "nobody")).toBe(array(palermo, NULL_ARRAY));
		expect(engine.run("GEOPOS", "Sicily")).toBe(EMPTY);
		expect(engine.run("GEOPOS", "missing", "a", "b")).toBe(array(NULL_ARRAY, NULL_ARRAY));
		expect(engine.run("GEOPOS", "string", "a")).toBe(WRONG_TYPE);
		engine.speak(3);
		expect(engine.run("GEOPOS", "Sicily", "Palermo", "nobody")).toBe(
			"*2\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n_\r\n",
		);
	});
});

describe("GEOHASH", () => {
	test("reads positions as geohash strings", () => {
		expect(engine.run("GEOHASH", "Sicily", "Palermo", "nobody", "Catania")).toBe(
			array("sqc8b49rny0", NULL, "sqdtr74hyu0"),
		);
		expect(engine.run("GEOHASH", "Sicily")).toBe(EMPTY);
		expect(engine.run("GEOHASH", "missing", "a")).toBe(array(NULL));
		expect(engine.run("GEOHASH", "string", "a")).toBe(WRONG_TYPE);
	});
});

describe("GEODIST", () => {
	test("measures with four decimals, in any unit", () => {
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Catania")).toBe("166274.1516");
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Catania", "m")).toBe("166274.1516");
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Catania", "KM")).toBe("166.2742");
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Catania", "mi")).toBe("103.3182");
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Catania", "Ft")).toBe("545518.8700");
		expect(engine.ask("GEODIST", "Sicily", "Palermo", "Palermo")).toBe("0.0000");
		engine.speak(3);
		expect(engine.run("GEODIST", "Sicily", "Palermo", "Catania")).toBe("$11\r\n166274.1516\r\n");
	});

	test("needs both members, and a unit it knows", () => {
		expect(engine.run("GEODIST", "Sicily", "Palermo", "nobody")).toBe(NULL);
		expect(engine.run("GEODIST", "Sicily", "nobody", "Palermo")).toBe(NULL);
		expect(engine.run("GEODIST", "missing", "a", "b")).toBe(NULL);
		expect(engine.run("GEODIST", "string", "a", "b")).toBe(WRONG_TYPE);
		const unsupported = error("unsupported unit provided. please use M, KM, FT, MI");
		expect(engine.run("GEODIST", "string", "a", "b", "furlong")).toBe(unsupported);
		expect(engine.run("GEODIST", "string", "a", "b", "m", "m")).toBe(SYNTAX);
	});

	test("counts as one look at the key", () => {
		engine.keyspace.resetStatistics();
		engine.run("GEODIST", "Sicily", "Palermo", "Catania");
		engine.run("GEOPOS", "missing", "a", "b");
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([1, 1]);
	});
});

test("positions are scores like any other", () => {
	engine.run("ZADD", "Sicily", "inf", "far", "-1", "before", "1.5", "between");
	expect(engine.ask("GEOHASH", "Sicily", "far", "before", "between")).toEqual([
		"00bh0hbj200",
		"bp05b5048p0",
		"00bh0hbj210",
	]);
});
