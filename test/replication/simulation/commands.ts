/**
 * What clients of a simulation send: random commands of all types to few keys, so that they meet. Most come from the
 * lines and groups of the differential tests; what those leave out because no two servers would agree about it (short
 * lives, chance, scripts) is here, for here it is one server that decides and others that follow.
 */
import { Generator, type Group } from "../../differential/generate.ts";
import { bitmapGroup } from "../../differential/groups/bitmap.ts";
import { geoGroup } from "../../differential/groups/geo.ts";
import { hashGroup } from "../../differential/groups/hash.ts";
import { hyperloglogGroup } from "../../differential/groups/hyperloglog.ts";
import { listGroup } from "../../differential/groups/list.ts";
import { setGroup } from "../../differential/groups/set.ts";
import { sortedSetGroup } from "../../differential/groups/sorted-set.ts";
import { sortedSetAlgebraGroup } from "../../differential/groups/sorted-set-algebra.ts";
import { streamGroup } from "../../differential/groups/stream.ts";
import { stringGroup } from "../../differential/groups/string.ts";
import { fill, reading, writing, writingByChance } from "../../differential/interleave-commands.ts";
import { Source } from "../../differential/source.ts";

export type Words = readonly string[];

const groups: readonly Group[] = [
	stringGroup,
	listGroup,
	hashGroup,
	setGroup,
	sortedSetGroup,
	sortedSetAlgebraGroup,
	streamGroup,
	geoGroup,
	hyperloglogGroup,
	bitmapGroup,
];

const lines = (text: string): readonly string[] => text.trim().split(/\s*\n\s*/);

/** `<soon>` is a life of some milliseconds to seconds, `<at>` the moment when such a life ends. */
const living = lines(`
	SET <s> <v> PX <soon>
	SET <s> <v> PXAT <at>
	PSETEX <s> <soon> <v>
	PEXPIRE <k> <soon>
	PEXPIRE <k> <soon> NX
	PEXPIRE <k> <soon> GT
	PEXPIREAT <k> <at>
	GETEX <s> PX <soon>
	HPEXPIRE h1 <soon> FIELDS 1 <f>
	HPEXPIREAT h1 <at> FIELDS 2 f g
	HSETEX h1 PX <soon> FIELDS 1 <f> <v>
	HGETEX h1 PX <soon> FIELDS 1 <f>
	HPERSIST h1 FIELDS 1 <f>
	RESTORE <k> <soon> <dump> REPLACE
`);

const chancy = lines(`
	SPOP <t> <n>
	SPOP <t>
	SRANDMEMBER <t>
	RANDOMKEY
	ZRANDMEMBER <z> 2
	HINCRBYFLOAT <h> <f> 0.1
	INCRBYFLOAT <s> 0.3
	XADD <x> * <f> <v>
	XADD <x> MAXLEN ~ 3 * <f> <v>
	XTRIM x1 MAXLEN ~ 1
	XAUTOCLAIM x1 <g> <c> 0 0 COUNT 2
	XREADGROUP GROUP <g> <c> COUNT 2 STREAMS x1 >
	PFADD p1 <v> <e>
	PFCOUNT p1
	PUBLISH news <v>
`);

/** In seconds; whoever waits longer stops waiting. */
const blocking = lines(`
	BLPOP l1 l2 0.3
	BRPOP l2 1
	BLMOVE l2 <l> LEFT RIGHT 0.5
	BRPOPLPUSH l1 l2 1
	BLMPOP 0.4 2 l1 l2 RIGHT COUNT 2
	BZPOPMIN z1 z2 0.4
	BZMPOP 1 1 z2 MAX COUNT 2
	XREAD BLOCK 300 STREAMS x1 $
	XREADGROUP GROUP g1 c1 BLOCK 300 STREAMS x1 >
`);

const scripts: readonly string[] = [
	"redis.call('INCR', KEYS[1]); redis.call('RPUSH', KEYS[2], ARGV[1]); return 1",
	"for i = 1, 5 do redis.call('SADD', KEYS[1], ARGV[1] .. math.random(100)) end",
	"redis.call('SET', KEYS[1], redis.call('TIME')[1]); return redis.call('PEXPIRE', KEYS[1], ARGV[2])",
	"local member = redis.call('SPOP', KEYS[1]); redis.call('LPUSH', KEYS[2], tostring(member)); return member",
	"redis.call('SET', KEYS[1], 'x'); return redis.error_reply('on purpose')",
	"redis.call('SET', KEYS[1], 'before'); redis.call('LPUSH', KEYS[1], 'fails'); return 1",
	"return redis.call('GET', KEYS[1])",
];

export class Commands {
	private readonly source: Source;
	private readonly generator: Generator;
	private readonly now_ms: () => number;
	private readonly usesScripts: boolean;
	private readonly empties: boolean;

	/** `empties`: whether it takes away whole databases now and then. */
	constructor(seed: number, now_ms: () => number, usesScripts: boolean, empties: boolean) {
		this.source = new Source(seed, 2);
		this.generator = new Generator(seed, 2, groups);
		this.now_ms = now_ms;
		this.usesScripts = usesScripts;
		this.empties = empties;
	}

	/** Some that belong together. */
	next(): Words[] {
		const { source } = this;
		const pick = source.below(100);
		if (pick < 8) return [this.line(blocking)];
		if (pick < 20) return ["MULTI", ...source.several(0, 5, () => this.line(this.some())), "EXEC"].map(wordsOf);
		if (pick < 24 && this.usesScripts) return [this.script()];
		if (pick < 26) return [["SELECT", source.choose(["0", "0", "1", "2"])]];
		if (pick < 45) return this.generated();
		if (pick < 50) return [this.line(reading)];
		return source.several(1, 6, () => this.line(this.some()));
	}

	private some(): readonly string[] {
		const pick = this.source.below(10);
		if (pick < 3) return living;
		if (pick < 5) return chancy;
		return pick === 5 ? writingByChance : writing;
	}

	private line(from: readonly string[]): Words {
		for (;;) {
			const words = this.filled(this.source.choose(from));
			const isRare = ["FLUSHALL", "FLUSHDB", "SWAPDB"].includes(words[0]!);
			// Or little would ever grow.
			if (!isRare || (this.empties && this.source.chance(15))) return words;
		}
	}

	private filled(line: string): Words {
		const soon = () => String(1 + this.source.below(this.source.choose([30, 1000, 4000])));
		const at = () => String(this.now_ms() + this.source.between(-50, 3000));
		return fill(this.source, line.replace(/<soon>/g, soon).replace(/<at>/g, at));
	}

	private generated(): Words[] {
		const step = this.generator.next();
		if (step.kind !== "pipeline") return [];
		return step.commands.map(({ args }) => args).filter(([name]) => name !== undefined && !isUnfit(name));
	}

	private script(): Words {
		const { source } = this;
		const keys = [source.choose(["s1", "t1", "l1"]), source.choose(["l1", "l2"])];
		return ["EVAL", source.choose(scripts), "2", ...keys, source.choose(["a", "b"]), String(1 + source.below(2000))];
	}
}

function wordsOf(words: string | Words): Words {
	return typeof words === "string" ? [words] : words;
}

/** It may wait for ever, or change what the operator decides. */
function isUnfit(name: string): boolean {
	return /^(b[lrz]|xread|config|debug)/i.test(name);
}
