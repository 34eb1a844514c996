/**
 * Messages that a client causes itself: up to 7.0 they come before the reply to the command that caused them,
 * even in the middle of that to EXEC; since 7.2 they come behind it.
 */

/** What a client of 7.0 hears, as one of 7.2 would have heard it. */
export function withOwnPushesBehind(text: string): string {
	const reader = new Reader(text);
	let result = "";
	while (!reader.isDone()) result += reader.reply();
	return result;
}

/** How many replies and pushes there are. */
export function countReplies(text: string): number {
	const reader = new Reader(text);
	let count = 0;
	for (; !reader.isDone(); count++) reader.reply();
	return count + reader.pushCount;
}

const isMessage = /^[>*][34]\r\n\$\d\r\n[ps]?message\r\n/;

class Reader {
	private readonly text: string;
	private at: number;
	private pushes: string;
	/** Messages that were moved. */
	pushCount: number;

	constructor(text: string) {
		this.text = text;
		this.at = 0;
		this.pushes = "";
		this.pushCount = 0;
	}

	isDone(): boolean {
		return this.at >= this.text.length;
	}

	/** One reply, and behind it the messages that it has caused: PUBLISH replies a number. */
	reply(): string {
		const before = this.messages();
		if (this.isDone()) return before;
		const isNumber = this.text[this.at] === ":";
		const reply = this.whole() + this.pushes;
		this.pushes = "";
		return isNumber ? reply + before : before + reply;
	}

	private messages(): string {
		let messages = "";
		for (; isMessage.test(this.text.slice(this.at, this.at + 30)); this.pushCount++) messages += this.whole();
		return messages;
	}

	/** The element that begins here, whatever it is; what is no reply goes to the end. */
	private whole(): string {
		const lineEnd = this.text.indexOf("\r\n", this.at);
		if (lineEnd < 0 || this.text[this.at] === "(") return this.take(this.text.length);
		const marker = this.text[this.at]!;
		const size = Number(this.text.slice(this.at + 1, lineEnd));
		let result = this.take(lineEnd + 2);
		if ("$=!".includes(marker)) return size < 0 ? result : result + this.take(this.at + size + 2);
		const elements = marker === "%" ? 2 * size : "*~>".includes(marker) ? size : 0;
		for (let i = 0; i < elements && !this.isDone(); i++) {
			this.pushes += this.messages();
			result += this.whole();
		}
		return result;
	}

	private take(to: number): string {
		const taken = this.text.slice(this.at, to);
		this.at = to;
		return taken;
	}
}
