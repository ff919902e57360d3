import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { type Banks, type MemoryName, placeOfBit } from "./arrays.ts";
import { noteOf } from "./model-file.ts";

interface Model {
  readonly memory: WebAssembly.Memory;
  /** Makes up for changes of the memory from outside. */
  refresh(): void;
}

interface Harness {
  readonly memory: WebAssembly.Memory;
  board(clockHz: number, clocksPerBit: number): void;
  reset(): void;
  staging(): number;
  stagingSize(): number;
  push(count: number): number;
  pop(): number;
  run(cycles: number, throughSilence: number): number;
  line(bitTime: number): void;
  flashCells(): number;
  flashPresent(present: number): void;
  flashOperations(): number;
  flashCut(operation: number, fraction: number, seed: number): void;
  cycles(): number;
  levels(): number;
}

/** assembly/sim.ts: the same for all boards. */
const harnessPath = join(packageRoot, "build", "sim.wasm");
let harnessModule: WebAssembly.Module | undefined;

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
  readonly #model: Model;
  readonly #harness: Harness;
  readonly #banks: Banks | undefined;
  readonly #staging: number;
  readonly #stagingBytes: number;

  /** @param path .wasm file of buildSimulator. The board is as after power-on. */
  constructor(path: string) {
    const module = new WebAssembly.Module(readFileSync(path));
    const { clockHz, divisor, banks } = noteOf(module);
    const model = new WebAssembly.Instance(module).exports;
    harnessModule ??= new WebAssembly.Module(readFileSync(harnessPath));
    const harness = new WebAssembly.Instance(harnessModule, { model });
    this.#model = model as unknown as Model;
    this.#harness = harness.exports as unknown as Harness;
    this.#banks = banks;
    this.#harness.board(clockHz, divisor);
    this.#harness.reset();
    this.#staging = this.#harness.staging();
    this.#stagingBytes = this.#harness.stagingSize();
  }

  /** Queues bytes for the device's receiver. Returns how many found room. */
  push(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length) {
      const piece = bytes.subarray(taken, taken + this.#stagingBytes);
      new Uint8Array(this.#harness.memory.buffer, this.#staging).set(piece);
      const count = this.#harness.push(piece.length);
      taken += count;
      if (count < piece.length) break;
    }
    return taken;
  }

  /** Bytes the device has sent since the last call; empty if none. */
  pop(): Uint8Array {
    const count = this.#harness.pop();
    return new Uint8Array(this.#harness.memory.buffer, this.#staging, count).slice();
  }

  /**
   * Steps at most that many clock cycles.
   * @param throughSilence let time pass also while more cycles change nothing
   */
  run(cycles: number, throughSilence = false): RunEnd {
    return runEnds[this.#harness.run(cycles, throughSilence ? 1 : 0)];
  }

  /** Takes power away and gives it back: all is as after power-on, but the flash chip's contents. */
  powerCycle(): void {
    this.#harness.reset();
  }

  /**
   * Sets the host's end of the line to a rate.
   * @param clocks clock cycles a bit, 4 or more, to 1/256; 0 = always the device's own (the default)
   */
  setLine(clocks: number): void {
    this.#harness.line(Math.round(clocks * 256));
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
    this.#harness.flashPresent(present ? 1 : 0);
  }

  /** Program and erase operations of the flash chip so far, over all power cycles. */
  get flashOperations(): number {
    return this.#harness.flashOperations();
  }

  /** Lets power fail in an operation of the flash chip that is still to come: run() ends there. */
  cutPower({ operation, fraction, seed }: PowerCut): void {
    this.#harness.flashCut(this.flashOperations + operation, Math.round(fraction * 65536), seed);
  }

  #flashCells(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#harness.memory.buffer, this.#harness.flashCells() + offset, length);
  }

  /** Clock cycles since power-on; exact up to 2^53. */
  get cycles(): number {
    return this.#harness.cycles();
  }

  /** Outputs of the last cycle: bit 0 the UART's tx, bit 1 busy. */
  get levels(): number {
    return this.#harness.levels();
  }

  /**
   * Flips one bit of a memory array, as a fault in the memory would.
   * @param address byte of the section; @param bit 0..7
   * @returns false if there is no such byte or bit
   */
  poke(memory: MemoryName, address: number, bit: number): boolean {
    const place = this.#banks && placeOfBit(this.#banks[memory], address, bit);
    if (!place) return false;
    new Uint8Array(this.#model.memory.buffer)[place.byte] ^= place.mask;
    this.#model.refresh();
    return true;
  }
}
