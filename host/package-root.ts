import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  return findRoot(dirname(from));
}

/** Folder of the installed package: the same from the TypeScript sources and from dist/. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));
