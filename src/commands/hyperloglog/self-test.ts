import { Database } from "../../keyspace/database.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { hyperLogLogTestFailed } from "../../resp/errors.ts";
import { REGISTERS, REGISTERS_BYTES, readRegister, writeRegister } from "../../types/hyperloglog/registers.ts";
import { HyperLogLog } from "../../types/hyperloglog.ts";

/**
 * What PFSELFTEST does: registers hold what is written to them and leave their neighbours alone; the sparse and the dense
 * form of the same elements agree, and are as near to the truth as they should be. It works on keys of a database of its
 * own. Redis adds ten million elements, we a hundred thousand: other clients are waiting.
 */
const ROUNDS = 10;
const ELEMENTS = 100_000;
const ELEMENT_BYTES = 8;
/** Deviations of an estimate that hardly ever occur. */
const DEVIATIONS_MAX = 6;
const DEVIATION = 1.04 / Math.sqrt(REGISTERS);

/** Null, or the text of an error. */
export function selfTest(keyspace: Keyspace): string | null {
	return testRegisters(keyspace) ?? testEstimates(keyspace);
}

function testRegisters({ random }: Keyspace): string | null {
	const packed = new Uint8Array(REGISTERS_BYTES);
	const values = new Uint8Array(REGISTERS);
	for (let round = 0; round < ROUNDS; round++) {
		for (let i = 0; i < REGISTERS; i++) {
			values[i] = random.below(64);
			writeRegister(packed, 0, i, values[i]!);
		}
		for (let i = 0; i < REGISTERS; i++) {
			const found = readRegister(packed, 0, i);
			if (found !== values[i]) return hyperLogLogTestFailed(`Register ${i} should be ${values[i]} but is ${found}`);
		}
	}
	return null;
}

function testEstimates(keyspace: Keyspace): string | null {
	const { hyperLogLogSparseBytes } = keyspace.limits;
	const database = new Database(keyspace, 0);
	const sparse = new TestedKey(database, 0);
	const dense = new TestedKey(database, 1);
	dense.makeDense();
	const element = new Uint8Array(ELEMENT_BYTES);
	keyspace.random.fill(element);
	for (let count = 1, checkpoint = 1; count <= ELEMENTS; count++) {
		nextElement(element);
		sparse.add(element, hyperLogLogSparseBytes);
		dense.add(element, hyperLogLogSparseBytes);
		if (count < checkpoint) continue;
		if (count < hyperLogLogSparseBytes / 2 && sparse.isDense())
			return hyperLogLogTestFailed("sparse encoding not used");
		if (sparse.estimate() !== dense.estimate()) return hyperLogLogTestFailed("dense/sparse disagree");
		const error = Math.abs(count - dense.estimate());
		// Of ten elements two may well share a register, which is one too few already.
		const errorMax = count === 10 ? 1 : Math.ceil(DEVIATION * DEVIATIONS_MAX * count);
		if (error > errorMax) return hyperLogLogTestFailed(`Too big error. card:${count} abserr:${error}`);
		checkpoint *= 10;
	}
	return null;
}

/** A HyperLogLog of its own in a database that nobody else sees. */
class TestedKey {
	private readonly database: Database;
	private readonly name: Uint8Array;
	private readonly hash: number;
	private readonly hyperLogLog: HyperLogLog;

	constructor(database: Database, name: number) {
		this.database = database;
		this.name = Uint8Array.of(name);
		this.hash = database.hash(this.name, 0, 1);
		this.hyperLogLog = new HyperLogLog();
		database.peek(this.name, 0, 1, this.hash);
		this.hyperLogLog.create(database);
	}

	private load(): void {
		this.database.peek(this.name, 0, 1, this.hash);
		this.hyperLogLog.load(this.database);
	}

	makeDense(): void {
		this.load();
		this.hyperLogLog.toDense(this.database);
	}

	isDense(): boolean {
		this.load();
		return this.hyperLogLog.isDense();
	}

	add(element: Uint8Array, sparseBytesMax: number): void {
		this.load();
		this.hyperLogLog.add(this.database, element, 0, element.length, sparseBytesMax);
	}

	estimate(): number {
		this.load();
		return this.hyperLogLog.estimate();
	}
}

/** Counts the element, as a number, up by one. */
function nextElement(element: Uint8Array): void {
	let at = 0;
	while (at < element.length && ++element[at]! > 0xff) at++;
}
