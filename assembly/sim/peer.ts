// The host's end of the line, at a rate of its own. Levels change once a clock cycle.

export const RING_BYTES: u32 = 1 << 16;
const BYTE_BITS: u32 = 10; // 8N1
const SILENT_BYTES: u32 = 16;
/** Bit times of the line are counted in this part of a clock cycle. */
export const WHOLE: u32 = 256;

const toDevice = memory.data(65536);
const fromDevice = memory.data(65536);
// Free running
let toHead: u32 = 0;
let toTail: u32 = 0;
let fromHead: u32 = 0;
let fromTail: u32 = 0;

export let bitTime: u32 = 0;
let outShift: u32 = 0;
let outBits: u32 = 0;
let outWait: u32 = 0;
let inShift: u32 = 0;
let inBits: u32 = 0;
let inWait: u32 = 0;

export function reset(): void {
  toHead = toTail = fromHead = fromTail = 0;
  outShift = outBits = outWait = 0;
  inShift = inBits = inWait = 0;
}

export function setBitTime(time: u32): void {
  bitTime = time;
}

/** Whether it took the byte. */
export function push(byte: u32): bool {
  if (toHead - toTail >= RING_BYTES) return false;
  store<u8>(toDevice + (toHead++ % RING_BYTES), byte);
  return true;
}

/** -1 = none */
export function pop(): i32 {
  if (fromHead === fromTail) return -1;
  return load<u8>(fromDevice + (fromTail++ % RING_BYTES));
}

export function hasRoom(): bool {
  return fromHead - fromTail < RING_BYTES;
}

// @ts-expect-error: decorator
export function nextLevel(): u32 {
  if (outWait >= WHOLE) {
    outWait -= WHOLE;
  } else {
    if (outBits > 0) {
      outShift >>= 1;
      outBits--;
      outWait += bitTime - WHOLE;
    }
    if (outBits === 0 && toHead !== toTail) {
      outShift = (1 << 9) | ((<u32>load<u8>(toDevice + (toTail++ % RING_BYTES))) << 1);
      outBits = BYTE_BITS;
      outWait = bitTime - WHOLE;
    }
  }
  return outBits === 0 ? 1 : outShift & 1;
}

// @ts-expect-error: decorator
export function sample(level: u32): void {
  if (inBits === 0) {
    if (level) return;
    inBits = BYTE_BITS;
    inWait = bitTime / 2;
  }
  if (inWait >= WHOLE) {
    inWait -= WHOLE;
    return;
  }
  inShift = (inShift >> 1) | (level << 9);
  inWait += bitTime - WHOLE;
  inBits--;
  const framed = (inShift & 0x201) === 0x200;
  if (inBits === 0 && framed && hasRoom()) {
    store<u8>(fromDevice + (fromHead++ % RING_BYTES), inShift >> 1);
  }
}

/** Silence after which run() returns early: longer than any pause within a frame the device sends. */
export function silentCycles(): u32 {
  return (SILENT_BYTES * BYTE_BITS * bitTime) / WHOLE;
}

export function isQuiet(): bool {
  return outBits === 0 && inBits === 0 && toHead === toTail;
}
