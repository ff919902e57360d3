/** Microcontrollers: the device Wasm as C, in the real firmware, on emulated chips. */
import { afterAll, beforeAll } from "vitest";
import { loadMcuBoard } from "../host/board/load.ts";
import type { Device } from "../host/link/device.ts";
import { openDevice } from "../host/link/open-device.ts";
import { missingTools } from "../host/mcu/tools.ts";
import { parseSimulated } from "../host/sim/simulated.ts";
import { conform, loadDevice, type Realisation, toCase } from "./conformance.ts";
import { mcuMisfit } from "./misfit.ts";

/** One chip of each kind, with and without bounds checks; `npm run bench:mcu` runs all of them. */
const builds = ["mps2-an385", "mps2-an505:checked", "microbit", "microbit:checked", "rv32-virt"];
const devices = new Map<string, Device>();

const boardOf = (build: string) => loadMcuBoard(parseSimulated(build).id);

const firmware = builds.map((build): Realisation => {
  const board = boardOf(build);
  const missing = missingTools(board);
  return {
    name: `firmware sim:${build}`,
    absent: (file, vector) => missing ?? mcuMisfit(toCase(file, vector).image, board),
    load: (image) => loadDevice(devices.get(build)!, image),
  };
});

beforeAll(async () => {
  for (const build of builds) {
    if (!missingTools(boardOf(build))) devices.set(build, await openDevice(`sim:${build}`));
  }
}, 120_000);

afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

conform(firmware);
