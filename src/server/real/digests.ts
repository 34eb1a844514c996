import { createHash } from "node:crypto";
import type { Digests } from "../../adapters/digests.ts";

/** Those of the runtime. */
export const realDigests: Digests = {
	sha256: (bytes) => createHash("sha256").update(bytes).digest(),
};
