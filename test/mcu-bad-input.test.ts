/** What microcontrollers' firmware does with input that is wrong: it says so, answers on, and harms nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadMcuBoard } from "../host/board/load.ts";
import { crc32c } from "../host/crc32c.ts";
import { Random } from "../host/fit/random.ts";
import { cobsDecode, cobsEncode } from "../host/link/cobs.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import {
  commandCode,
  encodeFrame,
  type Frame,
  FrameReader,
  LINK_VERSION,
} from "../host/link/frame.ts";
import { openDevice } from "../host/link/open-device.ts";
import { openEmulator, type Port } from "../host/link/port.ts";
import type { FirmwareOptions } from "../host/mcu/firmware.ts";
import { startEmulator } from "../host/mcu/start.ts";
import { missingTools } from "../host/mcu/tools.ts";
import { packageRoot } from "../host/package-root.ts";
import { parseSimulated } from "../host/sim/simulated.ts";
import { statusCodes } from "../host/spec/link.ts";
import { lie, lies } from "./lies.ts";
import { expectRuns, imageOf, inputOf, refusal, submit } from "./mcu-device.ts";
import { mutated, randomFrame, wrongLength } from "./mutate.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 20_261_123);
const FRAMES = 1000;

const image = imageOf("maddness", "chain-3");
const other = imageOf("maddness4", "chain-mixed");
const builds = ["mps2-an385", "mps2-an385:checked", "rv32-virt"];

describe.each(builds)("the firmware of sim:%s", (build) => {
  const board = loadMcuBoard(parseSimulated(build).id);
  const missing = missingTools(board);
  const title = (text: string) => (missing ? `${text} (absent: ${missing})` : text);
  let device: Device;

  beforeAll(async () => {
    if (!missing) device = await openDevice(`sim:${build}`);
  }, 60_000);
  afterAll(async () => {
    await device?.close();
  });

  test.skipIf(missing)(title("should keep its image when another board's is flashed"), async () => {
    await flashImage(device, image);
    const error = await refusal(flashImage(device, other, { board: "icebreaker" }));
    expect(error.code).toBe("E_BOARD_WRONG");
    await expectRuns(device, image);
  });

  test.skipIf(missing)(title("should refuse an image larger than its memory"), async () => {
    await flashImage(device, image);
    const { tableBytes, parameterBytes } = board.engine;
    const refused = [
      [tableBytes + 8 + image.tableOffset, image.tableOffset],
      [parameterBytes + 16, parameterBytes + 8],
      [8, 16],
      [0xfffffff8, 0],
      [0xfffffff8, 0xfffffff8],
    ];
    for (const [bytes, offset] of refused) {
      expect((await refusal(device.begin(bytes, offset))).message).toMatch(/TOO_LARGE/);
    }
    expect((await refusal(device.begin(12, 4))).message).toMatch(/OUT_OF_RANGE/);
    await expectRuns(device, image);
  });

  test.skipIf(missing)(title("should write nothing outside an open image"), async () => {
    await device.begin(64, 32);
    for (const [at, bytes] of [
      [64, 8],
      [60, 8],
      [0xffffffff, 8],
      [0xfffffffc, 1024],
    ]) {
      const error = await refusal(device.data(at, new Uint8Array(bytes)));
      expect(error.message).toMatch(/OUT_OF_RANGE/);
    }
    expect((await refusal(device.digest(60, 8))).message).toMatch(/OUT_OF_RANGE/);
    expect((await refusal(device.digest(0xffffffff, 2))).message).toMatch(/OUT_OF_RANGE/);
    await flashImage(device, image);
    await expectRuns(device, image);
  });

  test.skipIf(missing)(
    title("should refuse every image that lies, and take a true one after it"),
    async () => {
      for (const truth of [image, other]) {
        await flashImage(device, truth);
        let held: Uint8Array = truth.device;
        for (const { name, device: part } of lies(truth, board.engine.arenaElements)) {
          const error = await refusal(submit(device, part, truth.tableOffset, held));
          expect([name, error.message]).toEqual([name, expect.stringMatching(/OUT_OF_RANGE/)]);
          expect((await refusal(device.infer(inputOf(truth)))).message).toMatch(/NO_IMAGE/);
          held = part;
        }
        await flashImage(device, truth);
        await expectRuns(device, truth);
      }
    },
    60_000,
  );

  test.skipIf(missing)(
    title(`should not notice ${FRAMES} damaged frames (seed ${SEED})`),
    async () => {
      console.error(`seed ${SEED}`);
      await flashImage(device, image);
      const before = await device.status();
      const random = new Random(SEED);
      // Harmless when damage leaves a frame whole.
      const harmless = ["HELLO", "STATUS", "TRACE"] as const;
      for (let i = 0; i < FRAMES; i++) {
        const command = harmless[random.below(harmless.length)];
        const frame = encodeFrame({ ...randomFrame(random, false), command: commandCode[command] });
        await device.port.write(i % 3 === 0 ? wrongLength(random) : mutated(random, frame));
        if (i % 50 === 49) await device.status();
      }
      await expectRuns(device, image);
      const after = await device.status();
      // They did arrive.
      expect(after.framesBad - before.framesBad).toBeGreaterThan(FRAMES / 3);
    },
    60_000,
  );
});

const m3 = loadMcuBoard("mps2-an385");
const missing = missingTools(m3);
const title = (text: string) => (missing ? `${text} (absent: ${missing})` : text);
const sources = join(packageRoot, "firmware-bridge/mcu");

/** A source file of the firmware with one text replaced. */
function changed(name: string, from: string, to: string): FirmwareOptions["replace"] {
  const text = readFileSync(join(sources, name), "utf8");
  if (text.split(from).length !== 2) throw new Error(`${name} has not once: ${from}`);
  return { [name]: text.replace(from, to) };
}

async function withPort<T>(options: FirmwareOptions, work: (port: Port) => Promise<T>): Promise<T> {
  const port = await openEmulator(await startEmulator(m3.id, options));
  try {
    return await work(port);
  } finally {
    await port.close();
  }
}

/** A request of another protocol version under a CRC that fits it. */
function ofVersion(version: number, frame: Omit<Frame, "version">): Uint8Array {
  const body = cobsDecode(encodeFrame(frame).subarray(1, -1))!.slice(0, -4);
  body[0] = (version << 5) | frame.command;
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32c(body), true);
  return Uint8Array.of(0, ...cobsEncode(Uint8Array.of(...body, ...crc)), 0);
}

test.skipIf(missing)(
  title("a host of another protocol version should be told this one"),
  async () => {
    const reply = await withPort({}, async (port) => {
      const reader = new FrameReader();
      const replied = new Promise<Frame>((resolve) => {
        port.onData((bytes) => reader.push(bytes).forEach(resolve));
      });
      const request = { command: commandCode.HELLO, status: undefined, session: 7, sequence: 9 };
      await port.write(ofVersion(2, { ...request, argument: 0, data: new Uint8Array(0) }));
      return replied;
    });
    expect([reply.version, reply.session, reply.sequence]).toEqual([LINK_VERSION, 7, 9]);
    expect(reply.status).toBe(statusCodes.find(({ name }) => name === "BAD_COMMAND")!.value);
  },
  60_000,
);

test.skipIf(missing)(
  title("firmware of another protocol version should be named, with both versions"),
  async () => {
    const spec = '#include "../generated/spec.h"';
    const version2 = `${spec}\n#undef NOMUL_LINK_VERSION\n#define NOMUL_LINK_VERSION 2`;
    const error = await withPort({ replace: changed("layout.h", spec, version2) }, (port) =>
      refusal(Device.open(port)),
    );
    expect(error.code).toBe("E_LINK_VERSION");
    expect(error.message).toMatch(/protocol 2, this nomul speaks 1/);
  },
  60_000,
);

test.skipIf(missing)(
  title("checked firmware should stop kernels that leave memory, even if no image were checked"),
  async () => {
    const refused = "if (status != NOMUL_STATUS_OK) return status;";
    const replace = changed("image.c", refused, "status = NOMUL_STATUS_OK;");
    const far = ["tableOffset", "parameterOffset"].map((field) =>
      lie(image, "step", field, 0x4000_0000),
    );
    await withPort({ checked: true, replace }, async (port) => {
      const device = await Device.open(port);
      for (const lie of far) {
        await submit(device, lie.device, image.tableOffset);
        const error = await refusal(device.infer(inputOf(image)));
        expect([lie.name, error.message]).toEqual([
          lie.name,
          expect.stringMatching(/OUT_OF_RANGE/),
        ]);
        // What was stopped is not run again.
        expect((await refusal(device.infer(inputOf(image)))).message).toMatch(/NO_IMAGE/);
      }
      await flashImage(device, image);
      await expectRuns(device, image);
    });
  },
  60_000,
);
