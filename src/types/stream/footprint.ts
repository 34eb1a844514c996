/** What one stream holds in all its parts, bytes: each part adds what it takes and subtracts what it lets go. */
export class Footprint {
	bytes: number;

	constructor() {
		this.bytes = 0;
	}
}
