/** A serial line that harms what it carries: a fake of the wire, of nothing else. */
import { NomulError } from "../host/errors.ts";
import type { Random } from "../host/fit/random.ts";
import type { Port } from "../host/link/port.ts";

/** What happens on the line, and how many bytes one such event harms: a rate counts bytes. */
const spans = {
  "byte dropped": 1,
  "byte doubled": 1,
  "bit flipped": 1,
  "bytes swapped": 2,
  "foreign text": 14,
  "100 bytes lost": 100,
  "100 bytes garbled": 100,
  "chunks swapped": 100,
  "chunk delayed": 100,
} as const;

export type Harm = keyof typeof spans;
export const harms = Object.keys(spans) as Harm[];

const BURST_BYTES = 100;
const TEXT = new TextEncoder().encode("\r\nlog: hello\r\n");
/** Around and beyond the host's waits, which are at least 25 ms. */
const DELAY_MS = [10, 300] as const;

export interface LineOptions {
  readonly random: Random;
  /** Kinds of harm that occur, each as often as the others. */
  readonly harms: readonly Harm[];
  /** Share of the bytes that is harmed, 0..1. */
  readonly rate: number;
  /** The port is lost within this frame of the host's, counted from 0; undefined: never. */
  readonly unplugAt?: number | undefined;
}

/** One direction of the line. */
class Wire {
  readonly #random: Random;
  readonly #harms: readonly Harm[];
  readonly #rate: number;
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #harm: Harm | undefined;
  #bytesToHarm = Number.POSITIVE_INFINITY;
  #lose = 0;
  #garble = 0;
  #heldByte: number | undefined;
  #heldChunk: Uint8Array | undefined;

  constructor({ random, harms, rate }: LineOptions, emit: (bytes: Uint8Array) => void) {
    this.#random = random;
    this.#harms = harms;
    this.#rate = rate;
    this.#emit = emit;
    this.#plan();
  }

  /** Carries a chunk, harmed, to the other end: at once, late, or with the next. */
  carry(bytes: Uint8Array): void {
    const out: number[] = [];
    let late = false;
    let swap = false;
    for (const byte of bytes) {
      if (this.#lose > 0) {
        this.#lose--;
      } else if (this.#garble > 0) {
        this.#garble--;
        out.push(this.#random.below(256));
      } else if (this.#heldByte !== undefined) {
        out.push(byte, this.#heldByte);
        this.#heldByte = undefined;
      } else if (this.#bytesToHarm-- > 0) {
        out.push(byte);
      } else {
        late ||= this.#harm === "chunk delayed";
        swap ||= this.#harm === "chunks swapped";
        this.#harmByte(byte, out);
        this.#plan();
      }
    }
    this.#release(Uint8Array.from(out), late, swap);
  }

  /** Nothing comes out any more. */
  cut(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#heldChunk = undefined;
  }

  #harmByte(byte: number, out: number[]): void {
    if (this.#harm === "byte dropped") return;
    if (this.#harm === "byte doubled") out.push(byte, byte);
    else if (this.#harm === "bit flipped") out.push(byte ^ (1 << this.#random.below(8)));
    else if (this.#harm === "bytes swapped") this.#heldByte = byte;
    else if (this.#harm === "foreign text") out.push(...TEXT, byte);
    else if (this.#harm === "100 bytes lost") this.#lose = BURST_BYTES;
    else if (this.#harm === "100 bytes garbled") this.#garble = BURST_BYTES;
    else out.push(byte);
  }

  #release(chunk: Uint8Array, late: boolean, swap: boolean): void {
    if (late) {
      const [least, most] = DELAY_MS;
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer);
          this.#emit(chunk);
        },
        least + this.#random.below(most - least),
      );
      this.#timers.add(timer);
      return;
    }
    const held = this.#heldChunk;
    this.#heldChunk = undefined;
    if (swap && !held) {
      this.#heldChunk = chunk;
      return;
    }
    this.#emit(chunk);
    if (held) this.#emit(held);
  }

  /** Draws the next event and how many bytes come before it (geometric distribution). */
  #plan(): void {
    if (this.#harms.length === 0 || this.#rate === 0) return;
    this.#harm = this.#harms[this.#random.below(this.#harms.length)];
    const rate = this.#rate / spans[this.#harm];
    this.#bytesToHarm = Math.floor(Math.log(1 - this.#random.uniform()) / Math.log(1 - rate));
  }
}

/** A port of which both directions harm their bytes, until `close` or until it is unplugged. */
export class HarmedPort implements Port {
  readonly path: string;
  readonly simulator: Port["simulator"];
  readonly #port: Port;
  readonly #random: Random;
  readonly #unplugAt: number | undefined;
  readonly #toDevice: Wire;
  readonly #toHost: Wire;
  #onData: (bytes: Uint8Array) => void = () => {};
  #onClose: (error: NomulError) => void = () => {};
  #ended = false;
  /** Frames the host has written. */
  frames = 0;

  constructor(port: Port, options: LineOptions) {
    this.path = port.path;
    this.simulator = port.simulator;
    this.#port = port;
    this.#random = options.random;
    this.#unplugAt = options.unplugAt;
    this.#toDevice = new Wire(options, (bytes) => {
      port.write(bytes).catch((error) => this.#onClose(error));
    });
    this.#toHost = new Wire(options, (bytes) => this.#onData(bytes));
    port.onData((bytes) => {
      if (!this.#ended) this.#toHost.carry(bytes);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ended) throw this.#lost();
    if (this.frames++ === this.#unplugAt) {
      this.#toDevice.carry(bytes.subarray(0, this.#random.below(bytes.length + 1)));
      await this.close();
      this.#onClose(this.#lost());
      throw this.#lost();
    }
    this.#toDevice.carry(bytes);
  }

  get baudRate(): number {
    return this.#port.baudRate;
  }

  setBaudRate(baudRate: number): Promise<void> {
    return this.#port.setBaudRate(baudRate);
  }

  drain(): Promise<void> {
    return this.#port.drain();
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.#onData = callback;
  }

  onClose(callback: (error: NomulError) => void): void {
    this.#onClose = callback;
  }

  /** Cuts the line; the port behind it stays open. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#toDevice.cut();
    this.#toHost.cut();
  }

  #lost(): NomulError {
    return new NomulError("E_PORT_LOST", "unplugged", { where: this.path, next: "Plug it in." });
  }
}
