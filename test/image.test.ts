import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import type { NomulError } from "../host/errors.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { writeRecord } from "../host/image/record.ts";
import { inferProgram } from "../host/reference/program.ts";
import { imageHeader, programHeader, stepDescriptor } from "../host/spec/image.ts";
import { placeFields } from "../host/spec/layout.ts";
import type { Struct } from "../host/spec/struct.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const file = vectors as unknown as VectorFile;
const chain = file.vectors.find((v) => v.id === "chain-3")!;
const program = toProgram("maddness", chain);
const manifest = { tool: "nomul test", labels: ["a", "b", "c", "d", "e"] };
const image = packImage(program, { manifest, goldenInputs: toInputs(chain) });

const codeOf = (run: () => unknown): [string, string] => {
  try {
    run();
  } catch (error) {
    const { code, message } = error as NomulError;
    return [code, message];
  }
  return ["none", ""];
};

const at = (struct: Struct, name: string) =>
  placeFields(struct).find((f) => f.name === name)!.offset;

/** The image with some bytes changed and both checksums made right again: only its sense is wrong. */
function forged(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer);
  change(bytes, view);
  const deviceBytes = view.getUint32(at(imageHeader, "deviceBytes"), true);
  const device = bytes.subarray(imageHeader.bytes, imageHeader.bytes + deviceBytes);
  view.setUint32(at(imageHeader, "deviceCrc"), crc32c(device), true);
  const sha = at(imageHeader, "sha256");
  bytes.fill(0, sha, sha + 32);
  bytes.set(createHash("sha256").update(bytes).digest(), sha);
  return bytes;
}

describe("a table image", () => {
  test.each(file.vectors)("should give back the program of vector $id", (vector) => {
    const original = toProgram("maddness", vector);
    const read = readImage(packImage(original, { manifest, goldenInputs: toInputs(vector) }));
    expect(read.program).toEqual(original);
    expect(read.golden.map((g) => [...g.output])).toEqual(vector.outputs);
    expect(read.manifest).toEqual(manifest);
  });

  test("should be the same bytes for the same program", () => {
    expect(packImage(program, { manifest, goldenInputs: toInputs(chain) })).toEqual(image);
  });

  test("should be read from a Buffer that is a view into a larger one", () => {
    const pool = Buffer.concat([Buffer.alloc(13), image, Buffer.alloc(5)]);
    expect(readImage(pool.subarray(13, -5))).toEqual(readImage(image));
  });

  test("should hold golden outputs of the definition", () => {
    const { golden } = readImage(image);
    for (const { input, output } of golden)
      expect(output).toEqual(inferProgram(program, input).at(-1));
  });
});

describe("reading a damaged image", () => {
  test("should refuse every truncation with a typed error", () => {
    for (let length = 0; length < image.length; length += 7) {
      const [code] = codeOf(() => readImage(image.subarray(0, length)));
      expect(code, `length ${length}`).toMatch(/^E_IMAGE_(TRUNCATED|FORMAT)$/);
    }
  });

  test("should refuse every flipped bit with a typed error", () => {
    fc.assert(
      fc.property(fc.nat(image.length - 1), fc.nat(7), (byte, bit) => {
        const bytes = image.slice();
        bytes[byte] ^= 1 << bit;
        expect(codeOf(() => readImage(bytes))[0]).toMatch(/^E_IMAGE_/);
      }),
      { numRuns: 2000 },
    );
  });

  test("should say that a newer format needs a newer nomul", () => {
    const newer = forged((_, view) => view.setUint16(at(imageHeader, "format"), 2, true));
    expect(codeOf(() => readImage(newer, "x.nomul"))).toEqual([
      "E_IMAGE_NEWER",
      "format: version 2, this nomul reads up to 1",
    ]);
  });

  test("should refuse a file that is no image at all", () => {
    expect(codeOf(() => readImage(new TextEncoder().encode("hello world")))[0]).toBe(
      "E_IMAGE_FORMAT",
    );
    expect(codeOf(() => readImage(new Uint8Array(0)))[0]).toBe("E_IMAGE_FORMAT");
  });

  const step = (index: number, name: string) =>
    imageHeader.bytes +
    programHeader.bytes +
    index * stepDescriptor.bytes +
    at(stepDescriptor, name);
  const header = (name: string) => imageHeader.bytes + at(programHeader, name);

  test.each([
    ["stepCount", header("stepCount"), 0, "stepCount"],
    ["stepCount beyond the part", header("stepCount"), 65535, "tableOffset"],
    ["inputType", header("inputType"), 9, "inputType"],
    ["arenaElements", header("arenaElements"), 8, "step 0.inputOffset"],
    ["operator", step(1, "operator"), 77, "step 1.operator"],
    ["flags", step(0, "flags"), 0x8000, "step 0.flags"],
    ["codebooks", step(0, "codebooks"), 0, "step 0.codebooks"],
    ["more codebooks than parameters", step(2, "codebooks"), 60000, "step 2.parameterOffset"],
    ["outputOffset", step(1, "outputOffset"), 65528, "step 1.outputOffset"],
    ["overlapping buffers", step(0, "outputOffset"), 0, "step 0.outputOffset"],
    ["unaligned outputs", step(0, "outputOffset"), 57, "step 0.outputOffset"],
  ])("should name the field of a wrong %s", (_name, offset, value, field) => {
    const [code, message] = codeOf(() =>
      readImage(forged((_b, view) => view.setUint16(offset, value, true))),
    );
    expect([code, message.split(":")[0]]).toEqual(["E_IMAGE_CORRUPT", field]);
  });

  test.each(["parameterOffset", "tableOffset", "outputStageOffset"])(
    "should refuse a step whose %s reaches outside",
    (name) => {
      for (const value of [0xfffffff8, 0x7ffffff8]) {
        const bytes = forged((_b, view) => view.setUint32(step(1, name), value, true));
        expect(codeOf(() => readImage(bytes))[1]).toContain(`step 1.${name}`);
      }
    },
  );
});

describe("packing", () => {
  const [first, ...rest] = program.layers;
  const withFirst = (change: object) => ({
    ...program,
    layers: [{ ...first, ...change }, ...rest],
  });

  test("should refuse a sum that could overflow, naming step and output", () => {
    const bias = first.bias.slice();
    bias[5] = 2 ** 31 - 1;
    const [code] = codeOf(() => packImage(withFirst({ bias }), { manifest }));
    expect(code).toBe("E_ACCUMULATOR_OVERFLOW");
    try {
      packImage(withFirst({ bias }), { manifest });
    } catch (error) {
      expect((error as NomulError).where).toBe("step 0, output 5");
    }
  });

  test("should accept the largest bias that can't overflow", () => {
    const column = (k: number, c: number) => first.tables[(c * 16 + k) * first.outputs + 5];
    let highest = 0;
    for (let c = 0; c < first.codebooks; c++) {
      highest += Math.max(...Array.from({ length: 16 }, (_, k) => column(k, c)));
    }
    const bias = first.bias.slice();
    bias[5] = 2 ** 31 - 1 - highest;
    expect(codeOf(() => packImage(withFirst({ bias }), { manifest }))[0]).toBe("none");
    bias[5]++;
    expect(codeOf(() => packImage(withFirst({ bias }), { manifest }))[0]).toBe(
      "E_ACCUMULATOR_OVERFLOW",
    );
  });

  test.each([
    ["tables of another shape", { tables: new Int8Array(3) }, "E_SHAPE"],
    [
      "a split dim beyond the inputs",
      { splitDims: first.splitDims.slice().fill(50, 3, 4) },
      "E_RANGE",
    ],
    ["a shift above 31", { shift: first.shift.slice().fill(32, 0, 1) }, "E_RANGE"],
    ["layers that do not meet", { outputs: 25 }, "E_SHAPE"],
  ])("should refuse %s", (_name, change, code) => {
    expect(codeOf(() => packImage(withFirst(change), { manifest }))[0]).toBe(code);
  });

  test("should refuse golden inputs outside the input type", () => {
    const goldenInputs = [new Array(50).fill(256)];
    expect(codeOf(() => packImage(program, { manifest, goldenInputs }))[0]).toBe("E_RANGE");
  });
});

test("records should refuse nothing and lose nothing at their bounds", () => {
  const bytes = new Uint8Array(stepDescriptor.bytes);
  writeRecord(stepDescriptor, bytes, { operator: 65535, parameterOffset: 0xffffffff });
  expect([...bytes.subarray(0, 2), ...bytes.subarray(16, 20)]).toEqual([
    255, 255, 255, 255, 255, 255,
  ]);
});
