import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { OPUS_WASM_IMPORTS, startOpusWasm, type OpusWasm } from '@loa/shared/playout/opus-decoder';

/** The package's own class throws on lost packets and has no FEC; its WebAssembly file has the plain libopus calls. */
const WASM_FILE = '@evan/opus/wasm/simd.wasm';

/** The part of the global that is needed here; the compiler's Node types do not describe it. */
interface WebAssemblyApi {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, () => void>>,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

/** Loads one instance; every decoder of a process lives in it. */
export async function loadOpusWasm(): Promise<OpusWasm> {
  const bytes = await readFile(createRequire(import.meta.url).resolve(WASM_FILE));
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const { instance } = await api.instantiate(bytes, OPUS_WASM_IMPORTS);
  return startOpusWasm(instance.exports);
}
