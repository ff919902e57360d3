import { NomulError } from "../errors.ts";
import { packImage } from "../image/pack.ts";
import type { InputType } from "../reference/program.ts";
import { type FineTuneOptions, fineTune } from "./fine-tune.ts";
import { type FitOptions, type FittedNetwork, fitNetwork } from "./fit-network.ts";
import { floatNetworkOutputs } from "./float-outputs.ts";
import { checkLabels } from "./labels.ts";
import type { FloatNetwork, InputRows } from "./network.ts";
import { splitRows } from "./rows.ts";

export interface ImageFitOptions extends FitOptions {
  /** Written into the manifest. */
  readonly tool: string;
  /** Raw value of one integer input unit, for the manifest; default 1. */
  readonly rawScale?: number;
  readonly labels?: readonly string[];
  readonly accuracy?: { readonly float?: number; readonly tables?: number };
  /**
   * Trains the learned tables on through their trees: against these labels, or, without any, against
   * the float network's outputs.
   */
  readonly fineTune?: (FineTuneOptions & { readonly labels?: ArrayLike<number> }) | undefined;
  /** How many of the first rows become golden vectors, default 8. */
  readonly goldenVectors?: number;
}

export interface FittedImage {
  /** The table image, as written to a file. */
  readonly bytes: Uint8Array;
  readonly fitted: FittedNetwork;
}

/**
 * Learns a network's tables and packs them with golden vectors and manifest. The same arguments give
 * the same bytes.
 * @param rows [rows][columns] integers as the device will get them
 * @throws NomulError E_SHAPE if the network does not take that many columns, and as `fitNetwork` and
 *   `packImage`
 */
export function fitImage(
  network: FloatNetwork,
  { inputs, columns }: { readonly inputs: InputRows; readonly columns: number },
  options: ImageFitOptions,
): FittedImage {
  const [first] = network.layers;
  if (first && first.weights.length !== columns * first.bias.length) {
    throw new NomulError(
      "E_SHAPE",
      `the data has ${columns} columns, the first layer ${first.weights.length} weights for ${first.bias.length} outputs`,
      {
        where: "layer 0",
        next: "Weights are [inputs][outputs]: transpose them if they are the other way round.",
      },
    );
  }
  const start = fitNetwork(network, { inputs }, options);
  const fitted = options.fineTune ? fineTuned(network, inputs, start, options.fineTune) : start;
  const inputType: InputType = network.inputType;
  const D = fitted.layers[0].inputs;
  const golden = Math.min(options.goldenVectors ?? 8, inputs.length / D);
  const bytes = packImage(
    { inputType, layers: fitted.layers },
    {
      manifest: {
        tool: options.tool,
        input: { scale: options.rawScale ?? 1, offset: 0 },
        outputScale: fitted.outputScale,
        ...(options.labels ? { labels: options.labels } : {}),
        ...(options.accuracy ? { accuracy: options.accuracy } : {}),
        fit: {
          seed: fitted.seed,
          variant: options.variant ?? "outputs",
          rows: inputs.length / D,
          // Without the seconds: a time would make every image another file.
          layers: fitted.report.map(({ seconds: _, ...layer }) => layer),
        },
      },
      goldenInputs: Array.from({ length: golden }, (_, i) => inputs.subarray(i * D, (i + 1) * D)),
    },
  );
  return { bytes, fitted };
}

/** @throws NomulError E_SHAPE, E_RANGE for labels as `checkLabels` */
function fineTuned(
  network: FloatNetwork,
  inputs: InputRows,
  start: FittedNetwork,
  { labels, ...options }: NonNullable<ImageFitOptions["fineTune"]>,
): FittedNetwork {
  const D = start.layers[0].inputs;
  // The rows that were held out of the start are held out of this, too.
  const { order, trainRows } = splitRows({ inputs }, D, 0.1, start.seed);
  const goals = labels
    ? { labels: checkLabels(labels, inputs.length / D).labels }
    : { outputs: floatNetworkOutputs(network, inputs) };
  const rows = { train: order.subarray(0, trainRows), held: order.subarray(trainRows) };
  const tuned = fineTune(start, inputs, goals, rows, { seed: start.seed, ...options });
  return { ...start, layers: [...tuned.layers], outputScale: tuned.outputScale };
}
