/** What the string commands need of the server beyond the keyspace. */
export interface StringServices {
	/** proto-max-bulk-len: no string may become longer, nor LCS use more memory. */
	stringBytesMax(): number;
}
