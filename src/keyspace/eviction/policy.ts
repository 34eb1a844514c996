/** What `maxmemory-policy` names: which keys may be evicted, and by what one is preferred to another. */
export interface EvictionPolicy {
	/** Only keys with a deadline may be. */
	readonly isVolatile: boolean;
	readonly rank: "none" | "lru" | "lfu" | "random" | "ttl";
}

export type PolicyName =
	| "volatile-lru"
	| "volatile-lfu"
	| "volatile-random"
	| "volatile-ttl"
	| "allkeys-lru"
	| "allkeys-lfu"
	| "allkeys-random"
	| "noeviction";

export const policies: Readonly<Record<PolicyName, EvictionPolicy>> = {
	"volatile-lru": { isVolatile: true, rank: "lru" },
	"volatile-lfu": { isVolatile: true, rank: "lfu" },
	"volatile-random": { isVolatile: true, rank: "random" },
	"volatile-ttl": { isVolatile: true, rank: "ttl" },
	"allkeys-lru": { isVolatile: false, rank: "lru" },
	"allkeys-lfu": { isVolatile: false, rank: "lfu" },
	"allkeys-random": { isVolatile: false, rank: "random" },
	noeviction: { isVolatile: false, rank: "none" },
};
