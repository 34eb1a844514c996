import type { Limits } from "../../../src/types/limits.ts";

export type Encoding = "intset" | "listpack" | "hashtable";

function isInt64(member: string): boolean {
	return /^(0|-?[1-9]\d{0,18})$/.test(member) && BigInt.asIntN(64, BigInt(member)) === BigInt(member);
}

/** What a set is, said the plain way: a list of texts in the order of Redis 7.2, and the encoding that comes of it. */
export class SetModel {
	members: string[] = [];
	encoding: Encoding | null = null;
	private readonly limits: Limits;

	constructor(limits: Limits) {
		this.limits = limits;
	}

	/** As SADD: the count of members given decides first. */
	expect(count: number, first: string): void {
		const { intsetEntries, setEntries } = this.limits;
		if (this.encoding === null) {
			if (count <= intsetEntries && isInt64(first)) this.encoding = "intset";
			else this.encoding = count <= setEntries ? "listpack" : "hashtable";
		} else if (this.encoding === "intset" && count > intsetEntries) this.encoding = "hashtable";
		else if (this.encoding === "listpack" && count > setEntries) this.encoding = "hashtable";
	}

	add(member: string): boolean {
		if (this.members.includes(member)) return false;
		this.encoding = this.encodingWith(member);
		this.members.push(member);
		if (this.encoding === "intset") this.members.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
		return true;
	}

	private encodingWith(member: string): Encoding {
		const { intsetEntries, setEntries, setValueBytes } = this.limits;
		const count = this.members.length;
		if (this.encoding === "hashtable") return "hashtable";
		if (this.encoding === "intset" && isInt64(member)) return count < intsetEntries ? "intset" : "hashtable";
		const longest = Math.max(member.length, ...(this.encoding === "intset" ? this.members : []).map((m) => m.length));
		return count < setEntries && longest <= setValueBytes ? "listpack" : "hashtable";
	}

	remove(member: string): boolean {
		const at = this.members.indexOf(member);
		if (at < 0) return false;
		this.members.splice(at, 1);
		if (this.members.length === 0) this.encoding = null;
		return true;
	}
}
