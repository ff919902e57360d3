import type { Augmentation, ImageSize } from "./batches.ts";

/** How hard learning is made, so that tables do not learn rows by heart. */
export interface Recipe {
  readonly name: string;
  readonly dropout: number;
  readonly augmentation: Augmentation;
}

/** With that many rows, little is learned by heart. */
const MANY_ROWS = 20_000;

/** Recipes worth a trial for so many rows; held-out rows choose. */
export function recipesFor(rows: number, image: ImageSize | undefined): Recipe[] {
  // Smaller images lose too much by a pixel.
  const moved: Recipe[] =
    image && Math.min(image.width, image.height) >= 16
      ? [{ name: "moved", dropout: 0.07, augmentation: { image, moves: 1 } }]
      : [];
  const noisy = (name: string, dropout: number, noise: number): Recipe => ({
    name,
    dropout,
    augmentation: { noise },
  });
  if (rows >= MANY_ROWS) return [...moved, noisy("light", 0.1, 0.1)];
  return [
    noisy("light", 0.1, 0.1),
    noisy("medium", 0.2, 0.25),
    noisy("strong", 0.2, 0.45),
    ...moved,
  ];
}

/** Steps of 128 rows that tables need to settle. */
const FEWEST_STEPS = 1500;

/** Passes over the rows: small sets need more of them, large ones take longer for each. */
export function epochsFor(rows: number): number {
  const enough = Math.min(300, Math.ceil(FEWEST_STEPS / Math.ceil(rows / 128)));
  return Math.max(12, enough, Math.min(50, Math.round(400_000 / rows)));
}
