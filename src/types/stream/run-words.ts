/** Words of a run in the directory of its block; the id of its first entry comes first. */
export const RUN_WORDS = 8;
export const RUN_OFFSET = 4;
export const RUN_BYTES = 5;
/** Entries that are not deleted. */
export const RUN_LIVE = 6;
/** All entries. */
export const RUN_TOTAL = 7;
