import { existsSync, readFileSync } from "node:fs";
import { NomulError } from "../errors.ts";
import { type Call as ThreadCall, WasmThreads } from "../wasm-threads.ts";
import type { KernelExports } from "./kernel-exports.ts";

/** One kernel with its arguments. */
export type Call = ThreadCall<keyof KernelExports>;

/** Calls that one thread makes, in order. */
export type Part = readonly Call[];

let compiled: WebAssembly.Module | undefined;

/** build/host.wasm, seen from the sources (host/fit) and from the built package (dist/host/fit). */
function compile(): WebAssembly.Module {
  if (compiled) return compiled;
  const places = ["../../build/host.wasm", "../../../build/host.wasm"];
  for (const place of places) {
    const url = new URL(place, import.meta.url);
    if (!existsSync(url)) continue;
    compiled = new WebAssembly.Module(readFileSync(url));
    return compiled;
  }
  throw new NomulError("E_FILE_MISSING", "the learning kernels are not built", {
    where: "build/host.wasm",
    next: "run `npm run build:wasm` in the nomul checkout, or reinstall the package",
  });
}

/**
 * The learning kernels with a linear memory of their own, handed out from bottom to top.
 * A view (`f32`, `i16`, …) sees what is allocated when it is made.
 */
export class Kernels {
  readonly run: KernelExports;
  readonly memory: WebAssembly.Memory;
  readonly #threads: WasmThreads;
  #top: number;

  /** @param threads that share the work of `inParallel`, this one included; default 1 */
  constructor(threads = 1) {
    const module = compile();
    // 4 GiB, as the module declares: addresses only, until they are used.
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.run = instance.exports as unknown as KernelExports;
    this.#threads = new WasmThreads(module, this.memory, instance.exports, threads);
    this.#top = (this.run.fit_heap_base() + 15) & ~15;
  }

  /** Address of `bytes` fresh bytes, aligned to 16; their content is undefined. */
  allocate(bytes: number): number {
    const at = this.#top;
    const top = at + Math.ceil(bytes / 16) * 16;
    const missing = top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    this.#top = top;
    return at;
  }

  /** @see WasmThreads.run */
  inParallel(parts: readonly Part[]): number {
    return this.#threads.run(parts);
  }

  /** Ends the threads. */
  close(): void {
    this.#threads.close();
  }

  /** Runs `work`, then frees everything it allocated. */
  scoped<T>(work: () => T): T {
    const top = this.#top;
    try {
      return work();
    } finally {
      this.#top = top;
    }
  }

  /** Allocates a copy of an array and returns its address. */
  put(
    data:
      | Float32Array
      | Float64Array
      | Int16Array
      | Uint16Array
      | Int8Array
      | Uint8Array
      | Uint32Array,
  ): number {
    const at = this.allocate(data.byteLength);
    new Uint8Array(this.memory.buffer, at, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return at;
  }

  u8(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }
  i16(at: number, length: number): Int16Array {
    return new Int16Array(this.memory.buffer, at, length);
  }
  u16(at: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, at, length);
  }
  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, length);
  }
  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }
  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }
  f64(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }
}
