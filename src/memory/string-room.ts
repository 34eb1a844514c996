import type { Pages } from "../adapters/pages.ts";
import { assert } from "../bytes/assert.ts";

const UNIT_BYTES = 512;
const REGION_UNITS = 8192;
const REGION_BYTES = UNIT_BYTES * REGION_UNITS;
/** Longer strings have buffers of their own. */
export const ROOM_BYTES_MAX = 1 << 20;
/** Runs up to here have a list for each length, longer ones eight lists for each doubling. */
const EXACT_UNITS = 64;
const BINS = EXACT_UNITS + 8 * (Math.log2(REGION_UNITS / EXACT_UNITS) + 1);
const NONE = -1;
/** Of a list whose runs need not all be long enough, so many are looked at. */
const TRIES_MAX = 8;
/** Free room that may stay resident: this much, and this share of what is taken. */
const RESIDENT_BYTES_MIN = 1 << 20;
const RESIDENT_SHARE = 32;

/** A piece of memory that runs are cut from. */
class Region {
	readonly bytes: Uint8Array;
	/** At the first and the last unit of a run its length; negative where the run is free. */
	readonly lengths: Int32Array;
	/** At the first unit of a free run: its neighbours in the list of its length, by their places. */
	readonly before: Int32Array;
	readonly behind: Int32Array;
	/** At the first unit of a free run: 1 where its pages were given back. */
	readonly isReleased: Uint8Array;

	constructor() {
		this.bytes = new Uint8Array(REGION_BYTES);
		this.lengths = new Int32Array(REGION_UNITS);
		this.before = new Int32Array(REGION_UNITS);
		this.behind = new Int32Array(REGION_UNITS);
		this.isReleased = new Uint8Array(REGION_UNITS);
	}
}

/**
 * Room for long strings, cut from regions of 4 MiB, for values that come and go all the time. Left to the runtime, their
 * buffers stay until the collector comes by, and its allocator keeps pages of which a part is free: memory resident was
 * twice and three times what was in use.
 *
 *     place = room.take(bytes)      then room.bytesAt(place) is the room, of whatever bytes lay there before
 *     room.give(place)
 *
 *     region    run | run | free run | run | …        in units of 512 bytes, lengths at both ends
 *     lists     free runs by length                    best fit, the last one given first
 *
 * A run that is given joins its free neighbours. Pages of free runs go back to the system when more than a little would
 * stay resident.
 *
 * Invariant: no two free runs are neighbours; each is in the list of its length.
 */
export class StringRoom {
	/** Bytes taken. */
	takenBytes: number;
	private readonly pages: Pages;
	private readonly regions: (Region | null)[];
	private readonly lists: Int32Array;
	/** Free room that may be resident. */
	private residentBytes: number;
	private emptyRegions: number;

	constructor(pages: Pages) {
		this.takenBytes = 0;
		this.pages = pages;
		this.regions = [];
		this.lists = new Int32Array(BINS).fill(NONE);
		this.residentBytes = 0;
		this.emptyRegions = 0;
	}

	/** Room for so many bytes; returns its place. */
	take(bytes: number): number {
		assert(bytes > 0 && bytes <= ROOM_BYTES_MAX, "longer strings have buffers of their own");
		const units = Math.ceil(bytes / UNIT_BYTES);
		let place = this.find(units);
		if (place === NONE) place = this.addRegion();
		this.unlink(place);
		const region = this.regionOf(place);
		const unit = place % REGION_UNITS;
		const free = -region.lengths[unit]!;
		const isReleased = region.isReleased[unit]!;
		if (free === REGION_UNITS) this.emptyRegions--;
		setLength(region, unit, units, units);
		if (free > units) {
			setLength(region, unit + units, free - units, units - free);
			this.link(place + units, free - units, isReleased);
		}
		if (isReleased === 0) this.residentBytes -= units * UNIT_BYTES;
		this.takenBytes += units * UNIT_BYTES;
		return place;
	}

	/** What was taken there, all of it. */
	bytesAt(place: number): Uint8Array {
		const { bytes, lengths } = this.regionOf(place);
		const unit = place % REGION_UNITS;
		return bytes.subarray(unit * UNIT_BYTES, (unit + lengths[unit]!) * UNIT_BYTES);
	}

	give(place: number): void {
		const region = this.regionOf(place);
		const { lengths } = region;
		let first = place % REGION_UNITS;
		let units = lengths[first]!;
		assert(units > 0, "what is given was taken");
		const base = place - first;
		const bytes = units * UNIT_BYTES;
		this.takenBytes -= bytes;
		this.residentBytes += bytes;
		const next = first + units;
		if (next < REGION_UNITS && lengths[next]! < 0) {
			this.unlink(base + next);
			units -= lengths[next]!;
		}
		if (first > 0 && lengths[first - 1]! < 0) {
			first += lengths[first - 1]!;
			this.unlink(base + first);
			units -= lengths[first]!;
		}
		setLength(region, first, units, -units);
		this.link(base + first, units, 0);
		if (units === REGION_UNITS) this.dropWhereEmpty(base / REGION_UNITS);
		const limit = Math.max(RESIDENT_BYTES_MIN, this.takenBytes / RESIDENT_SHARE);
		if (this.residentBytes > limit) this.releasePages();
	}

	private regionOf(place: number): Region {
		return this.regions[Math.floor(place / REGION_UNITS)]!;
	}

	/** A free run of at least so many units, as short as can be found quickly; NONE where there is none. */
	private find(units: number): number {
		const bin = binOf(units);
		let place = this.lists[bin]!;
		for (let tries = 0; place !== NONE && tries < TRIES_MAX; tries++) {
			const region = this.regionOf(place);
			const unit = place % REGION_UNITS;
			if (-region.lengths[unit]! >= units) return place;
			place = region.behind[unit]!;
		}
		for (let longer = bin + 1; longer < BINS; longer++) if (this.lists[longer] !== NONE) return this.lists[longer]!;
		return NONE;
	}

	private addRegion(): number {
		let number = this.regions.indexOf(null);
		if (number < 0) number = this.regions.push(null) - 1;
		const region = new Region();
		this.regions[number] = region;
		this.emptyRegions++;
		setLength(region, 0, REGION_UNITS, -REGION_UNITS);
		// A recycled buffer may have pages, too.
		this.pages.release(region.bytes, 0, REGION_BYTES);
		this.link(number * REGION_UNITS, REGION_UNITS, 1);
		return number * REGION_UNITS;
	}

	/** One empty region is kept for what comes next. */
	private dropWhereEmpty(number: number): void {
		this.emptyRegions++;
		if (this.emptyRegions === 1) return;
		const region = this.regions[number]!;
		this.releaseRun(region, 0);
		this.unlink(number * REGION_UNITS);
		this.regions[number] = null;
		this.emptyRegions--;
		(region.bytes.buffer as ArrayBuffer).transfer(0);
	}

	private link(place: number, units: number, isReleased: number): void {
		const region = this.regionOf(place);
		const unit = place % REGION_UNITS;
		const bin = binOf(units);
		const head = this.lists[bin]!;
		region.isReleased[unit] = isReleased;
		region.before[unit] = NONE;
		region.behind[unit] = head;
		if (head !== NONE) this.regionOf(head).before[head % REGION_UNITS] = place;
		this.lists[bin] = place;
	}

	private unlink(place: number): void {
		const region = this.regionOf(place);
		const unit = place % REGION_UNITS;
		const before = region.before[unit]!;
		const behind = region.behind[unit]!;
		if (before === NONE) this.lists[binOf(-region.lengths[unit]!)] = behind;
		else this.regionOf(before).behind[before % REGION_UNITS] = behind;
		if (behind !== NONE) this.regionOf(behind).before[behind % REGION_UNITS] = before;
	}

	/** Gives the pages of all free runs back. */
	private releasePages(): void {
		for (const region of this.regions) {
			if (region === null) continue;
			const { lengths } = region;
			for (let unit = 0; unit < REGION_UNITS; unit += Math.abs(lengths[unit]!)) {
				if (lengths[unit]! < 0) this.releaseRun(region, unit);
			}
		}
		this.residentBytes = 0;
	}

	private releaseRun(region: Region, unit: number): void {
		if (region.isReleased[unit] === 1) return;
		region.isReleased[unit] = 1;
		this.pages.release(region.bytes, unit * UNIT_BYTES, (unit - region.lengths[unit]!) * UNIT_BYTES);
	}

	/** All regions, for who lets go of the whole room. */
	*buffers(): Iterable<Uint8Array> {
		for (const region of this.regions) if (region !== null) yield region.bytes;
	}

	/** Walks everything and checks every invariant. */
	verify(): void {
		let taken = 0;
		let free = 0;
		for (const [number, region] of this.regions.entries()) {
			if (region === null) continue;
			let wasFree = false;
			let unit = 0;
			while (unit < REGION_UNITS) {
				const length = region.lengths[unit]!;
				const units = Math.abs(length);
				assert(units > 0 && region.lengths[unit + units - 1] === length, "a run has its length at both ends");
				assert(!wasFree || length > 0, "free neighbours are one run");
				wasFree = length < 0;
				if (wasFree) {
					free++;
					assert(this.isListed(number * REGION_UNITS + unit, units), "a free run is in its list");
				} else taken += units * UNIT_BYTES;
				unit += units;
			}
			assert(unit === REGION_UNITS, "runs fill the region");
		}
		let listed = 0;
		for (let bin = 0; bin < BINS; bin++) {
			for (let place = this.lists[bin]!; place !== NONE; listed++) {
				place = this.regionOf(place).behind[place % REGION_UNITS]!;
			}
		}
		assert(listed === free, "lists hold the free runs");
		assert(taken === this.takenBytes, "bytes taken are counted");
	}

	private isListed(wanted: number, units: number): boolean {
		for (let place = this.lists[binOf(units)]!; place !== NONE; ) {
			if (place === wanted) return true;
			place = this.regionOf(place).behind[place % REGION_UNITS]!;
		}
		return false;
	}
}

function setLength({ lengths }: Region, unit: number, units: number, length: number): void {
	lengths[unit] = length;
	lengths[unit + units - 1] = length;
}

/** The list of free runs of this length. */
function binOf(units: number): number {
	if (units < EXACT_UNITS) return units;
	const doublings = 31 - Math.clz32(units);
	return EXACT_UNITS + (doublings - 6) * 8 + ((units >>> (doublings - 3)) & 7);
}
