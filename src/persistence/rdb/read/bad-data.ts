/** What is read is not what the format allows. Where that was, the source knows. */
export class BadData extends Error {}

/** There is less than what has to follow. */
export class ShortRead extends BadData {
	constructor() {
		super("Unexpected EOF reading RDB file");
	}
}

/** The value is a collection without elements: in a file it is passed over. */
export class EmptyCollection extends BadData {
	constructor() {
		super("a collection has no elements");
	}
}

/** What has to follow has not come yet: what was begun is to be begun again when there is more. */
export class NotYet extends Error {}
