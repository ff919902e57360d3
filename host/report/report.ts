import type { EpochReport } from "../fit/fine-tune.ts";
import type { TableImage } from "../image/read.ts";
import { accuracy, classify } from "../runtime/classify.ts";
import { type DeviceAccuracy, reportHtml } from "./html.ts";
import { inspectImage } from "./inspect.ts";
import { byteWorths, confusion, stepUses } from "./measure-image.ts";

export interface ReportOptions {
  readonly title: string;
  /** [N][D]; default: the image's golden vectors */
  readonly rows?: readonly ArrayLike<number>[] | undefined;
  /** [N] */
  readonly labels?: ArrayLike<number> | undefined;
  readonly device?: DeviceAccuracy | undefined;
  readonly history?: readonly EpochReport[] | undefined;
}

/**
 * Measures an image on rows and writes a page about it: accuracy from float to device, error, code
 * usage and saturation of every layer, confusion, and what each kilobyte buys.
 * @returns HTML that needs no network
 * @throws NomulError E_SHAPE, E_RANGE as the runtime
 */
export function imageReport(image: TableImage, options: ReportOptions): string {
  const rows = options.rows ?? image.golden.map((vector) => vector.input);
  const { labels } = options;
  const uses = stepUses(image, rows);
  const outputs = image.program.layers[image.program.layers.length - 1].outputs;
  const classes = labels ? classify(image, rows).classes : undefined;
  return reportHtml({
    title: options.title,
    image: inspectImage(image),
    rows: rows.length,
    uses,
    accuracy: {
      float: image.manifest.accuracy?.float,
      tables: classes && labels ? accuracy(classes, labels) : undefined,
      device: options.device,
    },
    confusion: classes && labels ? confusion(classes, labels, outputs) : undefined,
    worths: labels ? byteWorths(image, rows, labels, uses) : undefined,
    history: options.history,
  });
}
