import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, array, error } from "../sorted-set/algebra-engine.ts";
import { EMPTY, integer, NOT_AN_INTEGER, SYNTAX, WRONG_TYPE } from "../sorted-set/engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("GEOADD", "Sicily", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania");
	engine.run("GEOADD", "Sicily", "12.758489", "38.788135", "edge1", "17.241510", "38.788135", "edge2");
	engine.run("SET", "string", "x");
});

const around = ["FROMLONLAT", 15, 37];

describe("GEOSEARCH", () => {
	test("finds what is in a circle or a box", () => {
		expect(engine.ask("GEOSEARCH", "Sicily", ...around, "BYRADIUS", 200, "km", "ASC")).toEqual(["Catania", "Palermo"]);
		const box = engine.ask("GEOSEARCH", "Sicily", ...around, "BYBOX", 400, 400, "km", "DESC");
		expect(box).toEqual(["edge1", "edge2", "Palermo", "Catania"]);
		expect(engine.ask("GEOSEARCH", "Sicily", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "m")).toEqual(["Palermo"]);
		expect(engine.run("GEOSEARCH", "Sicily", ...around, "BYRADIUS", 0, "m")).toBe(EMPTY);
		expect(engine.run("GEOSEARCH", "missing", ...around, "BYRADIUS", 200, "km")).toBe(EMPTY);
		expect(engine.run("GEOSEARCH", "missing", "FROMMEMBER", "a", "BYRADIUS", 200, "km", "WITHDIST")).toBe(EMPTY);
	});

	test("tells what it is asked, in one order", () => {
		const circle = [...around, "BYRADIUS", 200, "km", "DESC"];
		const palermo = array("13.36138933897018433", "38.11555639549629859");
		const catania = array("15.08726745843887329", "37.50266842333162032");
		expect(engine.run("GEOSEARCH", "Sicily", ...circle, "WITHCOORD", "WITHHASH", "WITHDIST")).toBe(
			array(
				array("Palermo", "190.4424", integer(3479099956230698), palermo),
				array("Catania", "56.4413", integer(3479447370796909), catania),
			),
		);
		expect(engine.run("GEOSEARCH", "Sicily", ...circle, "WITHDIST")).toBe(
			array(array("Palermo", "190.4424"), array("Catania", "56.4413")),
		);
		engine.speak(3);
		expect(engine.run("GEOSEARCH", "Sicily", ...circle, "COUNT", 1, "WITHCOORD", "WITHDIST")).toBe(
			"*1\r\n*3\r\n$7\r\nPalermo\r\n$8\r\n190.4424\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n",
		);
	});

	test("with COUNT the nearest, the farthest, or any", () => {
		const all = [...around, "BYRADIUS", 1000, "km"];
		expect(engine.ask("GEOSEARCH", "Sicily", ...all, "COUNT", 1)).toEqual(["Catania"]);
		expect(engine.ask("GEOSEARCH", "Sicily", ...all, "COUNT", 2, "DESC")).toEqual(["edge1", "edge2"]);
		expect(engine.ask("GEOSEARCH", "Sicily", ...all, "COUNT", 2, "ANY")).toHaveLength(2);
		expect(engine.ask("GEOSEARCH", "Sicily", ...all, "ANY", "COUNT", 3, "ASC")).toHaveLength(3);
		expect(engine.ask("GEOSEARCH", "Sicily", ...all, "COUNT", "9223372036854775807")).toHaveLength(4);
	});

	test("wants one middle and one shape", () => {
		const search = (...words: (string | number)[]) => engine.run("GeoSearch", "Sicily", ...words);
		const circle = ["BYRADIUS", 1, "km"];
		const box = ["BYBOX", 1, 1, "km"];
		expect(search(...circle, "ASC", "ASC")).toBe(
			error("exactly one of FROMMEMBER or FROMLONLAT can be specified for GeoSearch"),
		);
		expect(search(...around, "ASC", "ASC")).toBe(
			error("exactly one of BYRADIUS and BYBOX can be specified for GeoSearch"),
		);
		expect(search(...around, ...circle, ...box)).toBe(SYNTAX);
		expect(search(...around, ...box, ...circle)).toBe(SYNTAX);
		expect(search(...around, "FROMMEMBER", "Palermo", ...circle)).toBe(SYNTAX);
		expect(search("FROMMEMBER", "Palermo", ...around, ...circle)).toBe(SYNTAX);
		// The last of several of one kind counts.
		expect(search("FROMMEMBER", "Palermo", "FROMMEMBER", "Catania", ...circle)).toBe(array("Catania"));
	});

	test("judges its arguments from the left", () => {
		const search = (...words: (string | number)[]) => engine.run("GEOSEARCH", "Sicily", ...words);
		const circle = ["BYRADIUS", 1, "km"];
		expect(search("FROMMEMBER", "nobody", "nonsense", "m", "m")).toBe(error("could not decode requested zset member"));
		expect(search("FROMLONLAT", "x", 1, ...circle)).toBe(error("value is not a valid float"));
		expect(search("FROMLONLAT", 181, 1, ...circle)).toBe(error("invalid longitude,latitude pair 181.000000,1.000000"));
		expect(search(...around, "BYRADIUS", "x", "furlong")).toBe(error("need numeric radius"));
		expect(search(...around, "BYRADIUS", -1, "furlong")).toBe(error("radius cannot be negative"));
		expect(search(...around, "BYRADIUS", 1, "furlong")).toBe(
			error("unsupported unit provided. please use M, KM, FT, MI"),
		);
		expect(search(...around, "BYBOX", "x", "y", "m")).toBe(error("need numeric width"));
		expect(search(...around, "BYBOX", 1, "y", "m")).toBe(error("need numeric height"));
		expect(search(...around, "BYBOX", -1, 1, "furlong")).toBe(error("height or width cannot be negative"));
		expect(search(...around, ...circle, "COUNT", "x")).toBe(NOT_AN_INTEGER);
		expect(search(...around, ...circle, "COUNT", 0)).toBe(error("COUNT must be > 0"));
		expect(search(...around, ...circle, "COUNT", -1)).toBe(error("COUNT must be > 0"));
		expect(search(...around, ...circle, "COUNT")).toBe(SYNTAX);
		expect(search(...around, ...circle, "ANY")).toBe(error("the ANY argument requires COUNT argument"));
		expect(search(...around, ...circle, "STOREDIST")).toBe(SYNTAX);
		expect(search(...around, ...circle, "STORE", "key")).toBe(SYNTAX);
		expect(search(...around, "BYBOX", 1, "km")).toBe(SYNTAX);
		expect(engine.run("GEOSEARCH", "string", "nonsense", 1, 2, 3, 4)).toBe(WRONG_TYPE);
		// Where there is nothing to search, all is judged but the member.
		expect(engine.run("GEOSEARCH", "missing", "FROMMEMBER", "a", "BYRADIUS", -1, "m")).toBe(
			error("radius cannot be negative"),
		);
	});
});

describe("GEOSEARCHSTORE", () => {
	test("stores positions, or distances", () => {
		const circle = [...around, "BYRADIUS", 200, "km"];
		expect(engine.effectsOf("GEOSEARCHSTORE", "target", "Sicily", ...circle)).toEqual([2, "geosearchstore target"]);
		expect(engine.contents("target")).toEqual(["Palermo", "3479099956230698", "Catania", "3479447370796909"]);
		expect(engine.run("GEOSEARCHSTORE", "target", "Sicily", ...circle, "STOREDIST")).toBe(integer(2));
		expect(engine.contents("target")).toEqual(["Catania", "56.4412578701582", "Palermo", "190.44242984775784"]);
		expect(engine.run("GEOSEARCHSTORE", "target", "Sicily", ...circle, "COUNT", 1)).toBe(integer(1));
		expect(engine.contents("target")).toEqual(["Catania", "3479447370796909"]);
	});

	test("replaces whatever is there, even what it searches", () => {
		const circle = [...around, "BYRADIUS", 200, "km"];
		engine.run("EXPIRE", "string", 100);
		expect(engine.run("GEOSEARCHSTORE", "string", "Sicily", ...circle)).toBe(integer(2));
		expect(engine.run("TTL", "string")).toBe(integer(-1));
		expect(engine.run("GEOSEARCHSTORE", "Sicily", "Sicily", ...circle)).toBe(integer(2));
		expect(engine.run("ZCARD", "Sicily")).toBe(integer(2));
	});

	test("removes the key where nothing is found", () => {
		const nowhere = ["FROMLONLAT", -90, 0, "BYRADIUS", 1, "km"];
		expect(engine.effectsOf("GEOSEARCHSTORE", "string", "Sicily", ...nowhere)).toEqual([1, "del string"]);
		expect(engine.effectsOf("GEOSEARCHSTORE", "string", "Sicily", ...nowhere)).toEqual([0]);
		engine.run("SET", "string", "x");
		expect(engine.run("GEOSEARCHSTORE", "string", "missing", ...around, "BYRADIUS", 1, "m")).toBe(integer(0));
		expect(engine.run("EXISTS", "string")).toBe(integer(0));
	});

	test("tells nothing", () => {
		for (const word of ["WITHCOORD", "WITHDIST", "WITHHASH"]) {
			const reply = engine.run("GEOSEARCHSTORE", "target", "Sicily", ...around, "BYRADIUS", 1, "m", word);
			expect(reply).toBe(error("GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"));
		}
		expect(engine.run("GEOSEARCHSTORE", "target", "string", ...around, "BYRADIUS", 1, "m")).toBe(WRONG_TYPE);
	});
});
