/**
 * What changed, as commands that make the same change wherever they are executed: deterministic, in order, each in the
 * wire form of a request. The append-only file and replicas are fed from here.
 *
 *     effects.isOn          false while nobody wants them; everything below is skipped then
 *     effects.bytes, from 0 to effects.length       what has come since it was last taken
 *
 * A change of database shows as SELECT; several effects of one command come between MULTI and EXEC.
 */
export class Effects {
	isOn: boolean;
	bytes: Uint8Array;
	length: number;

	constructor() {
		this.isOn = false;
		this.bytes = new Uint8Array(0);
		this.length = 0;
	}

	/** Forgets what was taken. */
	clear(): void {
		this.length = 0;
	}

	/** The next effect says which database it is for, whatever came before: a new file begins. */
	forgetDatabase(): void {}
}
