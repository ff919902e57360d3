import { NomulError } from "../errors.ts";
import { padOutputs } from "../image/packer.ts";
import { outputStageRecord } from "../spec/image.ts";

/** Table bytes of one codebook that gives `outputs` outputs of 8 bits. */
const codebookBytes = (outputs: number) => 16 * padOutputs(outputs);

/**
 * Beyond this many, learning's normal equations take minutes and accuracy hardly gains; up to 258,
 * hidden layers need no output stage, so only the last layer's counts.
 */
export const MOST = 160;

/**
 * Numbers of codebooks that fill a budget: the first layer gets `share` of the bytes, the others
 * equal parts of the rest; what a layer can't use goes to the others.
 * @param widths inputs of the first layer, then outputs of every layer
 * @param budget table bytes of the whole network
 * @param share 0..1
 * @param most [layers] codebooks that a layer may have
 * @returns [layers] each at least 1
 * @throws NomulError E_RANGE when one codebook a layer is too much
 */
export function codebooksFor(
  widths: readonly number[],
  budget: number,
  share: number,
  most: readonly number[] = widths.slice(1).map(() => MOST),
): number[] {
  const bytes = widths.slice(1).map(codebookBytes);
  const outputStage = padOutputs(widths[widths.length - 1]) * outputStageRecord.bytes;
  const least = bytes.reduce((sum, b) => sum + b, outputStage);
  if (least > budget) {
    throw new NomulError(
      "E_RANGE",
      `no network ${widths.join(" → ")} fits in ${budget} table bytes: one codebook a layer takes ${least}`,
      { where: "budget", next: `Allow at least ${least} bytes, or make hidden layers narrower.` },
    );
  }
  const room = budget - outputStage;
  const others = bytes.length - 1;
  const counts = bytes.map((b, i) => {
    const part = others === 0 ? room : i === 0 ? room * share : (room * (1 - share)) / others;
    return Math.min(most[i], Math.max(1, Math.floor(part / b)));
  });
  let spent = counts.reduce((sum, n, i) => sum + n * bytes[i], 0);
  // Where every layer got at least one, a small budget may be overspent: take from the widest.
  for (const i of bytesDescending(bytes)) {
    while (spent > room && counts[i] > 1) {
      counts[i]--;
      spent -= bytes[i];
    }
  }
  for (const i of bytesDescending(bytes)) {
    const more = Math.min(most[i] - counts[i], Math.floor((room - spent) / bytes[i]));
    counts[i] += more;
    spent += more * bytes[i];
  }
  return counts;
}

const bytesDescending = (bytes: readonly number[]) =>
  bytes.map((_, i) => i).sort((a, b) => bytes[b] - bytes[a] || a - b);
