/** A file of WebAssembly as Bun hands it over: its path. */
declare module "*.wasm" {
	const path: string;
	export default path;
}
