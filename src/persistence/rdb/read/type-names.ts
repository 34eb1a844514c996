/** As redis-check-rdb calls the types of values, by their numbers. */
const NAMES = [
	"string",
	"list-linked",
	"set-hashtable",
	"zset-v1",
	"hash-hashtable",
	"zset-v2",
	"module-pre-release",
	"module-value",
	"",
	"hash-zipmap",
	"list-ziplist",
	"set-intset",
	"zset-ziplist",
	"hash-ziplist",
	"quicklist",
	"stream",
	"hash-listpack",
	"zset-listpack",
	"quicklist-v2",
	"stream-v2",
	"set-listpack",
	"stream-v3",
	"hash-hashtable-md-pre-release",
	"hash-listpack-md-pre-release",
	"hash-hashtable-md",
	"hash-listpack-md",
];

export function typeName(type: number): string {
	return NAMES[type] ?? "unknown";
}
