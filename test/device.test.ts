/** The link against the real gateware: every refusal, real faults in its memory, noise on its line. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import type { NomulError } from "../host/errors.ts";
import { packImage } from "../host/image/pack.ts";
import { planProgram } from "../host/image/plan.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { cobsDecode, cobsEncode } from "../host/link/cobs.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { encodeFrame, type Frame, FrameReader } from "../host/link/frame.ts";
import { openPort, type Port } from "../host/link/port.ts";
import { maddnessEncode } from "../host/reference/maddness.ts";
import { inferProgram } from "../host/reference/program.ts";
import { selftestInputs } from "../host/reference/selftest.ts";
import { verifyDevice } from "../host/verify/verify.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const file = vectors as unknown as VectorFile;

function imageOf(id: string): TableImage {
  const vector = file.vectors.find((v) => v.id === id)!;
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  return readImage(packImage(toProgram("maddness", vector), options));
}

const chain = imageOf("chain-3");
let port: Port;
let device: Device;

beforeAll(async () => {
  port = await openPort("sim:icebreaker", { baudRate: 3_000_000 });
  device = await Device.open(port);
});

afterAll(async () => {
  await port?.close();
});

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    const { code, message } = error as NomulError;
    return `${code} ${/refused: (\w+)/.exec(message)?.[1] ?? message}`;
  }
  return "accepted";
};

/** The same request in another protocol version, with a right CRC. */
function withVersion(wire: Uint8Array, version: number): Uint8Array {
  const body = cobsDecode(wire.subarray(1, -1))!;
  body[0] = (version << 5) | (body[0] & 31);
  new DataView(body.buffer).setUint32(body.length - 4, crc32c(body.subarray(0, -4)), true);
  return Uint8Array.of(0, ...cobsEncode(body), 0);
}

const u32 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

describe("the device", () => {
  beforeEach(async () => {
    await device.reset();
    // The reset begins behind the reply's last bit.
    await device.status();
  });

  test("should say what it is", () => {
    expect(device.info).toMatchObject({
      protocol: 1,
      deviceKind: 1,
      board: "icebreaker",
      tableBytes: 131072,
      parameterBytes: 6144,
      arenaElements: 1024,
      accumulatorBits: 16,
      lanes: 8,
      clockHz: 12_000_000,
    });
  });

  test("should hold nothing after a reset, and refuse to run it", async () => {
    expect((await device.status()).slotState).toBe("empty");
    expect(await refusal(device.infer(new Uint8Array(50)))).toBe("E_DEVICE_STATUS NO_IMAGE");
    expect(await refusal(device.trace(0, 1))).toBe("E_DEVICE_STATUS NO_IMAGE");
    expect(await refusal(device.selftest(1, 1, 100))).toBe("E_DEVICE_STATUS NO_IMAGE");
    expect(await refusal(device.data(0, new Uint8Array(4)))).toBe("E_DEVICE_STATUS NOT_OPEN");
    expect(await refusal(device.digest(0, 4))).toBe("E_DEVICE_STATUS NOT_OPEN");
    expect(await refusal(device.commit(0))).toBe("E_DEVICE_STATUS NOT_OPEN");
  });

  test("should refuse images larger than its memories and keep what it had", async () => {
    await flashImage(device, chain);
    const { tableBytes, parameterBytes } = device.info;
    for (const [bytes, tableOffset] of [
      [tableBytes + 64 + 8, 64],
      [parameterBytes + 16, parameterBytes + 8],
      [0xfffffff8, 64],
    ]) {
      expect(await refusal(device.begin(bytes, tableOffset))).toBe("E_DEVICE_STATUS TOO_LARGE");
    }
    expect(await device.status()).toMatchObject({
      slotState: "committed",
      deviceCrc: chain.deviceCrc,
    });
    expect((await verifyDevice(device, chain)).ok).toBe(true);
  });

  test("should hold the largest image its memories allow, every byte of it", async () => {
    const { tableBytes, parameterBytes } = device.info;
    await device.begin(tableBytes + parameterBytes, parameterBytes);
    for (const offset of [0, parameterBytes - 8, parameterBytes, parameterBytes + tableBytes - 8]) {
      const bytes = Uint8Array.from({ length: 8 }, (_, i) => (offset >> 3) + i);
      await device.data(offset, bytes);
      expect(await device.digest(offset, 8)).toBe(crc32c(bytes));
    }
  });

  test("should refuse offsets and lengths outside the image", async () => {
    await device.begin(chain.device.length, chain.tableOffset);
    const end = chain.device.length;
    expect(await refusal(device.data(end - 3, new Uint8Array(4)))).toBe(
      "E_DEVICE_STATUS OUT_OF_RANGE",
    );
    expect(await refusal(device.data(0xfffffffe, new Uint8Array(4)))).toBe(
      "E_DEVICE_STATUS OUT_OF_RANGE",
    );
    expect(await refusal(device.data(end - 4, new Uint8Array(4)))).toBe("accepted");
    expect(await refusal(device.digest(0, end + 1))).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
    expect(await refusal(device.digest(end - 1, 0xffffffff))).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
    expect(await refusal(device.digest(end - 1, 1))).toBe("accepted");
  });

  test("should refuse a commit with another CRC and stay open", async () => {
    await device.begin(chain.device.length, chain.tableOffset);
    expect(await refusal(device.commit(chain.deviceCrc ^ 1))).toBe("E_DEVICE_STATUS BAD_CRC");
    expect((await device.status()).slotState).toBe("open");
  });

  test("should take DATA twice and in any order", async () => {
    await device.begin(chain.device.length, chain.tableOffset);
    const starts = Array.from({ length: Math.ceil(chain.device.length / 100) }, (_, i) => i * 100);
    for (const at of [...starts].reverse().concat(starts)) {
      await device.data(at, chain.device.subarray(at, at + 100));
    }
    await device.commit(chain.deviceCrc);
    await device.commit(chain.deviceCrc); // a commit whose reply was lost is sent again
    expect((await verifyDevice(device, chain)).ok).toBe(true);
  });

  test("should refuse inputs, counts and steps the program does not take", async () => {
    await flashImage(device, chain);
    expect(await refusal(device.infer(new Uint8Array(49)))).toBe("E_DEVICE_STATUS BAD_LENGTH");
    expect(await refusal(device.infer(new Uint8Array(50), 4))).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
    expect(await refusal(device.selftest(0, 1, 100))).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
    expect(await refusal(device.selftest(1, 0, 100))).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
    const trace = device.session.request("TRACE", 1020, u32(5));
    expect(await refusal(trace)).toBe("E_DEVICE_STATUS OUT_OF_RANGE");
  });

  test("should hear RESET in the middle of a self-test that would take days", async () => {
    await flashImage(device, chain);
    const endless = device.session.request("SELFTEST", 1, u32(0xffffffff), { attempts: 1 });
    await expect(endless).rejects.toMatchObject({ code: "E_LINK_TIMEOUT" });
    await device.reset();
    expect((await device.status()).slotState).toBe("empty");
  });

  test("should refuse an unfinished transfer until it is completed", async () => {
    await flashImage(device, chain);
    await device.begin(chain.device.length, chain.tableOffset);
    await device.reset();
    await device.begin(chain.device.length, chain.tableOffset);
    await device.data(0, chain.device.subarray(0, 1024));
    for (let at = 1024; at < chain.device.length; at += 1024) {
      await device.data(
        at,
        chain.device.subarray(at, at + 1024).map((byte) => ~byte),
      );
    }
    expect(await refusal(device.infer(new Uint8Array(50)))).toBe("E_DEVICE_STATUS NO_IMAGE");
    expect(await refusal(verifyDevice(device, chain))).toBe(
      "E_DEVICE_IMAGE the device holds an unfinished transfer",
    );
    // Resumed: the block that came through before is not sent again.
    const { sentBytes } = await flashImage(device, chain);
    expect(sentBytes).toBe(chain.device.length - 1024);
    expect((await verifyDevice(device, chain)).ok).toBe(true);
  });

  test("should be sent nothing when it holds the image, and only the blocks that differ", async () => {
    const first = await flashImage(device, chain);
    expect(first.sentBytes).toBe(chain.device.length);
    expect((await flashImage(device, chain)).sentBytes).toBe(0);
    await port.simulator!.poke("table", 2500, 3);
    const repaired = await flashImage(device, chain);
    expect(repaired.sentBytes).toBe(1024);
    expect((await verifyDevice(device, chain)).ok).toBe(true);
    // Another image of the same size: nothing of it may be taken for the old one's.
    const layers = chain.program.layers.map((l) => ({ ...l, tables: l.tables.map((t) => -1 - t) }));
    const other = readImage(
      packImage({ ...chain.program, layers }, { manifest: { tool: "test" }, goldenInputs: [] }),
    );
    expect((await flashImage(device, other)).sentBytes).toBe(other.device.length);
    const inputs = chain.golden.map((g) => g.input);
    expect((await verifyDevice(device, other, { inputs })).ok).toBe(true);
  });

  test("should survive programs that make no sense", async () => {
    for (const id of ["chain-3", "outputs-1"]) {
      const part = imageOf(id).device;
      // Whatever the descriptors say: the inference ends and the device still answers.
      await fc.assert(
        fc.asyncProperty(fc.nat(127), fc.nat(255), async (at, value) => {
          const hostile = part.slice();
          hostile[at] = value;
          await device.begin(hostile.length, imageOf(id).tableOffset);
          for (let i = 0; i < hostile.length; i += 1024)
            await device.data(i, hostile.subarray(i, i + 1024));
          await device.commit(crc32c(hostile));
          await refusal(device.infer(new Uint8Array(imageOf(id).program.layers[0].inputs)));
          await refusal(device.selftest(1, 2, 70_000));
          expect((await device.status()).slotState).toBe("committed");
        }),
        { numRuns: 15 },
      );
    }
    await flashImage(device, chain);
    expect((await verifyDevice(device, chain)).ok).toBe(true);
  }, 120_000);
});

describe("a fault in the device's memory", () => {
  test("should be found and located wherever it is", async () => {
    const tableBytes = chain.device.length - chain.tableOffset;
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.nat(7), async (inTables, where, bit) => {
        await flashImage(device, chain);
        const address = where % (inTables ? tableBytes : chain.tableOffset);
        await port.simulator!.poke(inTables ? "table" : "parameter", address, bit);
        const { ok, memoryFaults } = await verifyDevice(device, chain);
        const offset = address + (inTables ? chain.tableOffset : 0);
        const expected = chain.device[offset];
        expect(ok).toBe(false);
        expect(memoryFaults).toEqual([
          expect.objectContaining({ offset, expected, actual: expected ^ (1 << bit) }),
        ]);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test("should be named in the operator's words", async () => {
    await flashImage(device, chain);
    const M8 = 24;
    await port.simulator!.poke("table", (3 * 16 + 5) * M8 + 7, 2);
    const encoder = 32 + 3 * 32 + 4 * 40; // program header, three steps, four encoders
    await port.simulator!.poke("parameter", encoder + 8 + 2 * 11, 0);
    const { memoryFaults } = await verifyDevice(device, chain);
    expect(memoryFaults.map((f) => f.what)).toEqual([
      "step 0, codebook 4, threshold 11",
      "step 0, codebook 3, table row 5, output 7",
    ]);
  });

  /** First row that reads a table row of some codebook before all others do. */
  function firstReader(codes: readonly Uint8Array[], from: number) {
    for (let n = from; n < codes.length; n++) {
      const c = codes[n].findIndex((k, i) => codes.slice(0, n).every((e) => e[i] !== k));
      if (c >= 0) return { n, c, row: c * 16 + codes[n][c] };
    }
    throw new Error("every row was read before");
  }

  const single = imageOf("outputs-72");
  const [layer] = single.program.layers;
  const M8 = 72;

  test("should lead to the first vector and element that differ", async () => {
    await flashImage(device, single);
    const { n, row } = firstReader(
      single.golden.map((g) => maddnessEncode(layer, g.input)),
      2,
    );
    await port.simulator!.poke("table", row * M8 + 41, 6);
    const { firstDifference, differingBits } = await verifyDevice(device, single);
    expect(firstDifference).toMatchObject({ source: "vectors", vector: n, step: 0, element: 41 });
    expect(Math.abs(firstDifference!.actual - firstDifference!.expected)).toBe(64);
    expect(differingBits).toBeGreaterThan(0);
  });

  test("should be found by the self-test when no vector shows it", async () => {
    await flashImage(device, single);
    const inputs = selftestInputs(single.program, 7);
    const codes = Array.from({ length: 60 }, () => maddnessEncode(layer, inputs.next().value));
    const { n, row } = firstReader(codes, 5);
    await port.simulator!.poke("table", row * M8, 7);
    const options = { inputs: [], selfTestVectors: 60, seed: 7 };
    const { selfTestOk, firstDifference } = await verifyDevice(device, single, options);
    expect(selfTestOk).toBe(false);
    expect(firstDifference).toMatchObject({ source: "self-test", vector: n, step: 0, element: 0 });
  });

  test("should be located in the step it is in", async () => {
    await flashImage(device, chain);
    const [, hidden] = inferProgram(chain.program, chain.golden[0].input);
    const row = maddnessEncode(chain.program.layers[2], hidden)[1];
    const step2 = planProgram(chain.program).steps[2];
    await port.simulator!.poke("table", step2.tableOffset + (16 + row) * 8 + 3, 5);
    const { firstDifference } = await verifyDevice(device, chain);
    expect(firstDifference).toMatchObject({ source: "vectors", vector: 0, step: 2, element: 3 });
  });

  test("should be reported even if the program can't be run any more", async () => {
    await flashImage(device, chain);
    await port.simulator!.poke("parameter", 6, 0); // the number of inputs
    const result = await verifyDevice(device, chain);
    expect(result).toMatchObject({ ok: false, vectors: 0 });
    expect(result.memoryFaults).toHaveLength(1);
  });
});

describe("the line", () => {
  test("should carry frames through noise, which is counted and never answered", async () => {
    const before = await device.status();
    const noise = new TextEncoder().encode("boot: hello\r\n");
    const hello = encodeFrame({
      command: 1,
      status: undefined,
      session: 1,
      sequence: 1,
      argument: 0,
      data: new Uint8Array(0),
    });
    const damaged = hello.slice();
    damaged[5] ^= 0x10;
    for (const bytes of [noise, damaged, hello.subarray(0, 9), Uint8Array.of(0, 0, 0)]) {
      await port.write(bytes);
      expect((await device.status()).slotState).toBe(before.slotState);
    }
    const after = await device.status();
    expect((after.framesBad - before.framesBad) & 0xffff).toBe(3);
    expect(device.session.skipped).toBe(0);
  });

  test("should refuse a command or a protocol version it does not know", async () => {
    const reader = new FrameReader();
    const frames: Frame[] = [];
    port.onData((bytes) => frames.push(...reader.push(bytes)));
    const request = { status: undefined, session: 9, argument: 5, data: new Uint8Array(3) };
    const unknown = encodeFrame({ ...request, command: 30, sequence: 1 });
    const newer = withVersion(encodeFrame({ ...request, command: 1, sequence: 2 }), 2);
    await port.write(unknown);
    await port.write(newer);
    await port.drain();
    await expect.poll(() => frames.length).toBe(2);
    expect(frames.map((f) => [f.sequence, f.status, f.argument, f.data.length])).toEqual([
      [1, 1, 5, 0],
      [2, 1, 5, 0],
    ]);
  });
});
