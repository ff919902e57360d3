import type { EpochReport } from "../fit/fine-tune.ts";
import { escapeHtml, heatMap, lineChart } from "./charts.ts";
import type { ImageReport } from "./inspect.ts";
import type { ByteWorth, StepUse } from "./measure-image.ts";
import { percent, thousands } from "./table.ts";

/** All that the page shows; what was not measured is undefined, and the page says so. */
export interface ReportContent {
  readonly title: string;
  readonly image: ImageReport;
  readonly rows: number;
  readonly uses: readonly StepUse[];
  readonly accuracy: {
    readonly float: number | undefined;
    readonly tables: number | undefined;
    readonly device: DeviceAccuracy | undefined;
  };
  /** [label][class] */
  readonly confusion: readonly (readonly number[])[] | undefined;
  readonly worths: readonly ByteWorth[] | undefined;
  readonly history: readonly EpochReport[] | undefined;
}

export interface DeviceAccuracy {
  readonly port: string;
  readonly rows: number;
  readonly accuracy: number;
  readonly differingBits: number;
}

const style = `
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5d6b7e;--ground:#fbfcfd;--card:#fff;--line:#d9e0e8;--mark:#0b6bcb}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#9aa8ba;--ground:#12161c;--card:#1a2029;--line:#313b48;--mark:#5aa9ff}}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px}p{color:var(--soft);margin:4px 0 12px;max-width:70ch}
table{border-collapse:collapse;background:var(--card);font-variant-numeric:tabular-nums}
th,td{border:1px solid var(--line);padding:4px 9px;text-align:right}th{color:var(--soft);font-weight:500}
td:first-child,th:first-child{text-align:left}.scroll{overflow-x:auto}
.chain{display:flex;gap:10px;flex-wrap:wrap;align-items:stretch}
.chain div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:150px}
.chain b{display:block;font-size:24px}.chain span{color:var(--soft)}
svg{max-width:100%;height:auto;fill:var(--mark);display:block}svg text{fill:var(--soft);font-size:11px}
svg polyline{fill:none;stroke:var(--mark);stroke-width:2}svg .axis{fill:none;stroke:var(--line)}svg .ground{fill:var(--line);fill-opacity:.35}
.confusion td{text-align:center;min-width:26px}.confusion .right{font-weight:600}`;

/** A page that needs nothing else: no network, no script. */
export function reportHtml(content: ReportContent): string {
  const { title, image, rows } = content;
  const parts = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${thousands(image.tableBytes)} bytes of tables, ${thousands(image.deviceBytes)} on the device; ` +
      `inputs ${escapeHtml(image.inputType)} [${image.steps[0].inputs}]; SHA-256 ${image.sha256.slice(0, 16)}…; ` +
      `learned by ${escapeHtml(image.manifest.tool)}. Measured on ${thousands(rows)} rows.</p>`,
    chain(content),
    layers(content),
    ...content.uses.map(usage),
    confusionTable(content),
    worth(content),
    training(content),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${parts.join("\n")}</main></body></html>\n`
  );
}

function chain({ accuracy: { float, tables, device }, rows }: ReportContent): string {
  const box = (name: string, share: number | undefined, note: string) =>
    `<div><span>${name}</span><b>${share === undefined ? "–" : percent(share)}</b><span>${note}</span></div>`;
  return (
    `<h2>Accuracy: float → tables → device</h2><div class="chain">` +
    box("float network", float, "on rows held out of the fit") +
    box(
      "tables",
      tables,
      tables === undefined ? "give --data and --labels" : `on ${thousands(rows)} rows`,
    ) +
    (device
      ? box(
          `device ${escapeHtml(device.port)}`,
          device.accuracy,
          `on ${thousands(device.rows)} rows, ${thousands(device.differingBits)} differing bits`,
        )
      : box("device", undefined, "give --port")) +
    "</div>"
  );
}

function layers({ image, uses }: ReportContent): string {
  const errors = (image.manifest.fit?.layers ?? []) as readonly { readonly nmse?: number }[];
  const rows = image.steps.map((s, i) => {
    const { codeBits, unusedLeaves, saturated, range } = uses[i];
    const cells = [
      i,
      s.operator,
      `${s.inputs} → ${s.outputs}`,
      s.codebooks,
      thousands(s.tableBytes),
      errors[i]?.nmse === undefined ? "–" : errors[i].nmse.toFixed(4),
      codeBits.toFixed(2),
      `${unusedLeaves} of ${s.codebooks * 16}`,
      `${range[0]} … ${range[1]}`,
      percent(saturated),
    ];
    return `<tr>${cells.map((c) => `<td>${escapeHtml(String(c))}</td>`).join("")}</tr>`;
  });
  const names = [
    "step",
    "operator",
    "shape",
    "codebooks",
    "table bytes",
    "NMSE",
    "bits a code",
    "unused leaves",
    "outputs seen",
    "saturated",
  ];
  return (
    `<h2>Layers</h2><p>NMSE is the layer's error on held-out rows by the float network's variance; layers that ` +
    `were fine-tuned on labels have no such goal. A code of 16 equally used leaves has 4 bits.</p>` +
    `<div class="scroll"><table><tr>${names.map((n) => `<th>${n}</th>`).join("")}</tr>${rows.join("")}</table></div>`
  );
}

function usage({ leaves }: StepUse, step: number): string {
  return (
    `<h2>Codes of step ${step}</h2><p>A column a codebook, a row a leaf: the stronger, the more rows reach it.</p>` +
    `<div class="scroll">${heatMap(leaves, `share of rows by codebook and leaf, step ${step}`)}</div>`
  );
}

function confusionTable({ confusion, image }: ReportContent): string {
  if (!confusion) return "<h2>Confusion</h2><p>Give --data and --labels.</p>";
  const names = confusion.map((_, i) => escapeHtml(image.manifest.labels?.[i] ?? String(i)));
  const rows = confusion.map((row, label) => {
    const sum = row.reduce((a, b) => a + b, 0) || 1;
    const cells = row.map((n, i) => {
      const strength = Math.round((n / sum) * (i === label ? 45 : 100));
      const ground = `background:color-mix(in srgb,var(--mark) ${Math.min(80, strength)}%,transparent)`;
      return `<td class="${i === label ? "right" : ""}" style="${ground}">${n || ""}</td>`;
    });
    return `<tr><th>${names[label]}</th>${cells.join("")}<td>${percent(row[label] / sum)}</td></tr>`;
  });
  return (
    `<h2>Confusion</h2><p>A row a label, a column what the tables said; last, the share that is right.</p>` +
    `<div class="scroll"><table class="confusion"><tr><th></th>${names.map((n) => `<th>${n}</th>`).join("")}<th></th></tr>${rows.join("")}</table></div>`
  );
}

function worth({ worths }: ReportContent): string {
  if (!worths) return "";
  const points = worths.map(({ tableBytes, accuracy }) => ({
    x: tableBytes / 1024,
    y: accuracy,
    label: (100 * accuracy).toFixed(1),
  }));
  return (
    `<h2>What each kilobyte buys</h2><p>Accuracy in percent when every layer keeps only its most telling ` +
    `codebooks and the others give their mean. Nothing is learned again: a fit with that budget does better.</p>` +
    lineChart(points, "KiB of tables", "accuracy, %")
  );
}

function training({ history }: ReportContent): string {
  const epochs = history?.filter((e) => e.epoch > 0) ?? [];
  if (epochs.length < 2) return "";
  const step = Math.ceil(epochs.length / 12);
  const points = epochs
    .filter((e, i) => i % step === 0 || e === epochs.at(-1))
    .map((e) => ({ x: e.epoch, y: e.loss, label: e.loss.toFixed(3) }));
  return `<h2>Training</h2><p>Loss of the final training, dropout and noise included.</p>${lineChart(points, "epoch", "loss")}`;
}
