import { type FittedNetwork, fitNetwork, type LayerOptions } from "../../host/fit/fit-network.ts";
import { floatNetworkOutputs } from "../../host/fit/float-outputs.ts";
import { varianceBlocks } from "../../host/fit/image-slices.ts";
import { trainMlp } from "../../host/fit/mlp.ts";
import type { FloatNetwork } from "../../host/fit/network.ts";
import { argmax } from "../../host/runtime/classify.ts";
import { type Digits, neighbours4, neighbours8, withShifts } from "./data.ts";

/*
 * Sizes for 128 KiB of tables and 150 codebooks, chosen on digits held out of the training rows
 * (not on the test rows of the same split). More codebooks for the small second layer pay off twice:
 * it costs only 256 bytes a codebook, and with one hidden unit each its trees become fine quantisers.
 */
const HIDDEN = 72;
const CODEBOOKS = [78, 72] as const;

export interface TrainedDigits extends FittedNetwork {
  readonly network: FloatNetwork;
  /** Share of digits that the float network classifies rightly. */
  floatAccuracy(digits: Digits): number;
}

export interface TrainOptions {
  readonly seed: number;
  /** Of the two layers; default "maddness". */
  readonly operators?: readonly LayerOptions["operator"][] | undefined;
  /** Stage in words, fraction 0..1 of that stage. */
  readonly onProgress?: (stage: string, fraction: number) => void;
}

/** Trains 784 → 72 → 10 in floats and turns both layers into tables. */
export function trainDigits(
  train: Digits,
  { seed, operators = [], onProgress }: TrainOptions,
): TrainedDigits {
  const many = withShifts(train, neighbours8);
  const network = trainMlp(many.pixels, many.labels, {
    hidden: [HIDDEN],
    epochs: 4,
    rate: 4e-3,
    seed,
    onProgress: (fraction) => onProgress?.("training the float network", fraction),
  });
  const some = withShifts(train, neighbours4);
  const fitted = fitNetwork(
    network,
    { inputs: some.pixels, copies: neighbours4.length },
    {
      layers: [
        { operator: operators[0], slices: varianceBlocks(train.pixels, 28, 28, CODEBOOKS[0]) },
        { operator: operators[1], codebooks: CODEBOOKS[1] },
      ],
      lambdas: [30, 100, 300],
      seed,
      onProgress: (stage, fraction) => onProgress?.(`learning the tables of ${stage}`, fraction),
    },
  );
  return { ...fitted, network, floatAccuracy: (digits) => floatAccuracy(network, digits) };
}

function floatAccuracy(network: FloatNetwork, { pixels, labels }: Digits): number {
  const logits = floatNetworkOutputs(network, pixels);
  const M = logits.length / labels.length;
  const right = labels.filter((label, r) => argmax(logits.subarray(r * M, (r + 1) * M)) === label);
  return right.length / labels.length;
}
