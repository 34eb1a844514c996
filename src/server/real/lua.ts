import { readFileSync } from "node:fs";
// The path of the file, which the executable carries inside.
import path from "wasmoon-lua5.1/dist/liblua5.1.wasm" with { type: "file" };

let compiled: WebAssembly.Module | null = null;

/** Lua, compiled once in a process. */
export function luaModule(): WebAssembly.Module {
	compiled ??= new WebAssembly.Module(hashingAllBytes(readFileSync(path)));
	return compiled;
}

/**
 * Lua skips bytes when it hashes strings of 32 and more: every (length >> 5) + 1st counts. In Redis's Lua all of them do,
 * and hashes decide the order of keys, in what cjson and cmsgpack write as well. So we shift by 31 instead of by 5.
 *
 *     local.get 2, i32.const 5, i32.shr_u, local.tee 5, i32.gt_u, if
 */
function hashingAllBytes(module: Buffer): Buffer {
	const step = Buffer.from([0x20, 0x02, 0x41, 0x05, 0x76, 0x22, 0x05, 0x4b, 0x04, 0x40]);
	const at = module.indexOf(step);
	if (at < 0 || module.indexOf(step, at + 1) >= 0) throw new Error("this is not the Lua that we know");
	module[at + 3] = 31;
	return module;
}
