import { readFileSync } from "node:fs";
// The path of the file, which the executable carries inside.
import path from "wasmoon-lua5.1/dist/liblua5.1.wasm" with { type: "file" };

let compiled: WebAssembly.Module | null = null;

/** Lua, compiled once in a process. */
export function luaModule(): WebAssembly.Module {
	if (compiled === null) {
		compiled = new WebAssembly.Module(askingForWideIntegers(hashingAllBytes(readFileSync(path))));
		if (WebAssembly.Module.imports(compiled)[ENVIRON_GET]?.name !== "environ_get") throw new Error(UNKNOWN);
	}
	return compiled;
}

/** Its number among the imports. */
const ENVIRON_GET = 14;
const UNKNOWN = "this is not the Lua that we know";

/**
 * Lua skips bytes when it hashes strings of 32 and more: every (length >> 5) + 1st counts. In Redis's Lua all of them do,
 * and hashes decide the order of keys, in what cjson and cmsgpack write as well. So we shift by 31 instead of by 5.
 *
 *     local.get 2, i32.const 5, i32.shr_u, local.tee 5, i32.gt_u, if
 */
function hashingAllBytes(module: Buffer): Buffer {
	const step = Buffer.from([0x20, 0x02, 0x41, 0x05, 0x76, 0x22, 0x05, 0x4b, 0x04, 0x40]);
	module[only(module, step) + 3] = 31;
	return module;
}

/**
 * A number that does not fit into 32 bits is -2^31 to lua_tointeger here, while Redis's integers have 64 bits. So it
 * asks us: in place of the constant it calls environ_get, which nobody needs, with the state and a pointer to the number.
 *
 *     f64.const 2^31, f64.lt, if, local.get 3, i32.trunc_f64_s, br 1, end, i32.const -2^31
 */
function askingForWideIntegers(module: Buffer): Buffer {
	const constant = [0x41, 0x80, 0x80, 0x80, 0x80, 0x78];
	const step = [0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x41, 0x63, 0x04, 0x40, 0x20, 0x03, 0xaa, 0x0c, 0x01, 0x0b, ...constant];
	const end = [0x0b, 0x20, 0x02, 0x41, 0x10, 0x6a, 0x24, 0x00, 0x0b];
	const at = only(module, Buffer.from([...step, ...end])) + step.length - constant.length;
	// local.get 0, local.get 1, call
	module.set([0x20, 0x00, 0x20, 0x01, 0x10, ENVIRON_GET], at);
	return module;
}

/** Where such bytes are. */
function only(module: Buffer, bytes: Buffer): number {
	const at = module.indexOf(bytes);
	if (at < 0 || module.indexOf(bytes, at + 1) >= 0) throw new Error(UNKNOWN);
	return at;
}
