/** Realisations that need nothing but npm packages: definition, Wasm, simulated gateware. */
import { afterAll, beforeAll, expect } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { crc32c } from "../host/crc32c.ts";
import { inputArray } from "../host/image/input.ts";
import { Device } from "../host/link/device.ts";
import { openPort } from "../host/link/port.ts";
import { inferProgram } from "../host/reference/program.ts";
import { selftest, selftestInputs } from "../host/reference/selftest.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";
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

/** A block of rows and some: the last block is short, and no row lies where the vector has it. */
const BATCH = 300;

const simd: Realisation = {
  name: "Wasm SIMD",
  absent: (file) => reason(specOf(file).realisations.simd128),
  load: async (image) => {
    const { program } = image;
    const runtime = createBatchRuntime(image);
    expect(runtime.realisation).toBe("simd");
    return {
      // Every row of a batch is the input: all must give its outputs.
      infer: async (input) => {
        const rows = Array.from({ length: BATCH }, () => input).flat();
        const outputs = runtime.infer(inputArray(program.inputType, rows));
        const M = outputs.length / BATCH;
        const first = [...outputs.subarray(0, M)];
        expect([...outputs]).toEqual(Array.from({ length: BATCH }, () => first).flat());
        return first;
      },
      selftest: async (seed, count) => {
        const inputs = selftestInputs(program, seed);
        const rows = Array.from({ length: count }, () => [...inputs.next().value]).flat();
        const outputs = runtime.infer(inputArray(program.inputType, rows));
        return crc32c(new Uint8Array(outputs.buffer, outputs.byteOffset, outputs.byteLength));
      },
    };
  },
};

beforeAll(async () => {
  for (const id of boards) devices.set(id, await Device.open(await openPort(`sim:${id}`)));
}, 600_000);

afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

conform([definition, scalar, simd, ...boards.map(gatewareOf)]);
