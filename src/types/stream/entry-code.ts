/**
 * How an entry lies in its run.
 *
 *     run     fieldCount, fields …, entry, entry …          numbers and strings as in packing.ts
 *     entry   head:1  [ms]  [sequence]  values …                                     with the fields of the run
 *             head:1  [ms]  [sequence]  fieldCount  field value field value …        with its own
 *     head    code << 2 | hasOwnFields << 1 | isDeleted
 *
 * The code says how the id follows from the one before:
 *
 *     0           the same millisecond, the next sequence number
 *     1 … 40      so many milliseconds later, sequence number 0
 *     41 … 60     code - 40 milliseconds later, the same sequence number
 *     62          `ms` later, sequence number 0
 *     63          `ms` later, and `sequence`: the number itself, or within the same millisecond what is added to it
 *
 * Before the first entry of a run lies the run's id less one sequence number, so its code is 0. A value that is also that
 * of the same field in the first entry, whose fields are those of the run, is the one byte SAME_VALUE: names of sensors,
 * states and the like cost next to nothing. What is added with `*` at least 25 times a second costs one byte beside its
 * values.
 */
export const ENTRY_DELETED = 1;
export const ENTRY_OWN_FIELDS = 2;
export const CODE_SHIFT = 2;
export const CODE_NEXT = 0;
export const CODE_TIME_MAX = 40;
export const CODE_SAME_SEQUENCE_MAX = 60;
export const CODE_TIME = 62;
export const CODE_BOTH = 63;
