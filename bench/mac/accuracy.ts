import { type Digits, loadDigits, neighbours8, withShifts } from "../../examples/digits/data.ts";
import { trainDigits } from "../../examples/digits/train.ts";
import { imageCycles } from "../../host/bitstream/cycles.ts";
import { floatNetworkOutputs } from "../../host/fit/float-outputs.ts";
import { trainMlp } from "../../host/fit/mlp.ts";
import {
  accuracy,
  argmax,
  classify,
  packImage,
  readImage,
  type TableImage,
} from "../../host/index.ts";
import { quantiseInt8 } from "./quantise.ts";
import { type Int8Network, int8Infer } from "./reference.ts";

const PIXELS = 784;

export interface NomulResult {
  readonly image: TableImage;
  /** Shares of the held-out digits, 0..1 */
  readonly float: number;
  readonly accuracy: number;
  readonly cycles: number;
}

export interface Int8Result {
  readonly network: Int8Network;
  readonly float: number;
  readonly accuracy: number;
}

export const rowsOf = ({ pixels, labels }: Digits): Uint8Array[] =>
  Array.from(labels, (_, i) => pixels.subarray(i * PIXELS, (i + 1) * PIXELS));

/** nomul's network, as the demo makes it. */
export function nomulResult(seed: number): NomulResult {
  const { train, test } = loadDigits(seed);
  const trained = trainDigits(train, { seed });
  const image = readImage(
    packImage({ inputType: "u8", layers: trained.layers }, { manifest: { tool: "bench:mac" } }),
  );
  return {
    image,
    float: trained.floatAccuracy(test),
    accuracy: accuracy(classify(image, rowsOf(test)).classes, test.labels),
    cycles: imageCycles(image, { lanes: 8, outputs: 1024 }).cycles,
  };
}

/** An int8 network of the same training: 784 → hidden → 10, quantised afterwards. */
export function int8Result(seed: number, hidden: number): Int8Result {
  const { train, test } = loadDigits(seed);
  const many = withShifts(train, neighbours8);
  const float = trainMlp(many.pixels, many.labels, {
    hidden: [hidden],
    epochs: 4,
    rate: 4e-3,
    seed,
  });
  const network = quantiseInt8(float, train.pixels);
  const logits = floatNetworkOutputs(float, test.pixels);
  const floatClasses = rowsOf(test).map((_, r) => argmax(logits.subarray(r * 10, (r + 1) * 10)));
  const classes = rowsOf(test).map((row) => argmax(int8Infer(network, row)));
  return {
    network,
    float: accuracy(floatClasses, test.labels),
    accuracy: accuracy(classes, test.labels),
  };
}
