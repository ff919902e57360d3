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
  run(cycles: number, throughSilence: number): number;
  line(bitTime: number): void;
  flash(): number;
  flash_present(present: number): void;
  flash_operations(): number;
  flash_cut(operation: number, fraction: number, seed: number): void;
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

/** Why run() ended: its cycles are over, line and engine are silent, or power was cut. */
export type RunEnd = "cycles" | "silent" | "power-cut";
const runEnds: readonly RunEnd[] = ["cycles", "silent", "power-cut"];

export interface PowerCut {
  /** Program and erase operations of the flash chip that begin before the one to cut, from now on. */
  readonly operation: number;
  /** How much of that operation is done then, 0..1, in bits chosen by the seed. */
  readonly fraction: number;
  /** 1..2^32 - 1 */
  readonly seed: number;
}

/** Bytes of the flash chip that every simulated board carries. */
export const FLASH_BYTES = 1 << 24;

/** One simulated board: gateware, clock, flash chip and the host's end of its UART. Single-threaded. */
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
   * @param throughSilence let time pass also while more cycles change nothing
   */
  run(cycles: number, throughSilence = false): RunEnd {
    return runEnds[this.#wasm.run(cycles, throughSilence ? 1 : 0)];
  }

  /** Takes power away and gives it back: all is as after power-on, but the flash chip's contents. */
  powerCycle(): void {
    this.#wasm.reset();
  }

  /**
   * Sets the host's end of the line to a rate.
   * @param clocks clock cycles a bit, 4 or more, to 1/256; 0 = always the device's own (the default)
   */
  setLine(clocks: number): void {
    this.#wasm.line(Math.round(clocks * 256));
  }

  /** Bytes of the flash chip. @param offset of the chip, 0..FLASH_BYTES - 1 */
  readFlash(offset: number, length: number): Uint8Array {
    return this.#flashCells(offset, length).map((cell) => ~cell);
  }

  /** Puts bytes into the flash chip as they are, without erasing: a fault, or what was there before. */
  writeFlash(offset: number, bytes: Uint8Array): void {
    this.#flashCells(offset, bytes.length).set(bytes.map((byte) => ~byte));
  }

  /** Takes the flash chip off the board, or puts it back. */
  fitFlash(present: boolean): void {
    this.#wasm.flash_present(present ? 1 : 0);
  }

  /** Program and erase operations of the flash chip so far, over all power cycles. */
  get flashOperations(): number {
    return this.#wasm.flash_operations();
  }

  /** Lets power fail in an operation of the flash chip that is still to come: run() ends there. */
  cutPower({ operation, fraction, seed }: PowerCut): void {
    this.#wasm.flash_cut(this.flashOperations + operation, Math.round(fraction * 65536), seed);
  }

  #flashCells(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, this.#wasm.flash() + offset, length);
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
