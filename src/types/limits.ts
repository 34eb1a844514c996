/**
 * Up to where a value counts as small: the thresholds of OBJECT ENCODING, one object a server, set from its
 * configuration. Names and defaults are those of the directives (`hash-max-listpack-entries` and so on).
 */
export class Limits {
	hashEntries = 512;
	/** Longest field or value of a packed hash, bytes. */
	hashValueBytes = 64;
	/** Elements of a block of a list where positive; -1 to -5 stand for 4, 8, 16, 32 and 64 kilobytes. */
	listBlock = -2;
	intsetEntries = 512;
	setEntries = 128;
	setValueBytes = 64;
	sortedSetEntries = 128;
	sortedSetValueBytes = 64;
	/** Largest HyperLogLog in sparse form, bytes. */
	hyperLogLogSparseBytes = 3000;
	/** Largest run of packed stream entries, bytes and entries; 0 is no limit. */
	streamNodeBytes = 4096;
	streamNodeEntries = 100;
}
