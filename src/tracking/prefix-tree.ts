import { assert } from "../bytes/assert.ts";

/** A node: the bytes that lead to it from its parent, and what is at the prefix that ends here. */
class Node<T> {
	edge: Uint8Array;
	value: T | null;
	/** By the first byte of their edges. */
	children: Map<number, Node<T>>;

	constructor(edge: Uint8Array, value: T | null) {
		this.edge = edge;
		this.value = value;
		this.children = NO_CHILDREN;
	}

	addChild(child: Node<T>): void {
		if (this.children === NO_CHILDREN) this.children = new Map();
		this.children.set(child.edge[0]!, child);
	}
}

/** A leaf has none, and most nodes are leaves. */
const NO_CHILDREN = new Map<number, never>();

/**
 * Something for each of many prefixes, found by keys that begin with them: a radix tree.
 *
 *     user:1:  user:2:  us        "" ── us ── er: ─┬─ 1:
 *                                                  └─ 2:
 *
 * To ask costs no more than to read the key, however many prefixes there are.
 *
 * Invariant: but for the root every node has a value or at least two children, and an edge of at least one byte.
 */
export class PrefixTree<T> {
	count: number;
	/** What `match` has found, in `matchCount` places, the shortest prefix first. */
	readonly matches: T[];
	matchCount: number;
	private readonly root: Node<T>;

	constructor() {
		this.count = 0;
		this.matches = [];
		this.matchCount = 0;
		this.root = new Node<T>(EMPTY, null);
	}

	/** Finds what is there for the prefixes that the key begins with; returns whether there are any. */
	match(key: Uint8Array, start: number, length: number): boolean {
		this.matchCount = 0;
		const end = start + length;
		let at = start;
		let node = this.root;
		for (;;) {
			if (node.value !== null) this.matches[this.matchCount++] = node.value;
			if (at === end) break;
			const next = node.children.get(key[at]!);
			if (next === undefined || next.edge.length > end - at || !beginsWith(key, at, next.edge)) break;
			at += next.edge.length;
			node = next;
		}
		return this.matchCount > 0;
	}

	/** Whether some prefix in here begins with this one, or this one with it. */
	overlaps(prefix: Uint8Array): boolean {
		let at = 0;
		let node = this.root;
		for (;;) {
			if (node.value !== null) return true;
			if (at === prefix.length) return this.count > 0;
			const next = node.children.get(prefix[at]!);
			if (next === undefined) return false;
			const common = commonLength(prefix, at, next.edge);
			at += common;
			if (at === prefix.length) return true;
			if (common < next.edge.length) return false;
			node = next;
		}
	}

	get(prefix: Uint8Array): T | null {
		return this.nodeAt(prefix)?.value ?? null;
	}

	private nodeAt(prefix: Uint8Array): Node<T> | null {
		let at = 0;
		let node = this.root;
		while (at < prefix.length) {
			const next = node.children.get(prefix[at]!);
			if (next === undefined || commonLength(prefix, at, next.edge) < next.edge.length) return null;
			at += next.edge.length;
			node = next;
		}
		return node;
	}

	/** For a prefix that is not in here. */
	add(prefix: Uint8Array, value: T): void {
		this.count++;
		let at = 0;
		let node = this.root;
		while (at < prefix.length) {
			const next = node.children.get(prefix[at]!);
			if (next === undefined) {
				node.addChild(new Node(prefix.slice(at), value));
				return;
			}
			const common = commonLength(prefix, at, next.edge);
			at += common;
			node = common < next.edge.length ? split(node, next, common) : next;
		}
		assert(node.value === null, "a prefix is added once");
		node.value = value;
	}

	/** Harmless for a prefix that is not in here. */
	remove(prefix: Uint8Array): void {
		const path: Node<T>[] = [this.root];
		for (let at = 0; at < prefix.length; ) {
			const next = path[path.length - 1]!.children.get(prefix[at]!);
			if (next === undefined || commonLength(prefix, at, next.edge) < next.edge.length) return;
			at += next.edge.length;
			path.push(next);
		}
		const node = path.pop()!;
		if (node.value === null) return;
		node.value = null;
		this.count--;
		this.matches.length = 0;
		const parent = path.pop();
		if (parent === undefined) return;
		if (node.children.size === 0) parent.children.delete(node.edge[0]!);
		else uniteWithOnlyChild(node);
		if (parent !== this.root && parent.value === null) uniteWithOnlyChild(parent);
	}

	/** In the order of the prefixes' bytes. */
	all(): T[] {
		const found: T[] = [];
		const waiting: Node<T>[] = [this.root];
		for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
			if (node.value !== null) found.push(node.value);
			const firsts = [...node.children.keys()].sort((a, b) => b - a);
			for (const first of firsts) waiting.push(node.children.get(first)!);
		}
		return found;
	}

	verify(): void {
		let count = 0;
		const waiting: Node<T>[] = [this.root];
		for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
			if (node.value !== null) count++;
			if (node !== this.root) {
				assert(node.value !== null || node.children.size > 1, "a node is there for something");
				assert(node.edge.length > 0, "an edge leads somewhere");
			}
			for (const [first, child] of node.children) {
				assert(child.edge[0] === first, "a child is found by its first byte");
				waiting.push(child);
			}
		}
		assert(count === this.count, "prefixes are counted");
	}
}

/** Puts a node between a parent and its child, so many bytes down their edge. */
function split<T>(parent: Node<T>, child: Node<T>, at: number): Node<T> {
	const between = new Node<T>(child.edge.slice(0, at), null);
	parent.children.set(between.edge[0]!, between);
	child.edge = child.edge.slice(at);
	between.addChild(child);
	return between;
}

/** Makes a node and its child one, where it is nothing but the way to that child. */
function uniteWithOnlyChild<T>(node: Node<T>): void {
	if (node.children.size !== 1) return;
	const [child] = node.children.values();
	const edge = new Uint8Array(node.edge.length + child!.edge.length);
	edge.set(node.edge);
	edge.set(child!.edge, node.edge.length);
	node.edge = edge;
	node.value = child!.value;
	node.children = child!.children;
}

function beginsWith(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
	for (let i = 0; i < prefix.length; i++) if (bytes[at + i]! !== prefix[i]!) return false;
	return true;
}

/** How many bytes from `at` on are those of the edge. */
function commonLength(bytes: Uint8Array, at: number, edge: Uint8Array): number {
	const most = Math.min(edge.length, bytes.length - at);
	let common = 0;
	while (common < most && bytes[at + common]! === edge[common]!) common++;
	return common;
}

const EMPTY = new Uint8Array(0);
