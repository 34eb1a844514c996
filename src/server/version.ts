/** The version of this program; the build replaces both by define. */
declare const REDIS_LITE_VERSION: string;
declare const REDIS_LITE_COMMIT: string;

export const VERSION = typeof REDIS_LITE_VERSION === "string" ? REDIS_LITE_VERSION : "0.1.0";
/** First digits of the git commit, zeros in a run from source. */
export const COMMIT = typeof REDIS_LITE_COMMIT === "string" ? REDIS_LITE_COMMIT : "00000000";

export function versionLine(): string {
	return `Redis-lite server v=${VERSION} sha=${COMMIT}:0 redis=7.2.4 bits=64`;
}
