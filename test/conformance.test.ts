/** Realisations that need nothing but npm packages: definition, Wasm, simulated gateware. */
import { setFlagsFromString } from "node:v8";
import { afterAll, beforeAll } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { crc32c } from "../host/crc32c.ts";
import { Device } from "../host/link/device.ts";
import { openPort } from "../host/link/port.ts";
import { inferProgram } from "../host/reference/program.ts";
import { selftest, selftestInputs } from "../host/reference/selftest.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";
import { createRuntime } from "../host/runtime/wasm.ts";
import { conform, loadDevice, type Realisation, specOf, toCase } from "./conformance.ts";
import { misfit } from "./misfit.ts";

// Node 20 has relaxed SIMD behind this; newer ones know no such flag and need none.
if (process.version.startsWith("v20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

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

/** Many rows at once; `relaxed` where the engine has it. */
const simd = (relaxed: boolean): Realisation => ({
  name: relaxed ? "Wasm SIMD, relaxed" : "Wasm SIMD",
  absent: (file, vector) => {
    const { image } = toCase(file, vector);
    const runtime = createBatchRuntime(image, { relaxed });
    if (runtime.reason) return runtime.reason;
    return runtime.relaxed === relaxed ? undefined : "this engine has no relaxed SIMD";
  },
  load: async (image) => {
    const { inputType } = image.program;
    const runtime = createBatchRuntime(image, { relaxed });
    return {
      infer: async (input) => [...runtime.infer(typedInputs[inputType].from(input))],
      selftest: async (seed, count) => {
        const inputs = selftestInputs(image.program, seed);
        const rows = Array.from({ length: count }, () => [...inputs.next().value]);
        const flat = typedInputs[inputType].from(rows.flat());
        const outputs = runtime.infer(flat);
        return crc32c(new Uint8Array(outputs.buffer, outputs.byteOffset, outputs.byteLength));
      },
    };
  },
});

const typedInputs = { u8: Uint8Array, i8: Int8Array, i16: Int16Array };

beforeAll(async () => {
  for (const id of boards) devices.set(id, await Device.open(await openPort(`sim:${id}`)));
}, 600_000);

afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

conform([definition, scalar, simd(false), simd(true), ...boards.map(gatewareOf)]);
