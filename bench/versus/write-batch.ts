/**
 * A batch of commands in wire form of which only digits change, so that nothing is made anew between two of them.
 *
 * Invariant: a command's length, and that of its reply, is always the same.
 */

export interface WriteCommand {
	/** `__rand_int__` becomes a number below `keys` in twelve digits, `__rand_index__` one of as many as `keys - 1` has. */
	readonly args: readonly string[];
	readonly keys: number;
	/** Of its reply, which always has this length. */
	readonly replyBytes: number;
}

/** Digits to be drawn anew: `count` of them from `offset`, for a number from `low` to below `high`. */
interface Slot {
	readonly offset: number;
	readonly count: number;
	readonly low: number;
	readonly high: number;
}

const zero = 48;

export class WriteBatch {
	readonly bytes: Uint8Array;
	readonly replyBytes: number;
	private readonly slots: readonly Slot[];
	private state: number;

	constructor(commands: readonly WriteCommand[]) {
		const slots: Slot[] = [];
		let text = "";
		for (const { args, keys } of commands) {
			text += `*${args.length}\r\n`;
			for (const argument of args) {
				const [name] = /__rand_int__|__rand_index__/.exec(argument) ?? [];
				const count = name === "__rand_int__" ? 12 : String(keys - 1).length;
				const filled = name === undefined ? argument : argument.replace(name, "0".repeat(count));
				text += `$${filled.length}\r\n`;
				const low = name === "__rand_int__" ? 0 : 10 ** (count - 1);
				if (name !== undefined) slots.push({ offset: text.length + argument.indexOf(name), count, low, high: keys });
				text += `${filled}\r\n`;
			}
		}
		this.bytes = Buffer.from(text, "latin1");
		this.slots = slots;
		this.replyBytes = commands.reduce((sum, command) => sum + command.replyBytes, 0);
		this.state = 0x9e3779b9;
	}

	draw(): void {
		for (const { offset, count, low, high } of this.slots) {
			let rest = low + (this.random() % (high - low));
			for (let position = offset + count - 1; position >= offset; position--) {
				this.bytes[position] = zero + (rest % 10);
				rest = Math.floor(rest / 10);
			}
		}
	}

	/** Marsaglia's xorshift. */
	private random(): number {
		let x = this.state;
		x ^= x << 13;
		x ^= x >>> 17;
		x ^= x << 5;
		this.state = x;
		return x >>> 0;
	}
}

/** Commands in wire form. */
export function encodeCommands(commands: readonly (readonly string[])[]): Uint8Array {
	return new WriteBatch(commands.map((args) => ({ args, keys: 1, replyBytes: 0 }))).bytes;
}
