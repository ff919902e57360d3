import { existsSync, readFileSync } from "node:fs";
import { NomulError } from "../errors.ts";

/** Exports of build/host.wasm that learning uses; shapes are documented in assembly/fit. */
interface FitExports {
  readonly memory: WebAssembly.Memory;
  fit_heap_base(): number;
  fit_order(values: number, rows: number, counts: number, order: number): void;
  fit_bucket_moments(
    features: number,
    rows: number,
    F: number,
    bucket: number,
    buckets: number,
    counts: number,
    sums: number,
    squares: number,
  ): void;
  fit_split_search(
    order: number,
    rows: number,
    features: number,
    F: number,
    column: number,
    bucket: number,
    buckets: number,
    counts: number,
    sums: number,
    scratch: number,
    out: number,
  ): number;
  fit_split_apply(values: number, rows: number, thresholds: number, bucket: number): void;
  fit_gram_add(codes: number, rows: number, C: number, gram: number): void;
  fit_targets_add(
    codes: number,
    rows: number,
    C: number,
    targets: number,
    M: number,
    sums: number,
  ): void;
  fit_lookup_f32(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    out: number,
  ): void;
  fit_lookup_i8(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    out: number,
  ): void;
  fit_cholesky(a: number, n: number): number;
  fit_cholesky_solve(l: number, n: number, b: number, M: number): void;
  fit_dense(
    x: number,
    rows: number,
    D: number,
    w: number,
    bias: number,
    M: number,
    out: number,
  ): void;
  fit_relu(x: number, count: number): void;
  fit_relu_gradient(output: number, gradient: number, count: number): void;
  fit_dense_gradient(
    x: number,
    rows: number,
    D: number,
    w: number,
    M: number,
    dout: number,
    dw: number,
    dbias: number,
    dx: number,
  ): void;
  fit_softmax(logits: number, rows: number, M: number, classes: number, labels: number): number;
  fit_adam(
    w: number,
    g: number,
    m: number,
    v: number,
    count: number,
    rate: number,
    correction: number,
  ): void;
  fit_tree_codes(
    x: number,
    rows: number,
    D: number,
    dims: number,
    thresholds: number,
    C: number,
    codes: number,
  ): void;
  fit_tree_drop(codes: number, count: number, share: number, state: number): number;
  fit_tree_sums(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    bias: number,
    factor: number,
    out: number,
  ): void;
  fit_tree_gradient(
    x: number,
    rows: number,
    D: number,
    dims: number,
    thresholds: number,
    C: number,
    codes: number,
    tables: number,
    M: number,
    dout: number,
    dtables: number,
    dthresholds: number,
    dx: number,
  ): void;
  fit_scale(x: number, count: number, factor: number): void;
  fit_entry_scales(
    tables: number,
    C: number,
    M: number,
    limit: number,
    common: number,
    centre: number,
    scale: number,
  ): void;
  fit_entry_round(
    tables: number,
    C: number,
    M: number,
    centre: number,
    scale: number,
    out: number,
  ): void;
}

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
 * A view (`f32`, `i16`, …) is valid until the next allocation: growing detaches it.
 */
export class Kernels {
  readonly run: FitExports;
  #top: number;

  constructor() {
    const instance = new WebAssembly.Instance(compile(), {});
    this.run = instance.exports as unknown as FitExports;
    this.#top = (this.run.fit_heap_base() + 15) & ~15;
  }

  /** Address of `bytes` fresh bytes, aligned to 16; their content is undefined. */
  allocate(bytes: number): number {
    const at = this.#top;
    const top = at + Math.ceil(bytes / 16) * 16;
    const missing = top - this.run.memory.buffer.byteLength;
    if (missing > 0) this.run.memory.grow(Math.ceil(missing / 65536));
    this.#top = top;
    return at;
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
  put(data: Float32Array | Float64Array | Int16Array | Uint16Array | Int8Array | Uint8Array): number {
    const at = this.allocate(data.byteLength);
    new Uint8Array(this.run.memory.buffer, at, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return at;
  }

  u8(at: number, length: number): Uint8Array {
    return new Uint8Array(this.run.memory.buffer, at, length);
  }
  i16(at: number, length: number): Int16Array {
    return new Int16Array(this.run.memory.buffer, at, length);
  }
  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.run.memory.buffer, at, length);
  }
  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.run.memory.buffer, at, length);
  }
  f64(at: number, length: number): Float64Array {
    return new Float64Array(this.run.memory.buffer, at, length);
  }
}
