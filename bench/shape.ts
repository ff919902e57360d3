import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packImage, readImage, type TableImage } from "../host/index.ts";
import { packageRoot } from "../host/package-root.ts";
import { toInputs, toProgram, type VectorFile } from "../test/vectors/format.ts";

/** A network of the demo's shape, 784 → 64 → 10 with 98 and 32 codebooks, from the conformance vectors. */
export function shapeImage(): TableImage {
  const path = join(packageRoot, "test/vectors/maddness.json");
  const file: VectorFile = JSON.parse(readFileSync(path, "utf8"));
  const vector = file.vectors.find((v) => v.id === "digits-shape")!;
  return readImage(
    packImage(toProgram("maddness", vector), {
      manifest: { tool: "bench" },
      goldenInputs: toInputs(vector),
    }),
  );
}
