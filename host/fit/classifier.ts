import type { InputScaling } from "../image/manifest.ts";
import { packImage } from "../image/pack.ts";
import type { InputType } from "../reference/program.ts";
import type { ImageSize } from "./batches.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { distinct, SHARES } from "./choose-codebooks.ts";
import { codebooksFor } from "./codebook-budget.ts";
import { type EpochReport, type FineTuned, fineTune } from "./fine-tune.ts";
import { shareRight, trainFloat } from "./float-classifier.ts";
import { squareImage } from "./image-shape.ts";
import { checkLabels } from "./labels.ts";
import type { InputRows } from "./network.ts";
import { epochsFor, type Recipe, recipesFor } from "./recipes.ts";
import { splitRows } from "./rows.ts";
import { startingTables } from "./starting-tables.ts";
import type { TrainingNetwork } from "./tree-training.ts";

/** Rows to learn a classifier from. */
export interface LabelledData {
  /** [rows][columns] integers as the device will get them */
  readonly inputs: InputRows;
  readonly columns: number;
  readonly inputType: InputType;
  /** [rows] classes 0..255 */
  readonly labels: ArrayLike<number>;
}

export interface ClassifierOptions {
  /** Widths of the hidden layers; [] is one layer of tables. */
  readonly hidden: readonly number[];
  /** Table bytes, default 131072. */
  readonly budget?: number | undefined;
  /** u32, default 1 */
  readonly seed?: number | undefined;
  /** The inputs are an image of this size; "none": they are not; default: found out. */
  readonly image?: ImageSize | "none" | undefined;
  /** Passes over the rows, default 12..50 by their number. */
  readonly epochs?: number | undefined;
  readonly threads?: number | undefined;
  readonly checkpoint?: Checkpoint | undefined;
  /** Written into the manifest. */
  readonly tool: string;
  readonly scaling?: InputScaling | undefined;
  readonly names?: readonly string[] | undefined;
  readonly onProgress?:
    | ((stage: string, fraction: number, epoch?: EpochReport) => void)
    | undefined;
}

/** One network that was tried, measured on held-out rows. */
export interface Trial {
  readonly stage: string;
  readonly codebooks: readonly number[];
  readonly recipe: string;
  readonly loss: number;
  readonly accuracy: number;
}

export interface FittedClassifier {
  /** The table image, as written to a file */
  readonly bytes: Uint8Array;
  readonly network: TrainingNetwork;
  readonly codebooks: readonly number[];
  readonly recipe: string;
  readonly image: ImageSize | undefined;
  /** On held-out rows, which the final tables were trained on in the end */
  readonly heldOut: { readonly rows: number; readonly float: number; readonly tables: number };
  readonly trials: readonly Trial[];
  /** Of the final training */
  readonly history: readonly EpochReport[];
}

/** How often the split columns are chosen anew for the best division; kept when the loss is less. */
const DRAWS = 2;
const SHARE_ROWS = 6000;
const SHARE_EPOCHS = 8;

/**
 * Learns a classifier from labelled rows alone: a float network, tables that imitate it, and fine-tuning
 * of those against the labels. The budget's division among layers and the recipe are chosen on a tenth
 * of the rows that is held out; the final tables are then trained on all rows. Deterministic.
 * @throws NomulError E_SHAPE, E_RANGE (labels, budget, hidden), E_TOO_FEW_ROWS
 */
export function fitClassifier(data: LabelledData, options: ClassifierOptions): FittedClassifier {
  const { inputs, columns: D, inputType } = data;
  const seed = options.seed ?? 1;
  const rows = inputs.length / D;
  const split = splitRows({ inputs }, D, 0.1, seed);
  const { labels, classes } = checkLabels(data.labels, rows);
  const widths = [D, ...options.hidden, classes];
  const budget = options.budget ?? 131_072;
  const candidates = options.hidden.length === 0 ? [1] : SHARES;
  const counts = distinct(candidates.map((share) => codebooksFor(widths, budget, share)));
  const image = options.image === "none" ? undefined : (options.image ?? squareImage(inputs, D));
  const train = split.order.subarray(0, split.trainRows);
  const held = split.order.subarray(split.trainRows);
  const progress = options.onProgress ?? (() => {});

  progress("float network", 0);
  const float = trainFloat(inputs, labels, train, {
    hidden: options.hidden,
    classes,
    seed,
    inputType,
    onProgress: (fraction) => progress("float network", fraction),
  });
  const start = (codebooks: readonly number[], draw: number) =>
    startingTables(float, inputs, train, codebooks, image, seed + draw);
  const trials: Trial[] = [];
  const tune = (
    stage: string,
    network: TrainingNetwork,
    recipe: Recipe,
    rows: { train: Uint32Array; held: Uint32Array },
    epochs: number,
  ): FineTuned => {
    const tuned = fineTune(network, inputs, { labels }, rows, {
      ...recipe,
      epochs,
      seed,
      threads: options.threads,
      resume: options.checkpoint?.state(stage),
      onEpoch: (report, state) => {
        options.checkpoint?.put(stage, state, report.epoch === epochs);
        progress(stage, report.epoch / epochs, report);
      },
    });
    const { heldOutLoss: loss, heldOutAccuracy: accuracy } = tuned.history[tuned.epoch];
    const codebooks = network.layers.map((layer) => layer.codebooks);
    if (rows.held.length > 0)
      trials.push({ stage, codebooks, recipe: recipe.name, loss, accuracy });
    return tuned;
  };

  const recipes = recipesFor(rows, image);
  const few = { train: train.subarray(0, SHARE_ROWS), held };
  const tried = counts.map((codebooks) => {
    const network = start(codebooks, 0);
    const stage = `codebooks ${codebooks.join("+")}`;
    return {
      codebooks,
      network,
      loss: lossOf(tune(stage, network, recipes[0], few, SHARE_EPOCHS)),
    };
  });
  for (let draw = 1; draw <= DRAWS; draw++) {
    const { codebooks } = leastLoss(tried);
    const network = start(codebooks, draw);
    const loss = lossOf(tune(`columns drawn ${draw + 1}×`, network, recipes[0], few, SHARE_EPOCHS));
    tried.push({ codebooks, network, loss });
  }
  const chosen = leastLoss(tried);
  const epochs = options.epochs ?? epochsFor(rows);
  const tuned = recipes.map((recipe) =>
    tune(`recipe ${recipe.name}`, chosen.network, recipe, { train, held }, epochs),
  );
  const losses = tuned.map(lossOf);
  const best = losses.indexOf(Math.min(...losses));
  const all = { train: split.order, held: new Uint32Array(0) };
  const final = tune("all rows", chosen.network, recipes[best], all, epochs);

  const heldOut = {
    rows: held.length,
    float: shareRight(float, inputs, labels, held),
    tables: tuned[best].history[tuned[best].epoch].heldOutAccuracy,
  };
  const network = { layers: final.layers, outputScale: final.outputScale };
  const fit = {
    seed,
    rows,
    hidden: options.hidden,
    budget,
    codebooks: chosen.codebooks,
    recipe: recipes[best].name,
    epochs,
    heldOutRows: held.length,
    trials,
  };
  const bytes = packImage(
    { inputType, layers: network.layers },
    {
      manifest: {
        tool: options.tool,
        input: options.scaling ?? { scale: 1, offset: 0 },
        outputScale: network.outputScale,
        ...(options.names ? { labels: options.names } : {}),
        accuracy: { float: heldOut.float, tables: heldOut.tables },
        fit,
      },
      goldenInputs: Array.from(held.subarray(0, 8), (r) => inputs.subarray(r * D, (r + 1) * D)),
    },
  );
  return {
    bytes,
    network,
    codebooks: chosen.codebooks,
    recipe: recipes[best].name,
    image,
    heldOut,
    trials,
    history: final.history,
  };
}

function leastLoss<T extends { readonly loss: number }>(tried: readonly T[]): T {
  return tried.reduce((best, one) => (one.loss < best.loss ? one : best));
}

const lossOf = ({ history, epoch }: FineTuned) => history[epoch].heldOutLoss;
