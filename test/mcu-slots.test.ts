/** A Pico keeps its image in flash: over power-off, and when power fails in the midst of changing it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadMcuBoard } from "../host/board/load.ts";
import { NomulError } from "../host/errors.ts";
import type { TableImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { openEmulator } from "../host/link/port.ts";
import type { Rp2040Emulator } from "../host/mcu/rp2040.ts";
import { startEmulator } from "../host/mcu/start.ts";
import { missingTools } from "../host/mcu/tools.ts";
import { slotConstants } from "../host/spec/slots.ts";
import { keepImage, rollBack } from "../host/verify/keep.ts";
import { lies } from "./lies.ts";
import { expectRuns, imageOf, refusal, submit } from "./mcu-device.ts";

const first = imageOf("maddness", "every-threshold");
const second = imageOf("maddness", "every-leaf");
const FRACTIONS = [0, 0.5, 1];

const board = loadMcuBoard("pico");
const missing = missingTools(board);

describe.skipIf(missing)(`slots of sim:pico${missing ? ` (absent: ${missing})` : ""}`, () => {
  let emulator: Rp2040Emulator;
  let device: Device;

  beforeAll(async () => {
    emulator = (await startEmulator(board.id)) as Rp2040Emulator;
    device = await Device.open(await openEmulator(emulator));
  }, 60_000);
  afterAll(async () => {
    await device?.close();
  });

  const keep = async (image: TableImage) => {
    await flashImage(device, image);
    return keepImage(device, image);
  };

  test("an image should be kept over power-off, updated and rolled back", async () => {
    expect((await device.status()).slotState).toBe("empty");
    expect(await keep(first)).toMatchObject({ slot: "A", written: true });
    await emulator.powerCycle();
    await expectRuns(device, first);
    expect(await keep(second)).toMatchObject({ slot: "B", written: true });
    await emulator.powerCycle();
    await expectRuns(device, second);
    await rollBack(device);
    await emulator.powerCycle();
    await expectRuns(device, first);
  }, 60_000);

  test("an image that lies should not displace the one that is kept", async () => {
    const { slots } = await device.status();
    for (const { name, device: part } of lies(second, board.engine.arenaElements)) {
      const error = await refusal(submit(device, part, second.tableOffset));
      expect([name, error.message]).toEqual([name, expect.stringMatching(/OUT_OF_RANGE/)]);
    }
    await device.load("boot");
    await expectRuns(device, first);
    await emulator.powerCycle();
    await expectRuns(device, first);
    expect((await device.status()).slots).toEqual(slots);
  }, 60_000);

  test("a slot that lost a bit should not boot, and boot again when it is back", async () => {
    const slotA = board.flash!.slotA;
    const body = slotA + slotConstants.find(({ name }) => name === "SLOT_BODY")!.value;
    for (const at of [slotA + 1, body, body + first.device.length - 1]) {
      emulator.chip.contents[at] ^= 16;
      await emulator.powerCycle();
      expect([at, (await device.status()).slotState]).toEqual([at, "empty"]);
      emulator.chip.contents[at] ^= 16;
    }
    await emulator.powerCycle();
    await expectRuns(device, first);
  }, 60_000);

  test("power that fails in any operation should leave the old image or the new one", async () => {
    const before = emulator.chip.contents.slice();
    const start = emulator.chip.operations;
    await keep(second);
    const operations = emulator.chip.operations - start;
    // Two erased sectors, pages of body and header, and what confirms.
    expect(operations).toBeGreaterThanOrEqual(5);
    const came: string[] = [];
    for (let operation = 0; operation < operations; operation++) {
      for (const fraction of FRACTIONS) {
        emulator.chip.contents.set(before);
        await emulator.powerCycle();
        await flashImage(device, second);
        emulator.cutPower({ operation, fraction });
        await keepImage(device, second).catch((error) => {
          if (!(error instanceof NomulError)) throw error;
        });
        await emulator.powerCycle();
        const { deviceCrc } = await device.status();
        const image = [first, second].find((some) => some.deviceCrc === deviceCrc);
        if (!image) throw new Error(`operation ${operation}, ${fraction}: neither image is there`);
        await expectRuns(device, image);
        came.push(image === first ? "old" : "new");
      }
    }
    expect(came).toHaveLength(operations * FRACTIONS.length);
    // Only what was confirmed whole is new.
    expect(came.slice(0, -1)).not.toContain("new");
    expect(came.at(-1)).toBe("new");
  }, 120_000);
});
