import { readFileSync } from "node:fs";

/** Memory arrays of the gateware in which a bit can be flipped. */
export const memoryNames = ["table", "parameter"] as const;
export type MemoryName = (typeof memoryNames)[number];

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  reset(): void;
  staging(): number;
  staging_size(): number;
  push(count: number): number;
  pop(): number;
  run(cycles: number): number;
  cycles(): number;
  general_cycles(): number;
  levels(): number;
  poke(memory: number, address: number, bit: number): number;
}

/** The model has no files, no clock and no arguments: whatever libc asks for is a defect. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`the simulated gateware stopped in ${name}`);
    };
  }
  return imports;
}

/** One simulated board: gateware, clock and the host's end of its UART. Single-threaded. */
export class Machine {
  readonly #wasm: Exports;
  readonly #staging: number;
  readonly #stagingBytes: number;

  /** @param path .wasm file of buildSimulator. The board is as after power-on. */
  constructor(path: string) {
    const module = new WebAssembly.Module(readFileSync(path));
    const instance = new WebAssembly.Instance(module, importsOf(module));
    this.#wasm = instance.exports as unknown as Exports;
    this.#wasm._initialize();
    this.#wasm.reset();
    this.#staging = this.#wasm.staging();
    this.#stagingBytes = this.#wasm.staging_size();
  }

  /** Queues bytes for the device's receiver. Returns how many found room. */
  push(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length) {
      const piece = bytes.subarray(taken, taken + this.#stagingBytes);
      new Uint8Array(this.#wasm.memory.buffer, this.#staging).set(piece);
      const count = this.#wasm.push(piece.length);
      taken += count;
      if (count < piece.length) break;
    }
    return taken;
  }

  /** Bytes the device has sent since the last call; empty if none. */
  pop(): Uint8Array {
    const count = this.#wasm.pop();
    return new Uint8Array(this.#wasm.memory.buffer, this.#staging, count).slice();
  }

  /**
   * Steps at most that many clock cycles.
   * @returns true when it stopped because line and engine are silent: more cycles change nothing
   */
  run(cycles: number): boolean {
    return this.#wasm.run(cycles) === 1;
  }

  /** Clock cycles since power-on; exact up to 2^53. */
  get cycles(): number {
    return this.#wasm.cycles();
  }

  /** Those of the cycles that no phase covers: the slow ones (host/sim/phases.ts). */
  get generalCycles(): number {
    return this.#wasm.general_cycles();
  }

  /** Outputs of the last cycle: bit 0 the UART's tx, bit 1 busy. */
  get levels(): number {
    return this.#wasm.levels();
  }

  /**
   * Flips one bit of a memory array, as a fault in the memory would.
   * @param address byte of the section; @param bit 0..7
   * @returns false if there is no such byte or bit
   */
  poke(memory: MemoryName, address: number, bit: number): boolean {
    if (!Number.isInteger(address) || address < 0 || !Number.isInteger(bit) || bit < 0) {
      return false;
    }
    return this.#wasm.poke(memoryNames.indexOf(memory), address, bit) === 1;
  }
}
