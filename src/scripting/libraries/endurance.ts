/** What long calls of ours ask, so that they take no longer than a script may. */
export interface Endurance {
	/**
	 * Whether the script has had its time and can be left in the middle of the function that the thread is in, which says
	 * whether it may be. Raises an error where it cannot be left and has had far too much.
	 */
	mustLeave(thread: number, mayBeLeft: boolean): boolean;
	/**
	 * Leaves the script: what this returns, the function returns. In later turns `rest` is called until it is done: it pushes
	 * the results of the function to the thread that it is given and returns how many there are, or -1.
	 */
	leave(thread: number, rest: (thread: number) => number): number;
}
