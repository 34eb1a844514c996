/** What a replica and its master say to each other before the data comes. It knows no sockets and no clock. */
import { bytesOf } from "../bytes/ascii.ts";
import type { Handover } from "./handover.ts";

/** What a replica tells of itself, as configured at the moment. */
export interface Introduction {
	/** "" for none. */
	readonly user: string;
	readonly password: string;
	readonly port: number;
	/** "" for none: the master sees where the connection comes from. */
	readonly announcedAddress: string;
	readonly version: string;
}

/** Where the data of this server ends, in the words of the wire; null where it is a part of no history. */
export interface Position {
	readonly id: string;
	/** Bytes had. */
	readonly offset: number;
}

/** What came of the handshake: the stream from here on, or a copy. */
export type Outcome =
	/** The stream follows, behind the position that was asked for; the history may have another name now. */
	| { readonly kind: "continue"; readonly id: string }
	/** A copy follows; "" and -1 where the master is so old that it does not say of what. */
	| { readonly kind: "copy"; readonly id: string; readonly offset: number };

export interface HandshakeHost {
	send(bytes: Uint8Array): void;
	notice(line: string): void;
	warning(line: string): void;
	/** Asked when the turn of PSYNC has come. */
	position(): Position | null;
	readonly handover: Handover;
	done(outcome: Outcome): void;
	/** Nothing will come of this connection. */
	failed(): void;
}

/** One question to the master, and what it may answer. */
interface Question {
	readonly words: readonly string[];
	/** Returns false where nothing will come of it. */
	readonly answered: (line: string) => boolean;
}

const ID_LENGTH = 40;
const LEADS_ALREADY = "-ERR PSYNC FAILOVER can't be sent to a master";

/**
 * PING; then AUTH and what there is to know of the replica, all at once; then PSYNC, and SYNC where the master has never
 * heard of that. Old masters may not know most of it, which does no harm.
 */
export class Handshake {
	private readonly host: HandshakeHost;
	private readonly introduction: Introduction;
	/** Asked and not answered, in order. */
	private asked: Question[];

	constructor(host: HandshakeHost, introduction: Introduction) {
		this.host = host;
		this.introduction = introduction;
		this.asked = [];
	}

	/** The connection is there. */
	begin(): void {
		this.host.notice("Non blocking connect for SYNC fired the event.");
		this.ask([{ words: ["PING"], answered: (line) => this.pingAnswered(line) }]);
	}

	/** The master has said a line; it is without its end. */
	hear(line: string): void {
		// While it prepares, it says with empty lines that it is there.
		if (line === "") return;
		const question = this.asked.shift();
		if (question === undefined || !question.answered(line)) this.host.failed();
	}

	/** Whether the master was asked for data and has not said what will come. */
	isWaitingForData(): boolean {
		return this.asked[0]?.words[0] === "PSYNC";
	}

	private ask(questions: readonly Question[]): void {
		this.asked.push(...questions);
		this.host.send(bytesOf(questions.map(({ words }) => request(words)).join("")));
	}

	private pingAnswered(line: string): boolean {
		const { host } = this;
		const isThere = ["+", "-NOAUTH", "-NOPERM", "-ERR operation not permitted"].some((start) => line.startsWith(start));
		// One that follows this server, and got lost, has no other master to wait for: PSYNC makes it lead, or is refused.
		const isLost = host.handover.isUnderWay && line.startsWith("-MASTERDOWN");
		if (!isThere && !isLost) {
			host.warning(`Error reply to PING from master: '${line}'`);
			return false;
		}
		host.notice("Master replied to PING, replication can continue...");
		this.ask(this.introductions());
		return true;
	}

	private introductions(): Question[] {
		const { user, password, port, announcedAddress, version } = this.introduction;
		const questions: Question[] = [];
		if (password !== "") {
			const words = user === "" ? ["AUTH", password] : ["AUTH", user, password];
			questions.push({ words, answered: (line) => this.authAnswered(line) });
		}
		questions.push(this.tell("listening-port", String(port)));
		if (announcedAddress !== "") questions.push(this.tell("ip-address", announcedAddress));
		questions.push(this.tell("capa", "eof", "capa", "psync2"));
		const last = this.tell("version", version);
		questions.push({ words: last.words, answered: (line) => last.answered(line) && this.askForData() });
		return questions;
	}

	private tell(what: string, ...words: string[]): Question {
		return {
			words: ["REPLCONF", what, ...words],
			answered: (line) => {
				if (line.startsWith("-")) {
					this.host.notice(`(Non critical) Master does not understand REPLCONF ${what}: ${line}`);
				}
				return true;
			},
		};
	}

	private authAnswered(line: string): boolean {
		if (!line.startsWith("-")) return true;
		this.host.warning(`Unable to AUTH to MASTER: ${line}`);
		return false;
	}

	/** `leads`: the other server is a master already, and need not be asked to be one. */
	private askForData(leads = false): boolean {
		const { host } = this;
		const position = host.position();
		let words = ["PSYNC", "?", "-1"];
		if (position === null) host.notice("Partial resynchronization not possible (no cached master)");
		else {
			const { id, offset } = position;
			words = ["PSYNC", id, String(offset + 1)];
			if (host.handover.isUnderWay && !leads) words.push("FAILOVER");
			host.notice(`Trying a partial resynchronization (request ${id}:${offset + 1}).`);
		}
		const asks = words.length > 3;
		this.ask([{ words, answered: (line) => this.dataAnswered(line, position, asks) }]);
		return true;
	}

	/** `asked`: the other server was asked to lead. */
	private dataAnswered(line: string, position: Position | null, asked: boolean): boolean {
		const { host } = this;
		if (host.handover.isUnderWay && !line.startsWith("+CONTINUE") && !(asked && line.startsWith("+FULLRESYNC"))) {
			// It did so before, and its word was lost: who can go on from here is the one that was asked.
			if (asked && line.startsWith(LEADS_ALREADY)) return this.askForData(true);
			host.warning(`Failover target replied to PSYNC: ${line}`);
			host.handover.refused();
			return false;
		}
		if (line.startsWith("+FULLRESYNC")) {
			const [, id = "", offset = ""] = line.split(" ");
			if (id.length !== ID_LENGTH || !/^[0-9]{1,15}$/.test(offset)) {
				host.warning("Master replied with wrong +FULLRESYNC syntax.");
				return false;
			}
			host.notice(`Full resync from master: ${id}:${offset}`);
			host.handover.accepted();
			host.done({ kind: "copy", id, offset: Number(offset) });
			return true;
		}
		if (line.startsWith("+CONTINUE") && position !== null) {
			host.notice("Successful partial resynchronization with master.");
			const [, id = ""] = line.split(" ");
			const isNew = id.length === ID_LENGTH && id !== position.id;
			if (isNew) host.notice(`Master replication ID changed to ${id}`);
			host.notice("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
			host.handover.accepted();
			host.done({ kind: "continue", id: isNew ? id : position.id });
			return true;
		}
		if (line.startsWith("-NOMASTERLINK") || line.startsWith("-LOADING")) {
			host.notice(`Master is currently unable to PSYNC but should be in the future: ${line}`);
			return false;
		}
		if (line.startsWith("-ERR")) {
			host.notice(`Master does not support PSYNC or is in error state (reply: ${line})`);
		} else host.warning(`Unexpected reply to PSYNC from master: ${line}`);
		host.notice("Retrying with SYNC...");
		host.send(bytesOf(request(["SYNC"])));
		host.done({ kind: "copy", id: "", offset: -1 });
		return true;
	}
}

function request(words: readonly string[]): string {
	return `*${words.length}\r\n${words.map((word) => `$${bytesOf(word).length}\r\n${word}\r\n`).join("")}`;
}
