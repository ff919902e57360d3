/** A simulated board that is a native process: what host/sim/machine.ts is over Wasm. */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Machine, PowerCut, RunEnd } from "../../host/sim/machine.ts";

/** What tests do with a simulated board, however it is simulated. */
export type AnyMachine = Pick<
  Machine,
  | "push"
  | "pop"
  | "run"
  | "powerCycle"
  | "setLine"
  | "readFlash"
  | "writeFlash"
  | "fitFlash"
  | "flashOperations"
  | "cutPower"
  | "cycles"
  | "levels"
>;

/** In the order of `Operation` in firmware-bridge/sim/native.cc */
const operations = [
  "reset",
  "push",
  "pop",
  "run",
  "line",
  "readFlash",
  "writeFlash",
  "flashPresent",
  "flashOperations",
  "flashCut",
  "cycles",
  "levels",
  "fresh",
] as const;
const runEnds: readonly RunEnd[] = ["cycles", "silent", "power-cut"];

const REQUEST_BYTES = 20;
const ANSWER_BYTES = 12;
const nothing: Uint8Array = new Uint8Array(0);

export class NativeMachine implements AnyMachine {
  readonly #toChild: number;
  readonly #fromChild: number;

  /**
   * Starts the process. Named pipes instead of Node's own, since Machine answers without a promise.
   * @param path of buildNative
   * @param environment what the process gets besides this one's
   */
  constructor(path: string, environment: Readonly<Record<string, string>> = {}) {
    const folder = mkdtempSync(join(tmpdir(), "nomul-native-"));
    const [requests, answers] = [join(folder, "requests"), join(folder, "answers")];
    execFileSync("mkfifo", [requests, answers]);
    // Opened for both directions, a pipe does not wait for its other end; nor do later ends then.
    const both = [openSync(requests, "r+"), openSync(answers, "r+")];
    const theirs = [openSync(requests, "r"), openSync(answers, "w")];
    const env = { ...process.env, ...environment };
    spawn(path, [], { stdio: [...theirs, "inherit"], env }).unref();
    this.#toChild = openSync(requests, "w");
    this.#fromChild = openSync(answers, "r");
    // Either side holds one end of each now, so the end of one is the end of file for the other.
    for (const end of [...both, ...theirs]) closeSync(end);
    rmSync(folder, { recursive: true });
  }

  /** Another board of the same kind: nothing in its flash chip, its line rate the device's. */
  fresh(): void {
    this.#ask("fresh");
  }

  push(bytes: Uint8Array): number {
    return this.#ask("push", [], bytes).value;
  }

  pop(): Uint8Array {
    return this.#ask("pop").data;
  }

  run(cycles: number, throughSilence = false): RunEnd {
    return runEnds[this.#ask("run", [cycles, throughSilence ? 1 : 0]).value];
  }

  powerCycle(): void {
    this.#ask("reset");
  }

  setLine(clocks: number): void {
    this.#ask("line", [Math.round(clocks * 256)]);
  }

  readFlash(offset: number, length: number): Uint8Array {
    return this.#ask("readFlash", [offset, length]).data.map((cell) => ~cell);
  }

  writeFlash(offset: number, bytes: Uint8Array): void {
    this.#ask(
      "writeFlash",
      [offset],
      bytes.map((byte) => ~byte),
    );
  }

  fitFlash(present: boolean): void {
    this.#ask("flashPresent", [present ? 1 : 0]);
  }

  get flashOperations(): number {
    return this.#ask("flashOperations").value;
  }

  cutPower({ operation, fraction, seed }: PowerCut): void {
    this.#ask("flashCut", [this.flashOperations + operation, Math.round(fraction * 65536), seed]);
  }

  get cycles(): number {
    return this.#ask("cycles").value;
  }

  get levels(): number {
    return this.#ask("levels").value;
  }

  /** Ends the process and waits for its end. */
  close(): void {
    closeSync(this.#toChild);
    readSync(this.#fromChild, new Uint8Array(1));
    closeSync(this.#fromChild);
  }

  #ask(name: (typeof operations)[number], args: readonly number[] = [], data = nothing) {
    const request = Buffer.alloc(REQUEST_BYTES);
    for (const [i, value] of [operations.indexOf(name), ...args].entries()) {
      request.writeUInt32LE(value, 4 * i);
    }
    request.writeUInt32LE(data.length, REQUEST_BYTES - 4);
    this.#write(request);
    this.#write(data);
    const answer = this.#read(ANSWER_BYTES);
    const value = Number(answer.readBigUInt64LE(0));
    return { value, data: new Uint8Array(this.#read(answer.readUInt32LE(8))) };
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#toChild, bytes, done);
  }

  #read(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#fromChild, bytes, done, length - done, null);
      if (count === 0) throw new Error("the native simulator has ended");
      done += count;
    }
    return bytes;
  }
}
