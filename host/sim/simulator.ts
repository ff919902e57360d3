import { Worker } from "node:worker_threads";
import { loadBoard } from "../board/load.ts";
import type { Board } from "../board/schema.ts";
import { compiledModule } from "../compiled-module.ts";
import { NomulError } from "../errors.ts";
import type { MemoryName } from "./arrays.ts";
import { buildSimulator } from "./build.ts";
import { FLASH_BYTES, type PowerCut } from "./machine.ts";
import type { SimulatorStats, WorkerData, WorkerMessage, WorkerRequest } from "./worker.ts";

export type { MemoryName } from "./arrays.ts";
export type { PowerCut } from "./machine.ts";
export type { SimulatorStats } from "./worker.ts";

export interface SimulatorOptions {
  /** Called while the simulator is built the first time. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** 200 byte times at 4 clocks a bit: about 1 ms of stepping. */
const BATCH_CYCLES = 8000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A board that exists only as its gateware, stepped in a worker thread. */
export class Simulator {
  readonly board: Board;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #onData: (bytes: Uint8Array) => void = () => {};
  #onClose: (error: NomulError | undefined) => void = () => {};
  #closed = false;
  #failure: Error | undefined;

  /** Use startSimulator. @param path .wasm file of that board */
  constructor(board: Board, path: string) {
    this.board = board;
    const workerData: WorkerData = { path, batchCycles: BATCH_CYCLES };
    this.#worker = new Worker(compiledModule("sim/worker"), { workerData, execArgv: [] });
    this.#worker.on("message", (message: WorkerMessage) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#failure = error;
    });
    this.#worker.on("exit", () => this.#ended());
  }

  /** Hands bytes to the board's UART. Resolves when they are in its queue of 64 KiB. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#request({ kind: "write", bytes });
  }

  /** Resolves when all bytes were received and line and engine are silent. */
  async drain(): Promise<void> {
    await this.#request({ kind: "drain" });
  }

  /** Forgets bytes that have not reached the board's queue yet. */
  async flush(): Promise<void> {
    await this.#request({ kind: "flush" });
  }

  /** Sets the one receiver of the board's bytes. */
  onData(callback: (bytes: Uint8Array) => void): void {
    this.#onData = callback;
  }

  /** Sets the one receiver of the end: without an error after close(), else with E_PORT_LOST. */
  onClose(callback: (error: NomulError | undefined) => void): void {
    this.#onClose = callback;
  }

  /**
   * Flips one bit of the gateware's table or parameter memory: a real fault.
   * @param address byte of the table or parameter section
   * @param bit 0..7
   * @throws NomulError E_RANGE if there is no such byte or bit
   */
  async poke(memory: MemoryName, address: number, bit: number): Promise<void> {
    if (await this.#request({ kind: "poke", memory, address, bit })) return;
    const { tableBytes, parameterBytes } = this.board.engine;
    const bytes = memory === "table" ? tableBytes : parameterBytes;
    throw new NomulError("E_RANGE", `no bit ${bit} of byte ${address} in the ${memory} memory`, {
      where: `${memory}[${address}]`,
      next: `Bytes are 0..${bytes - 1}, bits 0..7.`,
    });
  }

  /**
   * Sets the host's end of the line to a rate; 0 = whatever the device has, as after power-on.
   * @param baud bits a second, at most clock / 4
   */
  async setBaud(baud: number): Promise<void> {
    const clocks = baud === 0 ? 0 : this.board.clock.hz / baud;
    if (clocks !== 0 && !(clocks >= 4)) {
      throw new NomulError("E_RANGE", `no line of ${baud} baud`, {
        where: `sim:${this.board.id}`,
        next: `The highest rate is ${this.board.clock.hz / 4}.`,
      });
    }
    await this.#request({ kind: "line", clocks });
  }

  /** Holds back the device's bytes for that long, as USB serial chips do. In the device's time. */
  async setLatency(milliseconds: number): Promise<void> {
    await this.#request({
      kind: "latency",
      cycles: Math.round((this.board.clock.hz / 1000) * milliseconds),
    });
  }

  /** Takes power away and gives it back. Only the flash chip keeps its contents. */
  async powerCycle(): Promise<void> {
    await this.#request({ kind: "power-cycle" });
  }

  /** Lets power fail for a moment in an operation of the flash chip that is still to come. */
  async cutPower(cut: PowerCut): Promise<void> {
    await this.#request({ kind: "power-cut", cut });
  }

  /** Takes the flash chip off the board, or puts it back. Takes effect at the next power-on. */
  async fitFlash(present: boolean): Promise<void> {
    await this.#request({ kind: "fit-flash", present });
  }

  /** Bytes of the flash chip. @throws NomulError E_RANGE */
  async readFlash(offset: number, length: number): Promise<Uint8Array> {
    checkFlash(offset, length);
    return (await this.#request({ kind: "read-flash", offset, length })) as Uint8Array;
  }

  /** Puts bytes into the flash chip as they are: a fault. @throws NomulError E_RANGE */
  async writeFlash(offset: number, bytes: Uint8Array): Promise<void> {
    checkFlash(offset, bytes.length);
    await this.#request({ kind: "write-flash", offset, bytes });
  }

  async stats(): Promise<SimulatorStats> {
    return (await this.#request({ kind: "stats" })) as SimulatorStats;
  }

  /** Stops the board, as pulling its plug would. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }

  #request(request: WorkerRequest): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#lost());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === "data") {
      this.#onData(message.bytes);
      return;
    }
    this.#pending.get(message.id)?.resolve(message.value);
    this.#pending.delete(message.id);
  }

  #ended(): void {
    const asked = this.#closed && !this.#failure;
    this.#closed = true;
    for (const { reject } of this.#pending.values()) reject(this.#lost());
    this.#pending.clear();
    this.#onClose(asked ? undefined : this.#lost());
  }

  #lost(): NomulError {
    const why = this.#failure ? `: ${this.#failure.message}` : "";
    return new NomulError("E_PORT_LOST", `the simulator has ended${why}`, {
      where: `sim:${this.board.id}`,
      next: "Open the port again.",
      cause: this.#failure,
    });
  }
}

function checkFlash(offset: number, length: number): void {
  if (Number.isInteger(offset) && offset >= 0 && length >= 0 && offset + length <= FLASH_BYTES)
    return;
  throw new NomulError("E_RANGE", `no ${length} bytes at byte ${offset} of the flash chip`, {
    where: "flash",
    next: `It has ${FLASH_BYTES} bytes.`,
  });
}

/**
 * Powers up a simulated board; builds it first when it is not in the cache (seconds).
 * @throws NomulError E_BOARD_UNKNOWN, E_BOARD_FILE, E_BUILD_FAILED
 */
export async function startSimulator(
  boardId: string,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const board = loadBoard(boardId);
  const { path } = await buildSimulator(board, options);
  const simulator = new Simulator(board, path);
  // As a board that had power before it was opened: it does not hear frames while it starts.
  await simulator.drain();
  return simulator;
}
