import { describe, expect, test } from "bun:test";
import {
	Changes,
	EVENT_EXPIRED,
	EVENT_GENERIC,
	EVENT_MISS,
	EVENT_NEW,
	EVENT_STRING,
} from "../../src/keyspace/change.ts";
import { KeyspaceEvents } from "../../src/pubsub/keyspace-events.ts";
import { PATTERN } from "../../src/pubsub/topic.ts";
import { toBytes } from "../support/wire.ts";
import { Forum, Listener, message } from "./listener.ts";

function listening(letters: string) {
	const forum = new Forum();
	const changes = new Changes();
	const events = new KeyspaceEvents(forum.pubSub, changes);
	events.setLetters(letters);
	const listener = new Listener(1);
	forum.subscribe(listener, PATTERN, "__key*");
	/** The event of a key, and what is heard of it. */
	const tell = (database: number, key: string, eventClass: number, event: string): string => {
		const bytes = toBytes(`<${key}>`);
		changes.keyEvent(database, bytes, 1, key.length, eventClass, event);
		forum.turn();
		return listener.take();
	};
	return { forum, changes, events, listener, tell };
}

const ofKey = (database: number, key: string, event: string) =>
	message(2, "pmessage", "__key*", `__keyspace@${database}__:${key}`, event);
const ofEvent = (database: number, key: string, event: string) =>
	message(2, "pmessage", "__key*", `__keyevent@${database}__:${event}`, key);

describe("an event", () => {
	test("goes to the channel of its key, then to its own", () => {
		const { tell } = listening("KE$");
		expect(tell(0, "k", EVENT_STRING, "set")).toBe(ofKey(0, "k", "set") + ofEvent(0, "k", "set"));
		expect(tell(15, "", EVENT_STRING, "append")).toBe(ofKey(15, "", "append") + ofEvent(15, "", "append"));
		expect(tell(2, "\x00\xff\r\n", EVENT_STRING, "set")).toBe(
			ofKey(2, "\x00\xff\r\n", "set") + ofEvent(2, "\x00\xff\r\n", "set"),
		);
		const long = "k".repeat(200_000);
		expect(tell(1, long, EVENT_STRING, "set")).toBe(ofKey(1, long, "set") + ofEvent(1, long, "set"));
		expect(tell(1, "short", EVENT_STRING, "set")).toBe(ofKey(1, "short", "set") + ofEvent(1, "short", "set"));
	});

	test("goes where K and E say, if its class is wanted", () => {
		expect(listening("K$").tell(0, "k", EVENT_STRING, "set")).toBe(ofKey(0, "k", "set"));
		expect(listening("E$").tell(0, "k", EVENT_STRING, "set")).toBe(ofEvent(0, "k", "set"));
		for (const letters of ["", "$", "KE", "KEg", "g$lshzxetdnm"]) {
			expect(listening(letters).tell(0, "k", EVENT_STRING, "set")).toBe("");
		}
		// So that nothing is done for what reaches nobody.
		for (const letters of ["", "KE", "g$lshzxetdnm"]) expect(listening(letters).changes.published).toBe(0);
	});

	test("of each class has its letter", () => {
		const { tell, events } = listening("");
		const letters = "g$lshzxetmn";
		const classes = [4, 8, 16, 32, 64, 128, EVENT_EXPIRED, 512, 1024, EVENT_MISS, EVENT_NEW];
		for (const letter of [...letters, "d"]) {
			events.setLetters(`K${letter}`);
			const heard = classes.map((eventClass) => tell(0, "k", eventClass, "x") !== "");
			expect(heard).toEqual(classes.map((_, index) => letters[index] === letter));
		}
	});

	test("that is no change reaches nobody else", () => {
		const { changes, forum, listener } = listening("Km");
		const heard: string[] = [];
		changes.listen({ keyChanged: (...words) => heard.push(words[5]), databaseChanged: () => {} });
		changes.note(0, toBytes("k"), 0, 1, EVENT_MISS, "keymiss");
		changes.note(0, toBytes("k"), 0, 1, EVENT_NEW, "new");
		changes.key(0, toBytes("k"), 0, 1, EVENT_GENERIC, "del");
		forum.turn();
		expect(listener.take()).toBe(ofKey(0, "k", "keymiss"));
		expect(heard).toEqual(["del"]);
		expect(changes.dirty).toBe(1);
	});
});
