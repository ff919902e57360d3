/** Realisations that need nothing but npm packages: definition, Wasm, simulated gateware. */
import { afterAll, beforeAll } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { Device } from "../host/link/device.ts";
import { openPort } from "../host/link/port.ts";
import { inferProgram } from "../host/reference/program.ts";
import { selftest } from "../host/reference/selftest.ts";
import { createRuntime } from "../host/runtime/wasm.ts";
import { conform, loadDevice, type Realisation, specOf, toCase } from "./conformance.ts";
import { misfit } from "./misfit.ts";

const reason = (value: true | string) => (value === true ? undefined : value);

const definition: Realisation = {
  name: "definition",
  absent: () => undefined,
  load: async ({ program }) => ({
    infer: async (input) => [...inferProgram(program, input).at(-1)!],
    selftest: async (seed, count) => selftest(program, seed, count),
  }),
};

const scalar: Realisation = {
  name: "Wasm scalar",
  absent: (file) => reason(specOf(file).realisations.scalar),
  load: async (image) => {
    const runtime = createRuntime(image);
    return {
      infer: async (input) => [...runtime.infer(input)],
      selftest: async (seed, count) => runtime.selftest(seed, count),
    };
  },
};

/** 8 lanes with tables in SPRAM, 16 with tables in block RAM. */
const boards = ["icebreaker", "hx8k-evn"];
const devices = new Map<string, Device>();

const gatewareOf = (id: string): Realisation => ({
  name: `gateware sim:${id}`,
  absent: (file, vector) =>
    reason(specOf(file).realisations.gateware[loadBoard(id).engine.lanes]) ??
    misfit(toCase(file, vector).image, loadBoard(id)),
  load: (image) => loadDevice(devices.get(id)!, image),
});

const simd: Realisation = {
  name: "Wasm SIMD",
  absent: (file) => {
    const why = reason(specOf(file).realisations.simd128);
    if (why === undefined) throw new Error("the spec has a SIMD kernel: add it to this suite");
    return why;
  },
  load: () => Promise.reject(new Error("absent")),
};

beforeAll(async () => {
  for (const id of boards) devices.set(id, await Device.open(await openPort(`sim:${id}`)));
}, 600_000);

afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

conform([definition, scalar, simd, ...boards.map(gatewareOf)]);
