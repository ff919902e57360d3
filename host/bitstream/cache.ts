import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NomulError } from "../errors.ts";
import { writeOutput } from "../import/file.ts";
import { packageRoot } from "../package-root.ts";

/** NOMUL_CACHE_DIR serves installations whose own folder cannot be written. */
const folder = () => process.env.NOMUL_CACHE_DIR ?? join(packageRoot, "build", "bitstreams");

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Version of an installed package, also of one that does not export its package.json. */
function versionOf(name: string): string {
  let path = dirname(createRequire(import.meta.url).resolve(name));
  while (!existsSync(join(path, "package.json"))) path = dirname(path);
  return JSON.parse(readFileSync(join(path, "package.json"), "utf8")).version;
}

/** The npm packages that do the work, with their versions. */
export const toolVersions = (): Record<string, string> =>
  Object.fromEntries(
    ["@yowasp/yosys", "@yowasp/nextpnr-ice40"].map((name) => [name, versionOf(name)]),
  );

/**
 * Path, without suffix, of what is kept of a build.
 * @param inputs everything that the results depend on but the tools; another value, another path
 * @throws NomulError E_FILE_WRITE if the cache folder cannot be made
 */
export function cachePath(board: string, inputs: unknown): string {
  const hash = sha256(JSON.stringify([inputs, toolVersions()])).slice(0, 16);
  try {
    mkdirSync(folder(), { recursive: true });
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "the folder for built bitstreams cannot be made", {
      where: folder(),
      next: "Set NOMUL_CACHE_DIR to a folder you may write.",
      cause,
    });
  }
  return join(folder(), `${board}-${hash}`);
}

/** A build's facts and its bitstream; undefined if there is none, or it is not as it was written. */
export function readCache<Facts>(path: string): (Facts & { bitstream: Uint8Array }) | undefined {
  if (!existsSync(`${path}.json`) || !existsSync(`${path}.bin`)) return undefined;
  const bitstream = Uint8Array.from(readFileSync(`${path}.bin`));
  const { facts, digest } = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  return digest === sha256(bitstream) ? { ...facts, bitstream } : undefined;
}

/** @throws NomulError E_FILE_WRITE */
export function writeCache(path: string, facts: object, bitstream: Uint8Array): void {
  writeOutput(`${path}.bin`, bitstream);
  const text = JSON.stringify({ facts, digest: sha256(bitstream) });
  writeOutput(`${path}.json`, new TextEncoder().encode(text));
}
