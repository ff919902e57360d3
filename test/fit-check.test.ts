import { describe, expect, test } from "vitest";
import type { NomulError } from "../host/errors.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { checkImageFits, type DeviceLimits } from "../host/link/fit-check.ts";
import type { MaddnessLayer } from "../host/reference/maddness.ts";

const limits: DeviceLimits = {
  board: "icebreaker",
  tableBytes: 131072,
  parameterBytes: 6144,
  arenaElements: 1024,
  outputElements: 1024,
  operators: 1 << 1,
  accumulatorBits: 16,
  dataBytes: 1024,
};

/** A layer of one entry everywhere. */
const layer = (inputs: number, codebooks: number, outputs: number, entry = 1): MaddnessLayer => ({
  operator: "maddness",
  inputs,
  outputs,
  codebooks,
  splitDims: new Uint16Array(codebooks * 4),
  thresholds: new Int16Array(codebooks * 15),
  tables: new Int8Array(codebooks * 16 * outputs).fill(entry),
  bias: new Int32Array(outputs),
  shift: new Uint8Array(outputs),
});

const refusal = (layers: MaddnessLayer[], change: Partial<DeviceLimits> = {}, board?: string) => {
  const image = readImage(packImage({ inputType: "u8", layers }, { manifest: { tool: "test" } }));
  try {
    checkImageFits(image, { ...limits, ...change }, board);
  } catch (error) {
    const { code, where } = error as NomulError;
    return `${code} ${where}`;
  }
  return "fits";
};

describe("an image is checked against the device before a byte is sent", () => {
  test.each([
    ["the largest of everything", [layer(500, 152, 48)], "fits"],
    ["too many encoders", [layer(500, 153, 8)], "E_IMAGE_TOO_LARGE parameter section"],
    ["too many tables", [layer(10, 100, 88)], "E_IMAGE_TOO_LARGE table section"],
    ["a reply longer than a frame", [layer(8, 1, 511)], "E_BOARD_UNFIT bytes of one reply"],
    ["the longest reply", [layer(8, 1, 510)], "fits"],
    ["an input longer than a frame", [layer(1025, 1, 8)], "E_BOARD_UNFIT arena elements"],
    ["buffers beyond the arena", [layer(1016, 1, 16)], "E_BOARD_UNFIT arena elements"],
  ])("%s", (_what, layers, expected) => {
    expect(refusal(layers)).toBe(expected);
  });

  test("another board than the one that was named", () => {
    expect(refusal([layer(8, 1, 8)], {}, "upduino")).toBe("E_BOARD_WRONG HELLO");
    expect(refusal([layer(8, 1, 8)], {}, "icebreaker")).toBe("fits");
  });

  test("an operator the device does not have", () => {
    expect(refusal([layer(8, 1, 8)], { operators: 0 })).toBe("E_BOARD_UNFIT step 0");
  });

  test("sums that a narrow accumulator can't hold", () => {
    const sum127 = [layer(8, 1, 8, 127)];
    expect(refusal(sum127, { accumulatorBits: 8 })).toBe("fits");
    expect(refusal(sum127, { accumulatorBits: 7 })).toBe("E_ACCUMULATOR_OVERFLOW step 0, output 0");
  });
});
