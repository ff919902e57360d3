// What stands around a gateware model: clock, UART peer, byte FIFOs and flash chip, all in one place,
// so that JavaScript is called per batch of cycles and not per cycle. Shapes and units: host/sim/machine.ts.

import * as flash from "./sim/flash";
import * as model from "./sim/model";
import * as peer from "./sim/peer";

const STAGING_BYTES: u32 = 1 << 14;
const stagingBuffer = memory.data(16384);

// What ended run()
const CYCLES: u32 = 0;
const SILENT: u32 = 1;
const POWER_CUT: u32 = 2;

let outputs: u32 = 0; // of the last cycle
let firstDivisor: u32 = 0;
let cycleCount: u64 = 0;
let silence: u32 = 0;
let lineTime: u32 = 0; // what line() said; 0 = as the device

/** Which board this is; before the first reset(). */
export function board(clockHz: u32, clocksPerBit: u32): void {
  flash.setClock(clockHz);
  firstDivisor = clocksPerBit;
}

/** Power-on. The flash chip keeps its contents. */
export function reset(): void {
  model.reset();
  peer.reset();
  peer.setBitTime(lineTime);
  flash.powerOn();
  outputs = 0;
  cycleCount = 0;
  silence = 0;
}

/** Bytes cross here in both directions, stagingSize() at a time. */
export function staging(): usize {
  return stagingBuffer;
}

export function stagingSize(): u32 {
  return STAGING_BYTES;
}

/** Moves bytes of the staging buffer towards the device. Returns how many found room. */
export function push(count: u32): u32 {
  let n: u32 = 0;
  while (n < count && peer.push(load<u8>(stagingBuffer + n))) n++;
  if (n > 0) silence = 0;
  return n;
}

/** Moves bytes from the device into the staging buffer. Returns how many. */
export function pop(): u32 {
  let n: u32 = 0;
  while (n < STAGING_BYTES) {
    const byte = peer.pop();
    if (byte < 0) break;
    store<u8>(stagingBuffer + n++, byte);
  }
  return n;
}

function cycle(): void {
  outputs = model.step(peer.nextLevel() | (u32(flash.level) << 1));
  flash.step(!(outputs & 4), (outputs & 8) !== 0, (outputs & 16) !== 0);
  peer.sample(outputs & 1);
  cycleCount++;
  // tx is 1 and busy 0
  silence = (outputs & 3) === 1 && peer.isQuiet() ? silence + 1 : 0;
}

/** Steps at most that many cycles, to the end unless throughSilence is false and nothing moves. */
export function run(cycles: u32, throughSilence: bool): u32 {
  for (let n: u32 = 0; n < cycles; n++) {
    if (lineTime === 0) {
      // A model without that output keeps the rate it was built for.
      const divisor = outputs >> 16;
      peer.setBitTime(peer.WHOLE * (divisor ? divisor : firstDivisor));
    }
    if (silence !== 0 && !throughSilence && silence >= peer.silentCycles()) return SILENT;
    // Nothing may be lost because JavaScript came late: stop while a byte still has room.
    if (!peer.hasRoom()) return CYCLES;
    cycle();
    if (flash.cut) return POWER_CUT;
  }
  return CYCLES;
}

/** Sets the host's rate: clock cycles a bit, in 256ths, at least 1024; 0 = whatever the device has. */
export function line(bitTime: u32): void {
  lineTime = bitTime;
  if (bitTime !== 0) peer.setBitTime(bitTime);
}

/** The flash chip's 16 MiB, each byte inverted. */
export function flashCells(): usize {
  return flash.cells;
}

export function flashPresent(present: bool): void {
  flash.fit(present);
}

/** Program and erase operations begun since the first power-on. */
export function flashOperations(): u32 {
  return flash.operations;
}

/** Cuts power in operation number `operation` of those (0 is the very first one). */
export function flashCut(operation: u32, fraction: u32, seed: u32): void {
  flash.cutIn(operation, fraction, seed);
}

export function cycles(): f64 {
  return <f64>cycleCount;
}

/** Levels of tx (bit 0) and busy (bit 1): what a logic analyser would see. */
export function levels(): u32 {
  return outputs & 3;
}
