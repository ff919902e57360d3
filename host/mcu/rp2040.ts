import { ConsoleLogger, LogLevel, type RP2040, Simulator } from "rp2040js";
import type { McuBoard } from "../board/mcu-schema.ts";
import { NomulError } from "../errors.ts";
import type { Emulator } from "./emulator.ts";
import { connectFlash, FlashChip, type FlashCut } from "./rp2040-flash.ts";
import { BOOT2_BYTES } from "./rp2040-image.ts";

/** Where the boot ROM puts the boot stage, in SRAM. */
const BOOT2_AT = 0x41f00;
const SRAM = 0x20000000;
const WATCHDOG = 0x40058;
/** Instructions between two looks at the host: about 3 ms. */
const BATCH = 50_000;
/** A receiver that samples mid-bit still reads the tenth bit right with this much difference. */
const RATE_DIFFERENCE = 0.02;
/** Start bit, eight bits, stop bit. */
const BITS = 10;

interface Write {
  readonly bytes: Uint8Array;
  sent: number;
  resolve(): void;
}

/** A Pico: rp2040js with the real firmware, a flash chip and a paced line. Runs in this thread. */
export class Rp2040Emulator implements Emulator {
  readonly board: McuBoard;
  readonly chip = new FlashChip();
  #mcu!: RP2040;
  #clock!: Simulator["clock"];
  #writes: Write[] = [];
  #drains: (() => void)[] = [];
  #nextByteNanos = 0;
  #hostBaud = 0;
  #out: number[] = [];
  #stepping = false;
  #restart = false;
  #failure: NomulError | undefined;
  #closed = false;
  #onData: (bytes: Uint8Array) => void = () => {};
  #onClose: (error: NomulError | undefined) => void = () => {};

  /** @param contents of the flash chip, from its first byte on */
  constructor(board: McuBoard, contents: Uint8Array) {
    this.board = board;
    this.chip.contents.set(contents);
    this.chip.onCut = () => {
      this.#restart = true;
    };
    this.#powerOn();
    this.#wake();
  }

  /** What the boot ROM does: takes the boot stage from the flash chip to RAM and runs it. */
  #powerOn(): void {
    // Only for its parts: stepping is done here.
    const { rp2040: mcu, clock } = new Simulator();
    this.#clock = clock;
    mcu.logger = new ConsoleLogger(LogLevel.Error, true);
    connectFlash(mcu, this.chip);
    const watchdog = mcu.peripherals[WATCHDOG] as unknown as { onWatchdogTrigger: () => void };
    watchdog.onWatchdogTrigger = () => {
      this.#restart = true;
    };
    mcu.sram.set(this.chip.contents.subarray(0, BOOT2_BYTES), BOOT2_AT);
    mcu.core.SP = SRAM + BOOT2_AT;
    mcu.core.LR = 0;
    mcu.core.PC = SRAM + BOOT2_AT;
    mcu.uart[0].onByte = (byte) => this.#out.push(this.#understood ? byte : ~byte & 0xff);
    this.#mcu = mcu;
    this.#nextByteNanos = 0;
    this.#restart = false;
  }

  /** Both ends have the same rate; a host that names none has whatever the chip has. */
  get #understood(): boolean {
    if (this.#hostBaud === 0) return true;
    return Math.abs(this.#mcu.uart[0].baudRate / this.#hostBaud - 1) <= RATE_DIFFERENCE;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#failure) return Promise.reject(this.#lost());
    return new Promise((resolve) => {
      this.#writes.push({ bytes, sent: 0, resolve });
      this.#wake();
    });
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drains.push(resolve);
      this.#wake();
    });
  }

  async flush(): Promise<void> {
    for (const { resolve } of this.#writes.splice(0)) resolve();
  }

  async setBaud(baud: number): Promise<void> {
    this.#hostBaud = baud;
  }

  /** Takes power away and gives it back. Only the flash chip keeps its contents. */
  async powerCycle(): Promise<void> {
    this.#powerOn();
    await this.drain();
  }

  /** Lets power fail for a moment in an operation of the flash chip that is still to come. */
  cutPower(cut: FlashCut): void {
    this.chip.cutPower(cut);
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.#onData = callback;
  }

  onClose(callback: (error: NomulError | undefined) => void): void {
    this.#onClose = callback;
    if (this.#failure) callback(this.#failure);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#end();
    this.#onClose(undefined);
  }

  #wake(): void {
    if (this.#stepping || this.#closed || this.#failure) return;
    this.#stepping = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    this.#stepping = false;
    if (this.#closed) return;
    let silent = false;
    try {
      silent = this.#run();
    } catch (cause) {
      // rp2040js throws for what would be a fault of the firmware.
      this.#failure = this.#lost(cause as Error);
      this.#end();
      this.#onClose(this.#failure);
      return;
    }
    if (this.#out.length > 0) this.#onData(Uint8Array.from(this.#out.splice(0)));
    if (silent) for (const resolve of this.#drains.splice(0)) resolve();
    else this.#wake();
  }

  /** A batch of instructions. Returns true when the chip sleeps and nothing is on the line. */
  #run(): boolean {
    for (let i = 0; i < BATCH; i++) {
      this.#feed();
      const mcu = this.#mcu;
      const cycleNanos = 1e9 / this.board.clock.hz;
      if (!mcu.core.waiting) this.#clock.tick(mcu.core.executeInstruction() * cycleNanos);
      else if (this.#writes.length === 0) return true;
      // Asleep until the line's next byte, or until the next interrupt of a timer.
      else this.#clock.tick(Math.max(cycleNanos, this.#nextByteNanos - mcu.clock.nanos));
      if (this.#restart) this.#powerOn();
    }
    return false;
  }

  /** Hands the next byte to the receiver when its time on the line is over. */
  #feed(): void {
    const [write] = this.#writes;
    if (!write || this.#mcu.clock.nanos < this.#nextByteNanos) return;
    const [uart] = this.#mcu.uart;
    // Not started yet: the line waits, as a USB serial bridge does.
    if (!uart.enabled) return;
    const byte = write.bytes[write.sent++];
    if (byte !== undefined) {
      uart.feedByte(this.#understood ? byte : ~byte & 0xff);
      const baud = this.#hostBaud || uart.baudRate;
      this.#nextByteNanos = this.#mcu.clock.nanos + (BITS * 1e9) / baud;
    }
    if (write.sent >= write.bytes.length) {
      this.#writes.shift();
      write.resolve();
    }
  }

  #end(): void {
    for (const { resolve } of this.#writes.splice(0)) resolve();
    for (const resolve of this.#drains.splice(0)) resolve();
  }

  #lost(cause?: Error): NomulError {
    return new NomulError(
      "E_PORT_LOST",
      `the emulator has ended${cause ? `: ${cause.message}` : ""}`,
      {
        where: `sim:${this.board.id}`,
        next: "Open the port again.",
        cause,
      },
    );
  }
}
