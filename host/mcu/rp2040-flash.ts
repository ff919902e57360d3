/*
 * The flash chip of an emulated Pico: a W25Q16JV behind the RP2040's SSI, as far as firmware talks to
 * it byte by byte. rp2040js reads its contents by itself (execute in place), but knows no commands.
 * Commands, erase before write, page wrap and times are those of the chip's datasheet.
 */
import { BasePeripheral, type RP2040 } from "rp2040js";

export const FLASH_BYTES = 2 ** 21;
const SECTOR = 4096;
const PAGE = 256;
const JEDEC_ID = [0xef, 0x40, 0x15];
/** tSE, tPP, typical. */
const ERASE_NANOS = 45e6;
const PROGRAM_NANOS = 0.4e6;

const SSI_SR = 0x28;
const SSI_DR0 = 0x60;
const SR_ALWAYS_READY = 0x0e; // transmitter empty and not full, a byte received
const QSPI_SS_CTRL = 0x0c;
const OUTPUT_LOW = 2;

const WRITE_ENABLE = 0x06;
const READ_STATUS = 0x05;
const READ_ID = 0x9f;
const SECTOR_ERASE = 0x20;
const PAGE_PROGRAM = 0x02;

/** Power fails in an operation that is still to come. */
export interface FlashCut {
  /** Program and erase operations that begin before the one to cut, from now on. */
  readonly operation: number;
  /** How much of that operation is done then, 0..1: that part of its bytes. */
  readonly fraction: number;
}

/** Contents and state of the chip; outlives a power cycle of the RP2040. */
export class FlashChip {
  contents: Uint8Array = new Uint8Array(FLASH_BYTES).fill(0xff);
  /** Program and erase operations so far. */
  operations = 0;
  /** Called when power fails in an operation. */
  onCut: () => void = () => {};
  #cutAt = -1;
  #cutFraction = 0;
  #writable = false;
  #busyUntil = 0;
  #sent: number[] = [];

  cutPower({ operation, fraction }: FlashCut): void {
    this.#cutAt = this.operations + operation;
    this.#cutFraction = fraction;
  }

  /** @param memory where the emulator reads the chip's contents */
  powerOn(memory: Uint8Array): void {
    memory.set(this.contents);
    this.contents = memory;
    this.#writable = false;
    this.#busyUntil = 0;
    this.#sent = [];
  }

  /** One byte each way while the chip is selected. @param nanos time */
  exchange(byte: number, nanos: number): number {
    this.#sent.push(byte);
    const [command] = this.#sent;
    const busy = nanos < this.#busyUntil;
    if (command === READ_STATUS) return (busy ? 1 : 0) | (this.#writable ? 2 : 0);
    if (command === READ_ID && !busy && this.#sent.length > 1) {
      return JEDEC_ID[this.#sent.length - 2] ?? 0;
    }
    return 0;
  }

  /** The chip is deselected: what was sent is executed. */
  deselect(nanos: number): void {
    const [command, ...rest] = this.#sent;
    this.#sent = [];
    if (command === undefined || nanos < this.#busyUntil) return;
    if (command === WRITE_ENABLE) this.#writable = true;
    if (!this.#writable || rest.length < 3) return;
    const address = ((rest[0] << 16) | (rest[1] << 8) | rest[2]) % FLASH_BYTES;
    if (command === SECTOR_ERASE) {
      const start = address - (address % SECTOR);
      this.#operate(SECTOR, nanos + ERASE_NANOS, (i) => {
        this.contents[start + i] = 0xff;
      });
    } else if (command === PAGE_PROGRAM) {
      const page = address - (address % PAGE);
      const data = rest.slice(3);
      this.#operate(data.length, nanos + PROGRAM_NANOS, (i) => {
        this.contents[page + ((address - page + i) % PAGE)] &= data[i];
      });
    }
  }

  #operate(bytes: number, busyUntil: number, change: (i: number) => void): void {
    this.#writable = false;
    this.#busyUntil = busyUntil;
    const cut = this.operations++ === this.#cutAt;
    const done = cut ? Math.floor(bytes * this.#cutFraction) : bytes;
    for (let i = 0; i < done; i++) change(i);
    if (cut) this.onCut();
  }
}

/** The SSI's data register and status; its other registers only keep what was written. */
class Ssi extends BasePeripheral {
  readonly #chip: FlashChip;
  readonly #registers = new Map<number, number>();
  #received = 0;

  constructor(mcu: RP2040, chip: FlashChip) {
    super(mcu, "SSI");
    this.#chip = chip;
  }

  override readUint32(offset: number): number {
    if (offset === SSI_SR) return SR_ALWAYS_READY;
    if (offset === SSI_DR0) return this.#received;
    return this.#registers.get(offset) ?? 0;
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === SSI_DR0) {
      this.#received = this.#chip.exchange(value & 0xff, this.rp2040.clock.nanos);
    } else this.#registers.set(offset, value);
  }
}

/** Of the QSPI pins only chip select, and of that only its override. */
class QspiPins extends BasePeripheral {
  readonly #chip: FlashChip;
  #selected = false;

  constructor(mcu: RP2040, chip: FlashChip) {
    super(mcu, "IO_QSPI");
    this.#chip = chip;
  }

  override readUint32(): number {
    return 0;
  }

  override writeUint32(offset: number, value: number): void {
    if (offset !== QSPI_SS_CTRL) return;
    const selected = ((value >>> 8) & 3) === OUTPUT_LOW;
    if (this.#selected && !selected) this.#chip.deselect(this.rp2040.clock.nanos);
    this.#selected = selected;
  }
}

/** Puts the chip on the pins of an RP2040 that was just powered on. */
export function connectFlash(mcu: RP2040, chip: FlashChip): void {
  // The same bytes, not a copy: what is programmed is read at once.
  chip.powerOn(mcu.flash.subarray(0, FLASH_BYTES));
  mcu.peripherals[0x18000] = new Ssi(mcu, chip);
  mcu.peripherals[0x40018] = new QspiPins(mcu, chip);
}
