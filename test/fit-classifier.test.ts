import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Checkpoint } from "../host/fit/checkpoint.ts";
import { chooseCodebooks } from "../host/fit/choose-codebooks.ts";
import {
  type ClassifierOptions,
  fitClassifier,
  type LabelledData,
} from "../host/fit/classifier.ts";
import { codebooksFor } from "../host/fit/codebook-budget.ts";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { squareImage } from "../host/fit/image-shape.ts";
import type { FloatNetwork } from "../host/fit/network.ts";
import { Random } from "../host/fit/random.ts";
import { correlatedSlices, randomSlices } from "../host/fit/slices.ts";
import { readImage } from "../host/image/read.ts";
import { inferProgram } from "../host/reference/program.ts";
import { inspectImage } from "../host/report/inspect.ts";

const folder = mkdtempSync(join(tmpdir(), "nomul-classifier-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Three classes around three middles, in `columns` columns. */
function blobs(seed: number, rows: number, columns = 6, spread = 30): LabelledData {
  const random = new Random(seed);
  const middles = Array.from({ length: 3 * columns }, () => 40 + random.below(176));
  const labels = Uint8Array.from({ length: rows }, () => random.below(3));
  const inputs = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const middle = middles[labels[Math.floor(i / columns)] * columns + (i % columns)];
    return Math.min(255, Math.max(0, Math.round(middle + spread * random.normal())));
  });
  return { inputs, columns, inputType: "u8", labels };
}

const options: ClassifierOptions = { hidden: [8], budget: 4096, epochs: 20, seed: 3, tool: "test" };

function accuracyOf(bytes: Uint8Array, data: LabelledData): number {
  const { program } = readImage(bytes);
  const D = data.columns;
  let right = 0;
  for (let r = 0; r < data.labels.length; r++) {
    const y = inferProgram(program, data.inputs.subarray(r * D, r * D + D)).at(-1)!;
    if (y.indexOf(Math.max(...y)) === data.labels[r]) right++;
  }
  return right / data.labels.length;
}

const errorOf = (data: LabelledData, more: Partial<ClassifierOptions> = {}) => {
  try {
    fitClassifier(data, { ...options, ...more });
  } catch (error) {
    return error as { code: string; where: string; next: string };
  }
  throw new Error("was not refused");
};

describe("a classifier from labelled rows", () => {
  const data = blobs(31, 600);

  test("tells classes apart within its budget, by the definition (seed 31)", () => {
    const fitted = fitClassifier(data, options);
    expect(accuracyOf(fitted.bytes, data)).toBeGreaterThan(0.95);
    expect(inspectImage(readImage(fitted.bytes)).tableBytes).toBeLessThanOrEqual(4096);
    expect(fitted.heldOut.rows).toBe(60);
    const { accuracy, fit } = readImage(fitted.bytes).manifest;
    expect(accuracy).toEqual({ float: fitted.heldOut.float, tables: fitted.heldOut.tables });
    expect(fit).toMatchObject({ seed: 3, hidden: [8], codebooks: fitted.codebooks });
  });

  test("takes the division and the columns that lost least in trials (seed 31)", () => {
    const fitted = fitClassifier(data, { ...options, budget: 2500 });
    const short = fitted.trials.filter(({ stage }) => !stage.startsWith("recipe"));
    const best = short.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(fitted.codebooks).toEqual(best.codebooks);
    expect(short.filter(({ stage }) => stage.startsWith("columns drawn")).length).toBe(2);
    expect(new Set(short.map(({ loss }) => loss)).size).toBe(short.length);
    const recipes = fitted.trials.filter(({ stage }) => stage.startsWith("recipe"));
    const kept = recipes.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(fitted.recipe).toBe(kept.recipe);
  });

  test("is the same file for the same seed, and no other for other threads", () => {
    const bytes = fitClassifier(data, options).bytes;
    expect(fitClassifier(data, { ...options, threads: 1 }).bytes).toEqual(bytes);
    expect(fitClassifier(data, { ...options, seed: 4 }).bytes).not.toEqual(bytes);
  });

  test("may have no hidden layer, or two", () => {
    for (const hidden of [[], [8, 16]]) {
      expect(accuracyOf(fitClassifier(data, { ...options, hidden }).bytes, data)).toBeGreaterThan(
        0.9,
      );
    }
  });

  test("goes on from a checkpoint to the same file", () => {
    const path = join(folder, "cut.checkpoint");
    const bytes = fitClassifier(data, options).bytes;
    let epochs = 0;
    const cut = () =>
      fitClassifier(data, {
        ...options,
        checkpoint: new Checkpoint(path, "key"),
        onProgress: (stage) => {
          if (stage.startsWith("recipe") && ++epochs === 5) throw new Error("cut");
        },
      });
    expect(cut).toThrow("cut");
    const checkpoint = new Checkpoint(path, "key");
    expect(checkpoint.stages.length).toBeGreaterThan(1);
    expect(fitClassifier(data, { ...options, checkpoint }).bytes).toEqual(bytes);
  });

  test("refuses a checkpoint that is cut off, or of another fit, and leaves it as it is", () => {
    const path = join(folder, "broken.checkpoint");
    const checkpoint = new Checkpoint(path, "key");
    fitClassifier(data, { ...options, checkpoint });
    expect(() => new Checkpoint(path, "other")).toThrow(
      expect.objectContaining({ code: "E_CHECKPOINT" }),
    );
    truncateSync(path, statSync(path).size - 1000);
    const kept = readFileSync(path);
    expect(() => new Checkpoint(path, "key")).toThrow(
      expect.objectContaining({ code: "E_CHECKPOINT" }),
    );
    writeFileSync(join(folder, "text"), "not one");
    expect(() => new Checkpoint(join(folder, "text"), "key")).toThrow(
      expect.objectContaining({ code: "E_CHECKPOINT" }),
    );
    expect(readFileSync(path)).toEqual(kept);
  });
});

describe("bad data", () => {
  const data = blobs(32, 300);

  test("labels that are none are named", () => {
    for (const [bad, at] of [
      [-1, 5],
      [256, 7],
      [1.5, 0],
      [Number.NaN, 299],
    ]) {
      const labels = Array.from(data.labels);
      labels[at] = bad;
      expect(errorOf({ ...data, labels })).toMatchObject({
        code: "E_RANGE",
        where: `labels[${at}]`,
      });
    }
    expect(
      errorOf({ ...data, labels: data.labels as Uint8Array, inputs: data.inputs.subarray(6) }),
    ).toMatchObject({ code: "E_SHAPE", where: "labels" });
  });

  test("one class only is refused", () => {
    const labels = new Uint8Array(300).fill(2);
    expect(errorOf({ ...data, labels })).toMatchObject({ code: "E_RANGE", where: "labels" });
  });

  test("fewer rows than a tree has leaves are refused", () => {
    expect(errorOf(blobs(33, 12))).toMatchObject({ code: "E_TOO_FEW_ROWS" });
  });

  test("a budget that no network fits in says what the least is", () => {
    const error = errorOf(data, { budget: 300 });
    expect(error).toMatchObject({ code: "E_RANGE", where: "budget" });
    const least = Number(/(\d+) bytes/.exec(error.next)![1]);
    expect(errorOf(data, { budget: least - 1 }).code).toBe("E_RANGE");
    expect(
      accuracyOf(fitClassifier(data, { ...options, budget: least }).bytes, data),
    ).toBeGreaterThan(0.5);
  });

  test("constant columns, constant rows and duplicates do no harm (seed 34)", () => {
    const { inputs, labels } = blobs(34, 300);
    const wide = new Uint8Array(300 * 8).fill(9);
    for (let r = 0; r < 300; r++) wide.set(inputs.subarray(r * 6, r * 6 + 6), r * 8 + 1);
    const fitted = fitClassifier({ ...data, inputs: wide, columns: 8, labels }, options);
    expect(accuracyOf(fitted.bytes, { ...data, inputs: wide, columns: 8, labels })).toBeGreaterThan(
      0.9,
    );

    const same = { ...data, inputs: new Uint8Array(300 * 6).fill(7) };
    const counts = [0, 1, 2].map((c) => Array.from(data.labels).filter((v) => v === c).length);
    const guess = accuracyOf(fitClassifier(same, options).bytes, same);
    expect(guess).toBeGreaterThanOrEqual(Math.min(...counts) / 300);

    const twenty = blobs(35, 20);
    const repeated: LabelledData = {
      ...twenty,
      inputs: Uint8Array.from({ length: 600 * 6 }, (_, i) => twenty.inputs[i % 120]),
      labels: Uint8Array.from({ length: 600 }, (_, r) => twenty.labels[r % 20]),
    };
    expect(accuracyOf(fitClassifier(repeated, options).bytes, repeated)).toBeGreaterThan(0.9);
  });

  test("columns of very different scale count alike (seed 36)", () => {
    const { inputs, labels } = blobs(36, 400, 4);
    const scaled = Int16Array.from(inputs, (v, i) => (i % 4 < 2 ? v * 100 : v >> 4));
    const mixed: LabelledData = { inputs: scaled, columns: 4, inputType: "i16", labels };
    expect(accuracyOf(fitClassifier(mixed, options).bytes, mixed)).toBeGreaterThan(0.85);
  });
});

describe("codebooks", () => {
  test("fill a budget and never exceed it (seed 37)", () => {
    const random = new Random(37);
    for (let i = 0; i < 300; i++) {
      const widths = Array.from({ length: 2 + random.below(3) }, () => 1 + random.below(200));
      const budget = 10_000 + random.below(200_000);
      const bytes = widths.slice(1).map((m) => 16 * 8 * Math.ceil(m / 8));
      const stage = 8 * 8 * Math.ceil(widths[widths.length - 1] / 8);
      if (bytes.reduce((a, b) => a + b, stage) > budget) continue;
      const counts = codebooksFor(widths, budget, random.uniform());
      const spent = counts.reduce((sum, n, l) => sum + n * bytes[l], stage);
      expect(spent).toBeLessThanOrEqual(budget);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      // What is left is less than a codebook, unless all layers have the most that they may.
      const open = counts.map((n, l) => (n < 160 ? bytes[l] : Number.POSITIVE_INFINITY));
      expect(budget - spent).toBeLessThan(Math.min(...open));
    }
  });

  test("of a given network are chosen within a budget, no more than it has inputs (seed 41)", () => {
    const random = new Random(41);
    const dense = (D: number, M: number, activation: "relu" | "none") => ({
      weights: Float32Array.from({ length: D * M }, () => random.normal() / 4),
      bias: new Float32Array(M),
      activation,
    });
    const network: FloatNetwork = {
      inputType: "u8",
      inputScale: 1 / 255,
      layers: [dense(12, 10, "relu"), dense(10, 3, "none")],
    };
    const inputs = Uint8Array.from({ length: 400 * 12 }, () => random.below(256));
    const chosen = chooseCodebooks(network, inputs, 3000, 41);
    expect(chosen).toEqual(chooseCodebooks(network, inputs, 3000, 41));
    expect(chosen[0] * 256 + chosen[1] * 128 + 64).toBeLessThanOrEqual(3000);
    const errors = [0.5, 0.65, 0.8].map((share) => {
      const [a, b] = codebooksFor([12, 10, 3], 3000, share, [12, 10]);
      const layers = [{ codebooks: a }, { codebooks: b }];
      const { report } = fitNetwork(network, { inputs }, { layers, seed: 41, effort: "quick" });
      return { counts: [a, b], nmse: report[1].nmse };
    });
    expect(chosen).toEqual(errors.reduce((x, y) => (y.nmse < x.nmse ? y : x)).counts);
    expect(chooseCodebooks(network, inputs, 1 << 20, 41)).toEqual([12, 10]);
  });

  test("draw every column equally often, none twice in a slice (seed 38)", () => {
    const slices = randomSlices([2, 3, 5, 7, 11], 50, 4, new Random(38));
    expect(slices.every((s) => new Set(s).size === 4)).toBe(true);
    const uses = [2, 3, 5, 7, 11].map((d) => slices.flat().filter((x) => x === d).length);
    expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(2);
    expect(randomSlices([4], 2, 4, new Random(1))).toEqual([[4], [4]]);
  });

  test("group columns that move together (seed 39)", () => {
    const random = new Random(39);
    const inputs = new Int16Array(500 * 9);
    for (let r = 0; r < 500; r++) {
      const sources = [random.normal(), random.normal(), random.normal()];
      for (let d = 0; d < 9; d++) {
        inputs[r * 9 + d] = 1000 * ((d < 5 ? 1 : -1) * sources[d % 3] + 0.2 * random.normal());
      }
    }
    const slices = correlatedSlices(inputs, 9, 3).map(String).sort();
    expect(slices).toEqual(["0,3,6", "1,4,7", "2,5,8"]);
  });

  test("know an image of squares, and rows that are none (seed 40)", () => {
    const random = new Random(40);
    const drawn = new Uint8Array(200 * 64);
    for (let r = 0; r < 200; r++) {
      const [cx, cy] = [random.below(8), random.below(8)];
      for (let i = 0; i < 64; i++) {
        const distance = Math.hypot((i % 8) - cx, Math.floor(i / 8) - cy);
        drawn[r * 64 + i] = Math.max(0, 200 - 60 * distance);
      }
    }
    expect(squareImage(drawn, 64)).toEqual({ width: 8, height: 8 });
    const noise = Uint8Array.from({ length: 200 * 64 }, () => random.below(256));
    expect(squareImage(noise, 64)).toBeUndefined();
    expect(squareImage(drawn, 32)).toBeUndefined();
  });
});
