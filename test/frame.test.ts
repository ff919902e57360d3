import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import { cobsDecode, cobsEncode } from "../host/link/cobs.ts";
import { decodeFrame, encodeFrame, FrameReader } from "../host/link/frame.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("CRC-32C should have the check values of RFC 3720 B.4", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(bytes.subarray(9), crc32c(bytes.subarray(0, 9)))).toBe(0x46dd794e);
});

describe("COBS", () => {
  test.each([
    ["00", "0101"],
    ["0000", "010101"],
    ["11220033", "0311220233"],
    ["11223344", "0511223344"],
    ["11000000", "0211010101"],
    ["", "01"],
  ])("should encode %s as %s, as Cheshire and Baker's paper does", (data, code) => {
    expect(hex(cobsEncode(Buffer.from(data, "hex")))).toBe(code);
  });

  test("should give back whatever was encoded, without a 00 and at most 1 in 254 longer", () => {
    const bytes = fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { maxLength: 1100, size: "max" });
    const runs = fc.nat(1100).map((n) => new Array(n).fill(7));
    fc.assert(
      fc.property(fc.oneof(bytes, runs), (list) => {
        const data = Uint8Array.from(list);
        const code = cobsEncode(data);
        expect(code.includes(0)).toBe(false);
        expect(code.length).toBeLessThanOrEqual(data.length + Math.floor(data.length / 254) + 1);
        expect(hex(cobsDecode(code)!)).toBe(hex(data));
      }),
      { numRuns: 500 },
    );
  });

  test("should refuse a block that breaks off", () => {
    expect(cobsDecode(Uint8Array.of(5, 1, 2))).toBeUndefined();
  });
});

const frames = fc.record({
  command: fc.integer({ min: 0, max: 31 }),
  status: fc.option(fc.nat(127), { nil: undefined }),
  session: fc.nat(65535),
  sequence: fc.nat(65535),
  argument: fc.nat(0xffffffff),
  data: fc.uint8Array({ maxLength: 1024, size: "max" }),
});

describe("frames", () => {
  test("should come out of a stream whole, whatever pieces it comes in and whatever lies between", () => {
    const noise = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(frames, noise), { maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (list, piece) => {
          const wire = Buffer.concat(
            list.flatMap(([frame, between]) => [encodeFrame(frame), between]),
          );
          const reader = new FrameReader();
          const found = [];
          for (let at = 0; at < wire.length; at += piece)
            found.push(...reader.push(wire.subarray(at, at + piece)));
          expect(found).toEqual(list.map(([frame]) => ({ version: 1, ...frame })));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("should be refused when any bit is flipped", () => {
    fc.assert(
      fc.property(frames, fc.nat(), (frame, where) => {
        const wire = encodeFrame(frame).slice(1, -1);
        const bit = where % (wire.length * 8);
        wire[bit >> 3] ^= 1 << (bit & 7);
        // A flip may make a 00, which then cuts the frame in two: both halves must be refused.
        for (const part of Buffer.from(wire).toString("latin1").split("\0")) {
          expect(decodeFrame(Buffer.from(part, "latin1"))).toBeUndefined();
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("should be skipped and counted when longer than any frame", () => {
    const reader = new FrameReader();
    expect(reader.push(new Uint8Array(5000).fill(1))).toEqual([]);
    const frame = {
      command: 1,
      status: undefined,
      session: 1,
      sequence: 2,
      argument: 3,
      data: new Uint8Array(0),
    };
    expect(reader.push(encodeFrame(frame))).toHaveLength(1);
    expect(reader.skipped).toBe(1);
  });
});
