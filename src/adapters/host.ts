/** The process and the machine, as INFO and the log report them. */
export interface Host {
	readonly pid: number;
	/** As `uname -srm` prints it. */
	readonly system: string;
	/** `bun 1.4.5`, where Redis names its compiler. */
	readonly runtime: string;
	readonly executable: string;
	/** Bytes resident in memory. */
	residentBytes(): number;
	/** Bytes of physical memory of the machine. */
	readonly physicalBytes: number;
	/** Bytes of the JavaScript heap in use as of its last collection, typed arrays not counted. Cheap. */
	heapBytes(): number;
	/** Frees what the runtime has not collected yet: now, in tens of milliseconds, or soon and on the side. */
	collectGarbage(isUrgent: boolean): void;
	/** CPU time used since the start, seconds. */
	cpu(): { user_s: number; system_s: number };
	/** How many file descriptors the process may open. */
	descriptorLimit(): number;
	/** Does nothing at all for so long: no timer fires, no client is served. For DEBUG SLEEP. */
	sleep(duration_ms: number): void;
	/** Writes one line to standard output. */
	print(line: string): void;
	/** True where standard output is a terminal. */
	readonly isTerminal: boolean;
	/** Shows a line at the end of a terminal, in place of the one shown before; "" takes that away. */
	showProgress?(line: string): void;
	/** Writes to the system log under the given identity, where the machine has one. */
	syslog(ident: string, line: string): void;
}
