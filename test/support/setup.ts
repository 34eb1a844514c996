import { setDefaultTimeout } from "bun:test";

/** Tests wait for work, never for time; the limit is for those that hang, on a machine however slow. */
setDefaultTimeout(120_000);
