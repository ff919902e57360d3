import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { McuBoard } from "../board/mcu-schema.ts";
import { NomulError } from "../errors.ts";
import type { Emulator } from "./emulator.ts";
import { isInstalled, type ToolName, toolMissing } from "./tools.ts";

/*
 * QEMU has no way to end with the process that started it. A shell waits on a pipe that this process
 * holds: when the process is gone, however it went, the pipe ends and the shell kills QEMU.
 */
const guard = '"$@" <&3 & qemu=$!; cat >/dev/null; kill $qemu 2>/dev/null; wait $qemu';

/**
 * One instruction takes 2^6 ns of the chip's time, so the chip's counters count instructions and
 * repeat from run to run. While the chip sleeps its time is the host's.
 */
export const ICOUNT_SHIFT = 6;

/** Of a chip's cycle counter; 1 on rp2040js, which counts cycles. */
export const instructionsPerCycle = ({ emulator, clock }: McuBoard): number =>
  emulator.kind === "rp2040js" ? 1 : 1e9 / clock.hz / 2 ** ICOUNT_SHIFT;

class QemuEmulator implements Emulator {
  readonly board: McuBoard;
  readonly #child: ChildProcess;
  readonly #serial: Writable;
  #onData: (bytes: Uint8Array) => void = () => {};
  #onClose: (error: NomulError | undefined) => void = () => {};
  #errors = "";
  #closed = false;
  #ended = false;

  constructor(board: McuBoard, tool: string, elf: string) {
    this.board = board;
    const args = [
      ...board.emulator.arguments,
      ...["-kernel", elf, "-display", "none", "-monitor", "none", "-nodefaults"],
      ...["-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line"],
      ...["-icount", `shift=${ICOUNT_SHIFT}`],
    ];
    this.#child = spawn("sh", ["-c", guard, "sh", tool, ...args], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    this.#serial = this.#child.stdio[3] as Writable;
    this.#serial.on("error", () => {}); // its end is the child's, handled below
    this.#child.stdin?.on("error", () => {});
    (this.#child.stdout as Readable).on("data", (bytes: Uint8Array) => this.#onData(bytes));
    (this.#child.stderr as Readable).on("data", (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes).slice(-2000);
    });
    this.#child.once("close", () => {
      this.#ended = true;
      this.#onClose(this.#closed ? undefined : this.#lost());
    });
    // The shell waits for this process alone; when QEMU ends first, its output does.
    (this.#child.stdout as Readable).once("end", () => this.#child.stdin?.end());
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#ended) return Promise.reject(this.#lost());
    return new Promise((resolve, reject) => {
      this.#serial.write(bytes, (error) => (error ? reject(this.#lost()) : resolve()));
    });
  }

  async drain(): Promise<void> {
    await this.write(new Uint8Array(0));
  }

  async flush(): Promise<void> {}

  async setBaud(): Promise<void> {}

  onData(callback: (bytes: Uint8Array) => void): void {
    this.#onData = callback;
  }

  onClose(callback: (error: NomulError | undefined) => void): void {
    this.#onClose = callback;
    if (this.#ended && !this.#closed) callback(this.#lost());
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stdin?.end();
    await ended;
  }

  #lost(): NomulError {
    const why = this.#errors.trim();
    return new NomulError("E_PORT_LOST", `the emulator has ended${why ? `: ${why}` : ""}`, {
      where: `sim:${this.board.id}`,
      next: "Open the port again.",
    });
  }
}

/**
 * Starts a board's chip in QEMU.
 * @param elf the firmware
 * @throws NomulError E_TOOL_MISSING naming the Debian package
 */
export async function startQemu(board: McuBoard, elf: string): Promise<Emulator> {
  const tool = board.emulator.kind as ToolName;
  if (!isInstalled(tool)) throw toolMissing(tool);
  return new QemuEmulator(board, tool, elf);
}
