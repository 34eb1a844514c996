/**
 * Files on a disk that can lose its power. What the server sees is the page cache, as MemoryFiles keeps it; beside it
 * stands what the disk has:
 *
 *     Inode (as seen)   journal.durable   contents as of the last sync
 *                       journal.pending   writes and truncations since, in order
 *     names (as seen)   durableNames      as of the last sync of each directory
 *                       pendingNames      makings, renames and removals since, in order
 *
 * Invariant: durable + all of pending = as seen, but for what a failed sync gave up. `crash` leaves durable and, of what
 * is pending, what chance wants: none, all, a part torn at any byte or sector, names without contents and contents
 * without names. A rename happens or does not; and a step on a name waits for the steps on that name before it.
 */
import { posix } from "node:path";
import type { Random } from "../../src/bytes/random.ts";
import { FileFailure, Inode, MemoryFiles } from "../config/memory-files.ts";

export type DiskAction =
	| "write"
	| "truncate"
	| "sync"
	| "create"
	| "rename"
	| "remove"
	| "makeDirectory"
	| "syncDirectory";

/** One step on the disk, about to be made or just made. */
export interface DiskOperation {
	readonly action: DiskAction;
	readonly path: string;
	/** Of this disk, from 1. */
	readonly ordinal: number;
}

/** How a step fails: with an error of that code; or, a number, a write that takes so many bytes; null: it does not. */
export type Fault = string | number | null;

interface Change {
	readonly sequence: number;
	/** Of a write; null for a truncation. */
	readonly bytes: Uint8Array | null;
	/** Where it is written, or how long the file is cut. */
	readonly position: number;
}

interface Journal {
	readonly durable: Inode;
	pending: Change[];
}

/** A step on names: `from` goes, `to` comes and means `inode`, a directory where that is null. */
interface NameChange {
	readonly from: string | null;
	readonly to: string | null;
	readonly inode: Inode | null;
}

const NO_FAULT = () => null;
/** How often each fate befalls what is pending. */
const fates = ["lost", "kept", "torn", "torn", "sectors"] as const;

export class SimulatedDisk extends MemoryFiles {
	/** Steps so far. */
	operations: number;
	/** Asked before each step. */
	fault: (operation: DiskOperation) => Fault;
	/** Told after each step that succeeded. */
	afterOperation: (operation: DiskOperation) => void;
	/** Whether a crash may leave holes of zeros: sectors that were written later came first. */
	makesHoles: boolean;
	/** Whether a crash may leave zeros at the end: the file has grown, and its sectors were not written. */
	makesZeroTails: boolean;
	private sequence: number;
	private readonly journals: Map<Inode, Journal>;
	private readonly durableNames: Map<string, Inode>;
	private readonly durableDirectories: Set<string>;
	private pendingNames: NameChange[];

	constructor(texts: Readonly<Record<string, string>> = {}, directories: readonly string[] = []) {
		super({}, directories);
		this.operations = 0;
		this.fault = NO_FAULT;
		this.afterOperation = () => {};
		this.makesHoles = true;
		this.makesZeroTails = false;
		this.sequence = 0;
		this.journals = new Map();
		this.durableNames = new Map();
		this.durableDirectories = new Set(this.directories);
		this.pendingNames = [];
		for (const [path, text] of Object.entries(texts)) this.texts.set(path, text);
	}

	/** Laid down in peace: it is on the disk. */
	override lay(path: string, bytes: Uint8Array): void {
		super.lay(path, bytes);
		const inode = this.names.get(path)!;
		this.journal(inode).durable.append(bytes, 0, bytes.length);
		this.durableNames.set(path, inode);
		for (const directory of this.directories) this.durableDirectories.add(directory);
	}

	/** What is found when the power is back. */
	crash(random: Random): SimulatedDisk {
		const names = new Map(this.durableNames);
		const directories = new Set(this.durableDirectories);
		for (const change of this.surviving(random)) apply(change, names, directories);
		const left = this.empty();
		// In order of names, so that chance does not depend on what was opened first.
		for (const directory of [...directories].sort()) {
			if (left.directories.has(posix.dirname(directory))) left.directories.add(directory);
		}
		for (const [path, inode] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
			if (left.directories.has(posix.dirname(path))) left.lay(path, this.remains(inode, random));
		}
		for (const directory of left.directories) left.durableDirectories.add(directory);
		left.changeDirectory(this.currentDirectory());
		return left;
	}

	/** What is found when the process alone died: all it wrote, synced or not. */
	killed(): SimulatedDisk {
		const left = this.empty();
		const copies = new Map<Inode, Inode>();
		const copyOf = (inode: Inode): Inode => {
			const made = copies.get(inode) ?? new Inode();
			if (copies.has(inode)) return made;
			copies.set(inode, made);
			made.append(inode.bytes, 0, inode.length);
			const { durable, pending } = this.journal(inode);
			left.journal(made).durable.append(durable.bytes, 0, durable.length);
			left.journal(made).pending = [...pending];
			return made;
		};
		for (const [path, inode] of this.names) left.names.set(path, copyOf(inode));
		for (const [path, inode] of this.durableNames) left.durableNames.set(path, copyOf(inode));
		left.pendingNames = this.pendingNames.map((change) => ({
			...change,
			inode: change.inode === null ? null : copyOf(change.inode),
		}));
		for (const directory of this.directories) left.directories.add(directory);
		for (const directory of this.durableDirectories) left.durableDirectories.add(directory);
		left.sequence = this.sequence;
		left.changeDirectory(this.currentDirectory());
		return left;
	}

	/** Time has gone by: the system has written down everything on its own. */
	settle(): void {
		this.settleContents();
		for (const change of this.pendingNames) apply(change, this.durableNames, this.durableDirectories);
		this.pendingNames = [];
	}

	/** The contents of files, but not yet their names. */
	settleContents(): void {
		for (const inode of this.names.values()) {
			const { durable, pending } = this.journal(inode);
			for (const change of pending) applyTo(durable, change);
			pending.length = 0;
		}
	}

	/** Whether a power cut now could make no difference. */
	isSettled(): boolean {
		const inodes = new Set([...this.names.values(), ...this.durableNames.values()]);
		return this.pendingNames.length === 0 && [...inodes].every((inode) => this.journal(inode).pending.length === 0);
	}

	override syncDirectory(path: string): void {
		const directory = this.requireDirectory(path, "open");
		this.step("syncDirectory", directory, () => {
			const isDurable = this.neededFor(directory);
			for (const change of this.pendingNames) {
				if (isDurable.has(change)) apply(change, this.durableNames, this.durableDirectories);
			}
			this.pendingNames = this.pendingNames.filter((change) => !isDurable.has(change));
		});
	}

	override makeDirectory(path: string): void {
		const absolute = this.resolve(path);
		if (this.directories.has(absolute)) return;
		this.step("makeDirectory", absolute, () => {
			super.makeDirectory(path);
			this.pendingNames.push({ from: null, to: absolute, inode: null });
		});
	}

	override writeInode(inode: Inode, path: string, bytes: Uint8Array, from: number, to: number): number {
		let taken = to - from;
		this.step("write", path, (limit) => {
			taken = Math.min(taken, limit);
			this.note(inode, bytes.slice(from, from + taken), inode.length);
			super.writeInode(inode, path, bytes, from, from + taken);
		});
		return taken;
	}

	override truncateInode(inode: Inode, path: string, length: number): void {
		this.step("truncate", path, () => {
			this.note(inode, null, length);
			super.truncateInode(inode, path, length);
		});
	}

	override syncInode(inode: Inode, path: string): void {
		this.syncUpTo(this.sequence, inode, path);
	}

	/** What is written until `done` is called may be on the disk then, or not. */
	override syncInodeLater(inode: Inode, path: string, done: (failure: Error | null) => void): void {
		const { sequence } = this;
		this.later(() => {
			let failure: Error | null = null;
			try {
				this.syncUpTo(sequence, inode, path);
			} catch (reason) {
				failure = reason as Error;
			}
			done(failure);
		});
	}

	protected override link(path: string, inode: Inode): void {
		this.step("create", path, () => {
			this.pendingNames.push({ from: null, to: path, inode });
			super.link(path, inode);
		});
	}

	protected override unlink(path: string): void {
		this.step("remove", path, () => {
			this.pendingNames.push({ from: path, to: null, inode: null });
			super.unlink(path);
		});
	}

	protected override move(from: string, to: string): void {
		this.step("rename", to, () => {
			this.pendingNames.push({ from, to, inode: this.names.get(from)! });
			super.move(from, to);
		});
	}

	private step(action: DiskAction, path: string, make: (limit: number) => void): void {
		const operation = { action, path, ordinal: ++this.operations };
		const fault = this.fault(operation);
		if (typeof fault === "string") throw new FileFailure(fault, action, path);
		make(fault ?? Infinity);
		this.afterOperation(operation);
	}

	private syncUpTo(sequence: number, inode: Inode, path: string): void {
		const journal = this.journal(inode);
		const isMeant = (change: Change) => change.sequence <= sequence;
		try {
			this.step("sync", path, () => {
				for (const change of journal.pending.filter(isMeant)) applyTo(journal.durable, change);
				journal.pending = journal.pending.filter((change) => !isMeant(change));
			});
		} catch (failure) {
			// As Linux does: the pages count as clean from here on, so no later sync writes them.
			journal.pending = journal.pending.filter((change) => !isMeant(change));
			throw failure;
		}
	}

	private note(inode: Inode, bytes: Uint8Array | null, position: number): void {
		this.journal(inode).pending.push({ sequence: ++this.sequence, bytes, position });
	}

	private journal(inode: Inode): Journal {
		let journal = this.journals.get(inode);
		if (journal === undefined) {
			journal = { durable: new Inode(), pending: [] };
			this.journals.set(inode, journal);
		}
		return journal;
	}

	/** A disk without anything, that goes on as this one does. */
	private empty(): SimulatedDisk {
		const disk = new SimulatedDisk();
		disk.directories.clear();
		disk.durableDirectories.clear();
		disk.directories.add("/");
		disk.later = this.later;
		disk.makesHoles = this.makesHoles;
		disk.makesZeroTails = this.makesZeroTails;
		return disk;
	}

	/** Changes in the directory, and those before them on the same names. */
	private neededFor(directory: string): Set<NameChange> {
		const needed = new Set<NameChange>();
		const names = new Set<string>();
		for (const change of this.pendingNames.toReversed()) {
			const concerned = pathsOf(change);
			const isInside = posix.dirname(change.to ?? change.from!) === directory;
			if (!isInside && !concerned.some((path) => names.has(path))) continue;
			needed.add(change);
			for (const path of concerned) names.add(path);
		}
		return needed;
	}

	private surviving(random: Random): NameChange[] {
		const { pendingNames } = this;
		switch (random.below(4)) {
			case 0:
				return [];
			case 1:
				return pendingNames;
			case 2:
				return pendingNames.slice(0, random.below(pendingNames.length + 1));
		}
		const lost = new Set<string>();
		return pendingNames.filter((change) => {
			const concerned = pathsOf(change);
			const survives = random.below(2) === 0 && !concerned.some((path) => lost.has(path));
			if (!survives) for (const path of concerned) lost.add(path);
			return survives;
		});
	}

	private remains(inode: Inode, random: Random): Uint8Array {
		const { durable, pending } = this.journal(inode);
		const image = new Inode();
		image.append(durable.bytes, 0, durable.length);
		const fate = fates[random.below(fates.length)]!;
		const count = fate === "lost" ? 0 : fate === "torn" ? random.below(pending.length + 1) : pending.length;
		const inSectors = fate === "sectors" && this.makesHoles;
		for (const change of pending.slice(0, count)) {
			if (inSectors) applySectors(image, change, random);
			else applyTo(image, change);
		}
		const next = pending[count];
		if (fate === "torn" && next !== undefined) {
			applyTo(image, torn(next, random));
			if (this.makesZeroTails) image.truncate(Math.max(image.length, inode.length - random.below(2)));
		}
		return image.copy();
	}
}

function pathsOf({ from, to }: NameChange): string[] {
	return [from, to].filter((path) => path !== null);
}

function apply({ from, to, inode }: NameChange, names: Map<string, Inode>, directories: Set<string>): void {
	if (from !== null) names.delete(from);
	if (to === null) return;
	if (inode === null) directories.add(to);
	else names.set(to, inode);
}

function applyTo(image: Inode, { bytes, position }: Change): void {
	if (bytes === null) image.truncate(position);
	else if (bytes.length > 0) image.writeAt(position, bytes, 0, bytes.length);
}

/** A write that came part of the way: to any byte, or to the end of a sector. */
function torn(change: Change, random: Random): Change {
	const { bytes, position } = change;
	if (bytes === null) return random.below(2) === 0 ? change : { ...change, bytes: new Uint8Array(0) };
	let end = position + random.below(bytes.length + 1);
	const sector = [1, 512, 4096][random.below(3)]!;
	end = Math.max(position, end - (end % sector));
	return { ...change, bytes: bytes.subarray(0, end - position) };
}

function applySectors(image: Inode, change: Change, random: Random): void {
	const { bytes, position } = change;
	if (bytes === null) {
		if (random.below(2) === 0) applyTo(image, change);
		return;
	}
	const sector = [512, 4096][random.below(2)]!;
	for (let from = 0; from < bytes.length; ) {
		const to = Math.min(bytes.length, from + sector - ((position + from) % sector));
		if (random.below(2) === 0) image.writeAt(position + from, bytes, from, to);
		from = to;
	}
}
