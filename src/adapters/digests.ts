/** Cryptographic hashes; the runtime's own in earnest. */
export interface Digests {
	/** The 32 bytes of SHA-256. */
	sha256(bytes: Uint8Array): Uint8Array;
}
