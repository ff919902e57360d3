import { NomulError } from "../../host/errors.ts";
import type { Int8Layer, Int8Network } from "./reference.ts";

/** The engine's weight memory: four SPRAM blocks, in words of 8 bytes. */
export const MEMORY_BYTES = 131_072;
/** Rows of eight u8 activations. */
const ROWS = 256;
/** The output stage keeps one record while its total is on the way. */
const WORDS_MIN = 4;
const LANES = 8;

export interface PackedNetwork {
  /** At most MEMORY_BYTES */
  readonly bytes: Uint8Array;
  /** Of `bytes`, without descriptors, records and padding. */
  readonly weightBytes: number;
  /** Bits of weights and record of one output of the first layer. */
  readonly bitsPerOutput: number;
  /** First of the result's i16 halves in activation memory. */
  readonly outputHalf: number;
  readonly outputs: number;
}

const wordsOf = (layer: Int8Layer) => Math.max(WORDS_MIN, Math.ceil(layer.inputs / LANES));
const rowsOf = (layer: Int8Layer) => Math.ceil((layer.outputs * (layer.wide ? 2 : 1)) / LANES);

/**
 * A network as the engine reads it, one word after another. Of every layer: a descriptor, then for each
 * output its weights, padded with 0, and a record.
 *
 * | word | bits |
 * | --- | --- |
 * | descriptor | 7..0 words of weights an output; 18..8 outputs; 31..24 first input row; 42..32 first output element; 48 wide; 49 last layer |
 * | record | 25..0 bias; 36..32 shift |
 *
 * @throws NomulError E_IMAGE_TOO_LARGE if weights or activations find no room
 */
export function packInt8(network: Int8Network): PackedNetwork {
  const words = network.reduce((sum, layer) => sum + 1 + layer.outputs * (wordsOf(layer) + 1), 0);
  const rows = network.reduce(
    (sum, layer) => sum + rowsOf(layer),
    Math.max(WORDS_MIN, Math.ceil(network[0].inputs / LANES)),
  );
  if (8 * words > MEMORY_BYTES || rows > ROWS) {
    throw new NomulError(
      "E_IMAGE_TOO_LARGE",
      `${8 * words} bytes of weights and ${rows} rows of activations do not fit`,
      { where: "the int8 network", next: `Keep to ${MEMORY_BYTES} bytes and ${ROWS} rows.` },
    );
  }
  const bytes = new Uint8Array(8 * words);
  const view = new DataView(bytes.buffer);
  let at = 0;
  let input = 0;
  let output = Math.max(WORDS_MIN, Math.ceil(network[0].inputs / LANES));
  network.forEach((layer, index) => {
    const last = index === network.length - 1;
    view.setUint32(at, wordsOf(layer) | (layer.outputs << 8) | (input << 24), true);
    view.setUint32(at + 4, (LANES * output) | (+layer.wide << 16) | (+last << 17), true);
    at += 8;
    for (let m = 0; m < layer.outputs; m++) {
      const row = layer.weights.subarray(m * layer.inputs, (m + 1) * layer.inputs);
      bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.length), at);
      at += 8 * wordsOf(layer);
      view.setInt32(at, layer.bias[m], true);
      view.setUint8(at + 4, layer.shift[m]);
      at += 8;
    }
    input = output;
    output += rowsOf(layer);
  });
  return {
    bytes,
    weightBytes: network.reduce((sum, layer) => sum + layer.inputs * layer.outputs, 0),
    bitsPerOutput: 64 * (wordsOf(network[0]) + 1),
    outputHalf: 4 * input,
    outputs: network[network.length - 1].outputs,
  };
}
