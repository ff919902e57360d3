import { dirname, resolve } from "node:path";
import { NomulError } from "../errors.ts";
import type { DenseLayer } from "../fit/network.ts";
import { readInput } from "./file.ts";
import { readFloats } from "./rows.ts";

/** A dense layer in files. */
export interface LayerEntry {
  readonly weights: string;
  readonly bias?: string;
  readonly activation?: "relu" | "none";
  readonly codebooks?: number;
  readonly slices?: number[][];
}

/**
 * Reads a list of layers; paths in it are relative to the list's own folder.
 * @throws NomulError E_USAGE, E_FILE_MISSING
 */
export function readLayerList(path: string): LayerEntry[] {
  const text = new TextDecoder().decode(readInput(path));
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw malformed(`is not JSON: ${(error as Error).message}`, path);
  }
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    list.some((l) => typeof l?.weights !== "string")
  ) {
    throw malformed("is not a list of layers with weights", path);
  }
  const at = (file: string) => resolve(dirname(path), file);
  return list.map((entry: LayerEntry) => ({
    ...entry,
    weights: at(entry.weights),
    ...(entry.bias === undefined ? {} : { bias: at(entry.bias) }),
  }));
}

const malformed = (message: string, where: string) =>
  new NomulError("E_USAGE", message, {
    where,
    next: 'Write [{"weights": "W.npy", "bias": "b.npy"}, …].',
  });

/**
 * Reads a layer's weights and bias; without a bias file the bias is 0.
 * @param last the last layer has no activation unless its entry names one, the others ReLU
 * @throws NomulError E_NPY_*
 */
export function readDenseLayer(entry: LayerEntry, last: boolean): DenseLayer {
  const weights = readFloats(entry.weights, 2);
  const M = weights.shape[1];
  const bias = entry.bias === undefined ? new Float32Array(M) : readFloats(entry.bias, 1).data;
  if (bias.length !== M) {
    throw new NomulError("E_NPY_SHAPE", `${bias.length} biases for ${M} outputs`, {
      where: entry.bias,
      next: "Weights are [inputs][outputs]; transpose them if they are the other way round.",
    });
  }
  return { weights: weights.data, bias, activation: entry.activation ?? (last ? "none" : "relu") };
}
