import { Kernels } from "./kernels.ts";
import { checkNetwork, type FloatNetwork, type InputRows } from "./network.ts";

/** Rows evaluated at once, to bound the memory for activations. */
const CHUNK = 1024;

/**
 * What every layer of a float network gives before its activation.
 * @param inputs [rows][D] integers; taken in the given order
 * @returns per layer [rows][M] f32
 */
export function floatOutputs(
  kernels: Kernels,
  network: FloatNetwork,
  inputs: InputRows,
  order: Uint32Array,
): Float32Array[] {
  const rows = order.length;
  const D = inputs.length / rows;
  const results = network.layers.map((layer) => new Float32Array(rows * layer.bias.length));
  return kernels.scoped(() => {
    const layers = network.layers.map(({ weights, bias, activation }) => {
      const M = bias.length;
      const width = Math.ceil(M / 4) * 4;
      const inputs = weights.length / M;
      const padded = new Float32Array(inputs * width);
      for (let d = 0; d < inputs; d++) padded.set(weights.subarray(d * M, d * M + M), d * width);
      const paddedBias = new Float32Array(width);
      paddedBias.set(bias);
      const w = kernels.put(padded);
      const b = kernels.put(paddedBias);
      return { M, width, inputs, w, b, relu: activation === "relu" };
    });
    const x = kernels.allocate(
      CHUNK * Math.max(...layers.map((layer) => Math.max(layer.inputs, layer.M))) * 4,
    );
    const y = kernels.allocate(CHUNK * Math.max(...layers.map((layer) => layer.width)) * 4);
    for (let first = 0; first < rows; first += CHUNK) {
      const count = Math.min(CHUNK, rows - first);
      const input = kernels.f32(x, count * D);
      for (let r = 0; r < count; r++) {
        const from = order[first + r] * D;
        for (let d = 0; d < D; d++) input[r * D + d] = inputs[from + d] * network.inputScale;
      }
      layers.forEach(({ M, width, inputs, w, b, relu }, i) => {
        kernels.run.fit_dense(x, count, inputs, w, b, width, y);
        const output = kernels.f32(y, count * width);
        const next = kernels.f32(x, count * M);
        for (let r = 0; r < count; r++) {
          for (let m = 0; m < M; m++) {
            const v = output[r * width + m];
            results[i][(first + r) * M + m] = v;
            next[r * M + m] = relu ? Math.max(0, v) : v;
          }
        }
      });
    }
    return results;
  });
}

/**
 * The float network's outputs.
 * @param inputs [rows][D] integers
 * @returns [rows][M]
 * @throws NomulError as `checkNetwork`
 */
export function floatNetworkOutputs(network: FloatNetwork, inputs: InputRows): Float32Array {
  const [D] = checkNetwork(network);
  const order = Uint32Array.from({ length: inputs.length / D }, (_, i) => i);
  return floatOutputs(new Kernels(), network, inputs, order)[network.layers.length - 1];
}
