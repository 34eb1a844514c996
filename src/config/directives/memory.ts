/** Directives of memory: its limit, eviction, expiry, lazy freeing, and from where on a value is no longer packed. */
import { directive, isOn } from "../directive.ts";
import {
	memory as bytes,
	INT32_MAX,
	INT32_MIN,
	INT64_MAX,
	integer,
	oneOf,
	UINT64_MAX,
	yesNo,
} from "../simple-types.ts";

const unsigned = integer(0, INT64_MAX);
const evictionPolicy = oneOf(
	"volatile-lru",
	"volatile-lfu",
	"volatile-random",
	"volatile-ttl",
	"allkeys-lru",
	"allkeys-lfu",
	"allkeys-random",
	"noeviction",
);

export const memory = {
	maxmemory: directive(bytes(0, UINT64_MAX), "0", "Memory the data may take before keys are evicted; 0 is no limit."),
	"maxmemory-policy": directive(evictionPolicy, "noeviction", "Which keys are evicted when memory runs out."),
	"maxmemory-samples": directive(integer(1, INT32_MAX), "5", "Keys compared to find the one to evict."),
	"maxmemory-eviction-tenacity": directive(integer(0, 100), "10", "How much latency eviction may cost, 0 to 100."),
	"lfu-log-factor": directive(integer(0, INT32_MAX), "10", "How many hits it takes to raise a key's LFU counter."),
	"lfu-decay-time": directive(integer(0, INT32_MAX), "1", "Minutes after which a key's LFU counter goes down by one."),
	"active-expire-effort": directive(integer(1, 10), "1", "How much time active expiry may take, 1 to 10."),
	"lazyfree-lazy-eviction": directive(yesNo, "no", "Free evicted values in the background."),
	"lazyfree-lazy-expire": directive(yesNo, "no", "Free expired values in the background."),
	"lazyfree-lazy-server-del": directive(yesNo, "no", "Free overwritten values in the background."),
	"lazyfree-lazy-user-del": directive(yesNo, "no", "Let DEL do what UNLINK does."),
	"lazyfree-lazy-user-flush": directive(yesNo, "no", "Let FLUSHALL and FLUSHDB be ASYNC unless told otherwise."),
	activerehashing: directive(yesNo, "yes", "Kept for compatibility: tables grow a segment at a time."),
	activedefrag: directive(yesNo, "no", "Move values together while the server runs.", { pending: isOn }),
	"active-defrag-ignore-bytes": directive(bytes(1), "100mb", "Waste below which nothing is moved."),
	"active-defrag-threshold-lower": directive(integer(0, 1000), "10", "Percent of waste at which moving starts."),
	"active-defrag-threshold-upper": directive(integer(0, 1000), "100", "Percent of waste at which it uses full effort."),
	"active-defrag-cycle-min": directive(integer(1, 99), "1", "Percent of the processor moving uses at first."),
	"active-defrag-cycle-max": directive(integer(1, 99), "25", "Percent of the processor moving uses at most."),
	"active-defrag-max-scan-fields": directive(integer(1, INT64_MAX), "1000", "Members of one collection moved at once."),
	"hash-max-listpack-entries": directive(unsigned, "512", "Most fields of a hash that is still packed.", {
		aliases: ["hash-max-ziplist-entries"],
	}),
	"hash-max-listpack-value": directive(bytes(), "64", "Longest field or value of a hash that is still packed.", {
		aliases: ["hash-max-ziplist-value"],
	}),
	"list-max-listpack-size": directive(
		integer(INT32_MIN, INT32_MAX),
		"-2",
		"Most elements of a packed block of a list, or its size: -1 to -5 are 4, 8, 16, 32 and 64 kilobytes.",
		{ aliases: ["list-max-ziplist-size"] },
	),
	"list-compress-depth": directive(integer(0, INT32_MAX), "0", "Blocks at each end of a list that stay uncompressed."),
	"set-max-intset-entries": directive(unsigned, "512", "Most members of a set of integers that is still packed."),
	"set-max-listpack-entries": directive(unsigned, "128", "Most members of any other set that is still packed."),
	"set-max-listpack-value": directive(unsigned, "64", "Longest member of a set that is still packed."),
	"zset-max-listpack-entries": directive(unsigned, "128", "Most members of a sorted set that is still packed.", {
		aliases: ["zset-max-ziplist-entries"],
	}),
	"zset-max-listpack-value": directive(bytes(), "64", "Longest member of a sorted set that is still packed.", {
		aliases: ["zset-max-ziplist-value"],
	}),
	"hll-sparse-max-bytes": directive(bytes(), "3000", "Largest HyperLogLog in sparse form."),
	"stream-node-max-bytes": directive(bytes(), "4kb", "Largest run of packed stream entries; 0 is no limit."),
	"stream-node-max-entries": directive(unsigned, "100", "Most entries of a run of a stream; 0 is no limit."),
	"tracking-table-max-keys": directive(unsigned, "1000000", "Keys remembered for client-side caching; 0 is no limit."),
} as const;
