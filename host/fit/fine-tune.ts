import { availableParallelism } from "node:os";
import { type Augmentation, Batches, columnMoments } from "./batches.ts";
import { Kernels } from "./kernels.ts";
import type { InputRows } from "./network.ts";
import { type Goals, Objective } from "./objective.ts";
import { Random } from "./random.ts";
import { PARTS } from "./tree-layer.ts";
import { type TrainingNetwork, type TrainingState, TreeTraining } from "./tree-training.ts";

export interface FineTuneOptions {
  /** Passes over the training rows, default 40. */
  readonly epochs?: number | undefined;
  /** Rows a step, default 128. */
  readonly batch?: number | undefined;
  /** Adam's rate for tables at the start, default 1.5e-3; falls to 0 along half a cosine. */
  readonly rate?: number | undefined;
  /** The same for thresholds, in standard deviations of what they compare; default 1.5e-3. */
  readonly thresholdRate?: number | undefined;
  /** Share of every layer's codebooks that is left out of a row, 0 <= x < 1; default 0.1. */
  readonly dropout?: number | undefined;
  readonly augmentation?: Augmentation | undefined;
  /** How uncertain a comparison counts as, in standard deviations of what it compares; default 1. */
  readonly width?: number | undefined;
  /** Ends after this many epochs without a better loss on held-out rows; default: never. */
  readonly patience?: number | undefined;
  /** u32, default 1: order of rows, dropout, augmentation. */
  readonly seed?: number | undefined;
  /** Default: as many as are of use, and the machine has. Results do not depend on it. */
  readonly threads?: number | undefined;
  /** Goes on where a run with the same arguments was. */
  readonly resume?: FineTuneState | undefined;
  /** Told after every epoch; `state()` is what `resume` takes. */
  readonly onEpoch?: ((epoch: EpochReport, state: () => FineTuneState) => void) | undefined;
}

export interface EpochReport {
  /** 0: before the first */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the epoch's steps; NaN for epoch 0 */
  readonly loss: number;
  /** On held-out rows; 0 and 0 when there are none. Accuracy is 0 without labels. */
  readonly heldOutLoss: number;
  readonly heldOutAccuracy: number;
}

/** All that a run is: as plain values, so that it can be written to a file. */
export interface FineTuneState {
  readonly training: TrainingState;
  readonly best: TrainingState;
  readonly random: number;
  readonly history: readonly EpochReport[];
}

export interface FineTuned extends TrainingNetwork {
  /** Epoch whose tables these are */
  readonly epoch: number;
  readonly history: readonly EpochReport[];
}

/**
 * Trains tables, thresholds and biases of a whole network through its trees. Outputs are those of the
 * rounded tables throughout; a threshold learns from what the other side of it would have given,
 * where a row is near it (assembly/fit/trees.ts). Split columns stay. The checkpoint of the least
 * loss on held-out rows is returned; without held-out rows, the last. Deterministic.
 * @param inputs [rows][D] integers as the device will get them
 * @param train rows to learn from
 * @param held rows to measure on; may be empty
 */
export function fineTune(
  network: TrainingNetwork,
  inputs: InputRows,
  goals: Goals,
  { train, held }: { readonly train: Uint32Array; readonly held: Uint32Array },
  options: FineTuneOptions = {},
): FineTuned {
  const { epochs = 40, rate = 1.5e-3, thresholdRate = 1.5e-3, dropout = 0.1, width = 1 } = options;
  const batch = Math.min(options.batch ?? 128, train.length);
  const threads = Math.min(PARTS, options.threads ?? availableParallelism());
  const kernels = new Kernels(threads);
  try {
    const random = new Random(options.resume?.random ?? options.seed ?? 1);
    const partRows = Math.ceil(batch / PARTS);
    const D = network.layers[0].inputs;
    const unit = columnMoments(inputs, D, train).deviation.map((d) => d * width);
    const batches = new Batches(
      kernels,
      inputs,
      new Float64Array(D),
      unit,
      { ...options.augmentation, noise: (options.augmentation?.noise ?? 0) / width },
      PARTS,
      partRows,
    );
    const outputs = network.layers[network.layers.length - 1].outputs;
    const objective = new Objective(kernels, goals, outputs, partRows);
    const training = new TreeTraining(kernels, network, batches, objective, train, batch, width);
    const drop = network.layers.map(() => dropout);

    const measured = (epoch: number, loss: number): EpochReport => {
      const { loss: heldOutLoss, right } = training.measure(held);
      const heldOutAccuracy = held.length > 0 ? right / held.length : 0;
      return { epoch, epochs, loss, heldOutLoss, heldOutAccuracy };
    };
    if (options.resume) training.restore(options.resume.training);
    const history = options.resume ? [...options.resume.history] : [measured(0, Number.NaN)];
    let best = options.resume?.best ?? training.state();
    let bestReport = history.reduce((a, b) => (isBetter(b, a, held.length) ? b : a));
    const steps = Math.ceil(train.length / batch);
    for (let epoch = history.length; epoch <= epochs; epoch++) {
      if (epoch - 1 - bestReport.epoch >= (options.patience ?? epochs)) break;
      const order = random.permutation(train.length).map((i) => train[i]);
      let loss = 0;
      for (let s = 0; s < steps; s++) {
        const count = Math.min(batch, train.length - s * batch);
        const share = (epoch - 1 + (s + 1) / steps) / epochs;
        const cosine = 0.5 * (1 + Math.cos(Math.PI * share));
        const rates = { tables: rate * cosine, thresholds: thresholdRate * cosine };
        loss +=
          training.step(order, s * batch, count, rates, drop, random) * (count / train.length);
      }
      const report = measured(epoch, loss);
      history.push(report);
      if (isBetter(report, bestReport, held.length)) {
        bestReport = report;
        best = training.state();
      }
      options.onEpoch?.(report, () => ({
        training: training.state(),
        best,
        random: random.state,
        history: [...history],
      }));
    }
    training.restore(best);
    return { ...training.read(), epoch: bestReport.epoch, history };
  } finally {
    kernels.close();
  }
}

/** Whether to keep `a` rather than the earlier `b`. Loss says more than accuracy of a few rows. */
const isBetter = (a: EpochReport, b: EpochReport, held: number): boolean =>
  held === 0 || a.heldOutLoss <= b.heldOutLoss;
