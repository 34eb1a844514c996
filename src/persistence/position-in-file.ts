/** Where in the history of a group of servers the data of a file ends. */
export interface RestoredPosition {
	readonly id: string;
	/** Bytes of the history. */
	readonly offset: number;
	/** The database that what follows is for. */
	readonly database: number;
}

/** Puts together what a file says of its position in several fields. */
export class PositionInFile {
	private readonly databases: number;
	private id: string;
	private offset: number;
	/** The one that what follows is for. */
	database: number;

	constructor(databases: number) {
		this.databases = databases;
		this.id = "";
		this.offset = -1;
		this.database = 0;
	}

	hear(name: string, value: string): void {
		if (name === "repl-id" && /^[0-9a-f]{40}$/i.test(value)) this.id = value;
		else if (name === "repl-offset" && /^[0-9]{1,15}$/.test(value)) this.offset = Number(value);
		else if (name === "repl-stream-db" && /^[0-9]{1,9}$/.test(value) && Number(value) < this.databases) {
			this.database = Number(value);
		}
	}

	found(): RestoredPosition | null {
		const { id, offset, database } = this;
		return id === "" || offset < 0 ? null : { id, offset, database };
	}
}
