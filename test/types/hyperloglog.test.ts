import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import type { Database } from "../../src/keyspace/database.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { DENSE_BYTES } from "../../src/types/hyperloglog/header.ts";
import { readRegister } from "../../src/types/hyperloglog/registers.ts";
import { RegisterUnion } from "../../src/types/hyperloglog/union.ts";
import { CHANGED, CORRUPTED, HyperLogLog, UNCHANGED } from "../../src/types/hyperloglog.ts";
import { RAW_STRING_KIND } from "../../src/types/string.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import {
	elementFor,
	encodeRuns,
	NaiveHyperLogLog,
	type Outcome,
	placeOf,
	type Run,
	registers,
	someRuns,
} from "./hyperloglog/model.ts";

const HEAD = "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80";
const key = Uint8Array.of(0x6b);

/** A HyperLogLog at a key among others, which move when it does. */
class Sketch {
	readonly database: Database;
	readonly hyperLogLog = new HyperLogLog();

	constructor(runs?: readonly Run[]) {
		this.database = new Keyspace(1, new VirtualTime(), new Random(1)).databases[0]!;
		this.find(key);
		if (runs === undefined) this.hyperLogLog.create(this.database);
		else {
			const bytes = Uint8Array.of(...Buffer.from(HEAD, "latin1"), ...encodeRuns(runs));
			this.database.putString(RAW_STRING_KIND, bytes, 0, bytes.length, Infinity);
		}
		this.load();
	}

	private find(name: Uint8Array): void {
		this.database.peek(name, 0, name.length, this.database.hash(name, 0, name.length));
	}

	load(): boolean {
		this.find(key);
		return this.hyperLogLog.load(this.database);
	}

	/** Another key comes behind it in its slab, so that it cannot grow where it is. */
	addNeighbour(number: number): void {
		const name = Uint8Array.of(1, number);
		this.find(name);
		this.database.putString(RAW_STRING_KIND, name, 0, 2, Infinity);
		this.load();
	}

	add(element: Uint8Array, bytesMax: number): number {
		return this.hyperLogLog.add(this.database, element, 0, element.length, bytesMax);
	}

	/** The string behind its head. */
	body(): Uint8Array {
		this.load();
		const { bytes, start, length } = this.hyperLogLog.view;
		return bytes.slice(start + 16, start + length);
	}

	/** Compares everything with the model. */
	check(model: NaiveHyperLogLog): void {
		const body = this.body();
		expect(this.hyperLogLog.isDense()).toBe(model.runs === null);
		if (model.runs !== null) expect(Buffer.compare(body, model.sparse())).toBe(0);
		else expect(model.values.every((value, i) => readRegister(body, 0, i) === value)).toBe(true);
		const union = new RegisterUnion();
		expect(this.hyperLogLog.addTo(union)).toBe(true);
		expect(Buffer.compare(union.registers, Uint8Array.from(model.values))).toBe(0);
		expect(this.hyperLogLog.estimate()).toBe(this.hyperLogLog.estimateOf(union));
		const { table } = this.database;
		table.verify();
		let bytes = 0;
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			if (table.isExternal()) bytes += table.external().bytesUsed();
		});
		expect(table.handles.bytes).toBe(bytes);
		this.load();
	}
}

const results: Record<Outcome, number> = { unchanged: UNCHANGED, changed: CHANGED, dense: CHANGED };

function addBoth(sketch: Sketch, model: NaiveHyperLogLog, element: Uint8Array, bytesMax: number): void {
	const { register, rank } = placeOf(element);
	expect(sketch.add(element, bytesMax)).toBe(results[model.raise(register, rank, bytesMax)]);
	expect(sketch.hyperLogLog.isDense()).toBe(model.runs === null);
}

test("a new one is empty, and byte for byte Redis's", () => {
	const sketch = new Sketch();
	const { bytes, start, length } = sketch.hyperLogLog.view;
	const text = Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
	expect(text).toBe(`HYLL\x01${"\0".repeat(11)}\x7f\xff`);
	sketch.check(new NaiveHyperLogLog());
	expect(sketch.hyperLogLog.estimate()).toBe(0);
});

test("elements from nothing to dense, at the limit Redis has", () => {
	const sketch = new Sketch();
	const model = new NaiveHyperLogLog();
	for (let i = 1; i <= 2500; i++) {
		addBoth(sketch, model, Buffer.from(`element ${i}`), 3000);
		if (i % 100 === 0) sketch.check(model);
		if (i % 150 === 0) sketch.addNeighbour(i / 150);
	}
	expect(sketch.hyperLogLog.isDense()).toBe(true);
	expect(sketch.hyperLogLog.view.length).toBe(DENSE_BYTES);
});

test("the limit is the longest sparse form", () => {
	for (let bytesMax = 0; bytesMax < 60; bytesMax++) {
		const sketch = new Sketch();
		const model = new NaiveHyperLogLog();
		for (let i = 0; i < 15; i++) addBoth(sketch, model, Buffer.from(`${bytesMax}:${i}`), bytesMax);
		sketch.check(model);
	}
});

test("whatever the runs, the limit and the elements", () => {
	const limit = fc.constantFrom(0, 100, 1000, 3000, 4096, 5000, 16_000);
	fc.assert(
		fc.property(
			fc.nat(),
			limit,
			fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 150 }),
			(seed, bytesMax, all) => {
				const runs = someRuns(new Random(seed));
				const sketch = new Sketch(runs);
				const model = new NaiveHyperLogLog(runs);
				for (const [i, element] of all.entries()) {
					addBoth(sketch, model, element, bytesMax);
					if (i % 40 === 0) sketch.addNeighbour(i);
				}
				sketch.check(model);
			},
		),
		{ seed: 1, numRuns: 150 },
	);
});

test("a sparse form that outgrows the slab", () => {
	const runs = [{ value: 0, length: registers }];
	const sketch = new Sketch(runs);
	const model = new NaiveHyperLogLog(runs);
	for (let i = 0; i < 4000; i++) {
		addBoth(sketch, model, Buffer.from(String(i)), 16_000);
		if (i % 200 === 0) sketch.check(model);
	}
	sketch.check(model);
	expect([sketch.hyperLogLog.isDense(), sketch.hyperLogLog.view.length > 4096]).toEqual([false, true]);
});

test("every rank there is", () => {
	for (let rank = 1; rank <= 51; rank++) {
		for (const register of [0, 1, 12_345, registers - 1]) {
			const element = elementFor(register, rank);
			expect(placeOf(element)).toEqual({ register, rank });
			const sketch = new Sketch();
			const model = new NaiveHyperLogLog();
			addBoth(sketch, model, element, 3000);
			expect(sketch.hyperLogLog.isDense()).toBe(rank > 32);
			expect(model.values[register]).toBe(rank);
			addBoth(sketch, model, element, 3000);
			addBoth(sketch, model, elementFor(register, 51), 3000);
			expect(readRegister(sketch.body(), 0, register)).toBe(51);
		}
	}
});

describe("registers of a union", () => {
	function unite(runs: readonly Run[], bytesMax: number, random: Random): void {
		const sketch = new Sketch(runs);
		const model = new NaiveHyperLogLog(runs);
		const union = new RegisterUnion();
		sketch.hyperLogLog.addTo(union);
		const kinds = 1 + random.below(4);
		const changes = [5, 100, 3000][random.below(3)]!;
		for (let i = 0; i < changes; i++) {
			const register = random.below(2) === 0 ? random.below(registers) : random.below(50);
			const rank = random.below(20_000) === 0 ? 33 + random.below(19) : 1 + random.below(kinds);
			union.registers[register] = Math.max(union.registers[register]!, rank);
		}
		sketch.hyperLogLog.replaceRegisters(sketch.database, union, bytesMax);
		for (let i = 0; i < registers; i++) model.raise(i, union.registers[i]!, bytesMax);
		sketch.check(model);
	}

	test("are taken over as if they were raised one by one", () => {
		for (let seed = 0; seed < 60; seed++) {
			const random = new Random(seed);
			const runs = seed % 3 === 0 ? [{ value: 0, length: registers }] : someRuns(random);
			unite(runs, [3000, 500, 16_000, 0][seed % 4]!, random);
		}
	});

	test("go on from a run that was just joined", () => {
		const runs = [
			{ value: 3, length: 2 },
			{ value: 3, length: 1 },
			{ value: 0, length: 1 },
			{ value: 3, length: 1 },
			{ value: 0, length: registers - 5 },
		];
		const sketch = new Sketch(runs);
		const model = new NaiveHyperLogLog(runs);
		const union = new RegisterUnion();
		sketch.hyperLogLog.addTo(union);
		union.registers[3] = 3;
		union.registers[4] = 5;
		sketch.hyperLogLog.replaceRegisters(sketch.database, union, 3000);
		model.raise(3, 3, 3000);
		model.raise(4, 5, 3000);
		sketch.check(model);
		expect(sketch.hyperLogLog.describe()).toBe("v:3,4 v:5,1 Z:16379");
	});

	test("are taken over by a dense one", () => {
		const sketch = new Sketch();
		expect(sketch.hyperLogLog.toDense(sketch.database)).toBe(true);
		const union = new RegisterUnion();
		for (let i = 0; i < registers; i++) union.registers[i] = i % 64;
		sketch.hyperLogLog.replaceRegisters(sketch.database, union, 3000);
		const body = sketch.body();
		expect(Array.from({ length: registers }, (_, i) => readRegister(body, 0, i))).toEqual([...union.registers]);
	});
});

test("estimates are those of Redis", () => {
	const sketch = new Sketch();
	const seen: number[] = [];
	for (let i = 1; i <= 100_000; i++) {
		sketch.add(Buffer.from(String(i)), 3000);
		if ([1, 10, 100, 1000, 10_000, 100_000].includes(i)) seen.push(sketch.hyperLogLog.estimate());
	}
	expect(seen).toEqual([1, 10, 100, 1001, 9988, 99_562]);
});

describe("corrupt ones", () => {
	const tooFew = new Sketch([{ value: 0, length: 100 }]);
	const tooMany = new Sketch([
		{ value: 0, length: registers },
		{ value: 1, length: 1 },
	]);

	test("cannot be estimated, united or made dense", () => {
		for (const { hyperLogLog, database } of [tooFew, tooMany]) {
			expect(hyperLogLog.estimate()).toBeNaN();
			expect(hyperLogLog.addTo(new RegisterUnion())).toBe(false);
			expect(hyperLogLog.toDense(database)).toBe(false);
			expect(hyperLogLog.isDense()).toBe(false);
		}
	});

	test("take an element whose register they have", () => {
		const elements = Array.from({ length: 2000 }, (_, i) => Buffer.from(String(i)));
		const [low, high] = [true, false].map((isLow) => elements.find((it) => placeOf(it).register < 100 === isLow)!);
		expect(tooFew.add(high!, 3000)).toBe(CORRUPTED);
		expect(tooFew.add(low!, 3000)).toBe(CHANGED);
		expect(tooFew.add(low!, 3000)).toBe(UNCHANGED);
		expect(tooFew.add(elements.find((it) => placeOf(it).register < 50 && it !== low)!, 0)).toBe(CORRUPTED);
	});
});

test("other strings are none", () => {
	const dense = `HYLL\0${"\0".repeat(11)}${"\0".repeat(12_288)}`;
	const cases: [string, boolean][] = [
		["", false],
		["HYLL", false],
		[HEAD.slice(0, -1), false],
		[HEAD, true],
		[HEAD.replace("HYLL", "HYLl"), false],
		[HEAD.replace("\x01", "\x02"), false],
		[dense, true],
		[dense.slice(1), false],
		[`${dense}\0`, false],
		[dense.slice(0, -1), false],
	];
	for (const [text, expected] of cases) {
		const sketch = new Sketch();
		const bytes = Buffer.from(text, "latin1");
		sketch.database.putString(RAW_STRING_KIND, bytes, 0, bytes.length, Infinity);
		expect(sketch.load()).toBe(expected);
	}
});
