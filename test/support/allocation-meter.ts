/**
 * Notes how large the typed arrays are that are made while it is installed: whether somebody believed a length that
 * only the input says. Buffers that grow little by little are small beside what they hold; a single one that is large
 * beside its input is a promise that was believed.
 *
 * Invariant: what was global before is global again once it is disposed of.
 */
const names = ["Uint8Array", "Uint16Array", "Int32Array", "Uint32Array", "Float64Array", "ArrayBuffer"] as const;

type Globals = Record<string, new (...args: unknown[]) => object>;

export class AllocationMeter implements Disposable {
	/** Of the largest array since the last `reset`. */
	largestBytes: number;
	private readonly originals: Globals;

	constructor() {
		this.largestBytes = 0;
		this.originals = {};
		const globals = globalThis as unknown as Globals;
		for (const name of names) {
			const original = globals[name]!;
			this.originals[name] = original;
			const unitBytes = (original as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
			globals[name] = new Proxy(original, {
				construct: (target, args, newTarget) => {
					if (typeof args[0] === "number") this.largestBytes = Math.max(this.largestBytes, args[0] * unitBytes);
					return Reflect.construct(target, args, newTarget);
				},
			});
		}
	}

	reset(): void {
		this.largestBytes = 0;
	}

	[Symbol.dispose](): void {
		Object.assign(globalThis, this.originals);
	}
}
