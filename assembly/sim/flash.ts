// A serial NOR flash chip of the W25Q128 class on the model's SPI pins: what the gateware's slots live
// in. Behaviour and typical times follow the W25Q128JV datasheet, revision F: commands, status
// register 1, page wrap, erase before write, power-down, busy times. A cut of power in the middle of
// an operation leaves torn bits.
//
// The harness sees the model's outputs one clock late, so the answer to a falling edge of sck
// reaches the model two clocks after it: with sck = clk/2 the master has to sample at the clock edge
// that begins the next falling edge, which on a board also gives the chip a whole period to answer.

const FLASH_BYTES: u32 = 1 << 24;
const PAGE_BYTES: u32 = 256;
const SECTOR_BYTES: u32 = 4096;
const NEVER: u32 = 0xffffffff;
/** In 65536ths */
const WHOLE: u32 = 65536;

// Operations
const IDLE: u32 = 0;
const PROGRAM: u32 = 1;
const ERASE: u32 = 2;
const RELEASE: u32 = 3;

// Commands
const PAGE_PROGRAM: u32 = 0x02;
const READ_DATA: u32 = 0x03;
const WRITE_DISABLE: u32 = 0x04;
const READ_STATUS: u32 = 0x05;
const WRITE_ENABLE: u32 = 0x06;
const FAST_READ: u32 = 0x0b;
const SECTOR_ERASE: u32 = 0x20;
const JEDEC_ID: u32 = 0x9f;
const RELEASE_POWER_DOWN: u32 = 0xab;
const POWER_DOWN: u32 = 0xb9;
/** Bytes of the answer, the first one lowest. */
const ID: u32 = 0x1840ef;

const page = memory.data(256);
const pageFilled = memory.data(256);
/** 16 MiB. Each byte is stored inverted, so that memory that was never touched reads as erased. */
export const cells: usize = (__heap_base + 15) & ~15;

let programCycles: u32 = 0;
let eraseCycles: u32 = 0;
let releaseCycles: u32 = 0;

let present: bool = true;
/** Level of the data pin */
export let level: bool = true;
// Since power-on
let poweredDown: bool = false;
let writeEnabled: bool = false;
let wasSelected: bool = false;
let wasHigh: bool = false;
let out: bool = true;
let shift: u32 = 0;
let outShift: u32 = 0;
let command: u32 = 0;
let bits: u32 = 0;
let address: u32 = 0;
let operation: u32 = IDLE;
let busy: u32 = 0; // clock cycles
/** Program and erase operations begun since the first power-on. */
export let operations: u32 = 0;
// Power cut to come
let cutOperation: u32 = NEVER;
let cutFraction: u32 = 0;
let random: u32 = 0;
/** Power is gone. */
export let cut: bool = false;

export function setClock(hz: u32): void {
  programCycles = <u32>((<u64>hz * 7) / 10000); // tPP 0.7 ms
  eraseCycles = <u32>((<u64>hz * 45) / 1000); // tSE 45 ms
  releaseCycles = hz / 333333 + 1; // tRES1 3 us
}

/** Takes the chip off the board (its output then reads 1) or puts it back. */
export function fit(fitted: bool): void {
  present = fitted;
}

/** Cuts power in that operation, counted from the first one ever, when that much of it is done. */
export function cutIn(which: u32, fraction: u32, seed: u32): void {
  cutOperation = which;
  cutFraction = fraction;
  random = seed;
}

/** iCE40 devices put the chip into power-down when they have read their configuration. */
export function powerOn(): void {
  poweredDown = true;
  writeEnabled = false;
  wasSelected = false;
  wasHigh = false;
  cut = false;
  out = true;
  shift = 0;
  outShift = 0;
  command = 0;
  bits = 0;
  address = 0;
  busy = 0;
  operation = IDLE;
}

/** One clock cycle with these levels. */
// @ts-expect-error: decorator
export function step(selected: bool, high: bool, data: bool): void {
  if (busy > 0) work();
  if (selected || wasSelected) edges(selected, high, data);
  level = !present || out;
}

function edges(selected: bool, high: bool, data: bool): void {
  if (!wasSelected) bits = 0;
  if (selected && high && !wasHigh) rise(data);
  if (selected && !high && wasHigh) fall();
  if (!selected) deselect();
  wasSelected = selected;
  wasHigh = high;
}

function rise(data: bool): void {
  shift = ((shift << 1) | u32(data)) & 0xff;
  bits++;
  if (bits % 8 !== 0) return;
  const count = bits / 8; // bytes received
  if (count === 1) {
    command = shift;
  } else if (count <= 4) {
    // An operation under way keeps its own while the status register is read.
    if (busy === 0) address = ((address << 8) | shift) & (FLASH_BYTES - 1);
  } else if (command === PAGE_PROGRAM) {
    // Beyond the page's end the address wraps to its start; the last 256 bytes count.
    const at = (address + count - 5) % PAGE_BYTES;
    store<u8>(page + at, shift);
    store<u8>(pageFilled + at, 1);
  }
  if (command === PAGE_PROGRAM && count === 4) memory.fill(pageFilled, 0, PAGE_BYTES);
  outShift = nextOut(count);
}

/** The byte to send after `count` received ones. */
function nextOut(count: u32): u32 {
  if (poweredDown) return 0xff;
  if (command === READ_STATUS) return u32(busy > 0) | (u32(writeEnabled) << 1);
  if (busy > 0) return 0xff;
  const first: u32 = command === READ_DATA ? 4 : command === FAST_READ ? 5 : NEVER;
  if (first !== NEVER && count >= first) {
    return ~load<u8>(cells + ((address + count - first) % FLASH_BYTES)) & 0xff;
  }
  if (command === JEDEC_ID && count <= 3) return (ID >> (8 * (count - 1))) & 0xff;
  return 0xff;
}

function fall(): void {
  out = (outShift & 0x80) !== 0;
  outShift = ((outShift << 1) | 1) & 0xff;
}

/** Commands that change something are carried out when the chip is deselected on a byte boundary. */
function deselect(): void {
  out = true;
  const count = bits / 8;
  if (!present || bits % 8 !== 0 || count === 0 || busy > 0) return;
  if (poweredDown) {
    if (command === RELEASE_POWER_DOWN) begin(RELEASE, releaseCycles);
    return;
  }
  if (command === POWER_DOWN) poweredDown = true;
  if (command === WRITE_ENABLE) writeEnabled = true;
  if (command === WRITE_DISABLE) writeEnabled = false;
  if (!writeEnabled) return;
  if (command === SECTOR_ERASE && count === 4) begin(ERASE, eraseCycles);
  if (command === PAGE_PROGRAM && count > 4) begin(PROGRAM, programCycles);
}

function begin(what: u32, cycles: u32): void {
  operation = what;
  busy = cycles;
  if (what === RELEASE) return;
  // 0: not one bit has changed yet; 65536: all have, but nobody was told.
  if (operations++ === cutOperation) {
    cutOperation = NEVER;
    tear(cutFraction);
    cut = true;
  }
}

function work(): void {
  if (--busy > 0) return;
  if (operation === RELEASE) poweredDown = false;
  else {
    tear(WHOLE);
    writeEnabled = false;
  }
  operation = IDLE;
}

function nextRandom(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}

function someBits(fraction: u32): u32 {
  let set: u32 = 0;
  for (let bit = 0; bit < 8; bit++) {
    set |= u32(((nextRandom() >> 8) & 0xffff) < fraction) << bit;
  }
  return set;
}

/**
 * Does a part of the operation, in 65536ths. A program operation clears bits in no certain order. An
 * erase first clears all bits, so that they wear alike, and then sets them.
 */
function tear(fraction: u32): void {
  if (operation === PROGRAM) {
    const start = cells + (address & ~(PAGE_BYTES - 1));
    for (let i: u32 = 0; i < PAGE_BYTES; i++) {
      if (!load<u8>(pageFilled + i)) continue;
      store<u8>(start + i, load<u8>(start + i) | (~load<u8>(page + i) & someBits(fraction)));
    }
    return;
  }
  const start = cells + (address & ~(SECTOR_BYTES - 1));
  const clearing = WHOLE / 4;
  for (let i: u32 = 0; i < SECTOR_BYTES; i++) {
    const before = load<u8>(start + i);
    if (fraction >= WHOLE) store<u8>(start + i, 0);
    else if (fraction < clearing) store<u8>(start + i, before | someBits(fraction * 4));
    else store<u8>(start + i, ~someBits(((fraction - clearing) * 4) / 3));
  }
}
