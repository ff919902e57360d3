import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { McuBoard } from "../board/mcu-schema.ts";
import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { deviceWasm } from "../runtime/wasm.ts";
import { withLock } from "../sim/lock.ts";
import { boardHeader, linkerScript } from "./config.ts";
import { generateKernels } from "./kernels.ts";
import { compilers, runTool } from "./tools.ts";

const bridge = join(packageRoot, "firmware-bridge");
const sourceFolder = join(bridge, "mcu");

/** Sources of every chip. */
const commonSources = ["main.c", "link.c", "frame.c", "image.c", "slots.c", "runtime.c", "trap.c"];

export interface FirmwareOptions {
  /** Every access of the kernels is bounded; by default the image check makes that needless. */
  readonly checked?: boolean | undefined;
  /** Kernels in C instead of those that wasm2c makes, for comparison. */
  readonly kernels?: string | undefined;
  /** Source files that replace those of the same name: name → text. For tests that break one. */
  readonly replace?: Readonly<Record<string, string>> | undefined;
}

export interface Firmware {
  /** The .elf file. */
  readonly path: string;
  /** CRC-32C over sources and kernels, as HELLO tells it. */
  readonly firmware: number;
}

/** NOMUL_CACHE_DIR serves installations whose own folder cannot be written. */
const cacheFolder = () => process.env.NOMUL_CACHE_DIR ?? join(packageRoot, "build", "mcu");

/** File name → text, of all firmware sources. */
function readSources(): Record<string, string> {
  const names = readdirSync(sourceFolder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(c|h|S|ld)$/.test(name))
    .sort();
  const files = names.map((name) => [name, readFileSync(join(sourceFolder, name), "utf8")]);
  return Object.fromEntries(files);
}

/** CRC-32C over all sources and the kernels' Wasm: which firmware this is. */
function firmwareCrc(sources: Readonly<Record<string, string>>): number {
  const text = Object.entries(sources)
    .map(([name, body]) => `${name}\0${body}\0`)
    .join("");
  return crc32c(Buffer.concat([Buffer.from(text), deviceWasm()]));
}

/** Compiles in a folder of its own; the result is moved where it belongs when it is whole. */
async function compile(
  board: McuBoard,
  files: Readonly<Record<string, string>>,
  folder: string,
  ownKernels: string | undefined,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const kernels = await generateKernels(folder);
  writeFileSync(join(folder, "mcu/kernels.h"), kernels.header);
  writeFileSync(join(folder, "mcu/kernels.c"), ownKernels ?? kernels.source);
  const { architecture, compiler, sources } = board.mcu;
  const flags = [
    ...compiler,
    "-std=c11",
    "-O2",
    "-ffreestanding",
    "-fno-tree-loop-distribute-patterns",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wundef",
    "-Wno-unused",
    "-nostdlib",
    "-nostartfiles",
    "-Wl,--gc-sections",
    "-Wl,--fatal-warnings",
    "-Imcu",
    "-Tlink.ld",
  ];
  const inputs = [...commonSources, "kernels.c", ...sources].map((name) => `mcu/${name}`);
  await runTool(
    compilers[architecture],
    [...flags, ...inputs, "-lgcc", "-o", "firmware.elf"],
    folder,
  );
}

/**
 * Builds the firmware of a board, or takes it from the cache. The kernels are device.wasm, the very
 * bytes that the host verifies with, through wasm2c.
 * @throws NomulError E_TOOL_MISSING naming the Debian package; E_BUILD_FAILED with the compiler's last
 *   lines; E_FILE_WRITE if the cache folder cannot be written
 */
export async function buildFirmware(
  board: McuBoard,
  options: FirmwareOptions = {},
): Promise<Firmware> {
  const sources = { ...readSources(), ...options.replace };
  const firmware = firmwareCrc(sources);
  const { "sections.ld": sections, ...code } = sources;
  const files = {
    ...Object.fromEntries(Object.entries(code).map(([name, text]) => [`mcu/${name}`, text])),
    "generated/spec.h": readFileSync(join(bridge, "generated/spec.h"), "utf8"),
    "mcu/board.h": boardHeader(board, firmware, options.checked ?? false),
    "link.ld": linkerScript(board, sections),
  };
  const own = readFileSync(new URL(import.meta.url), "utf8");
  const content = JSON.stringify([board.mcu, files, options.kernels, own]);
  const hash = createHash("sha256").update(content).update(deviceWasm()).digest("hex").slice(0, 16);
  const cache = cacheFolder();
  const path = join(cache, `${board.id}-${hash}.elf`);
  if (existsSync(path)) return { path, firmware };
  try {
    mkdirSync(cache, { recursive: true });
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "the folder for built firmware cannot be made", {
      where: cache,
      next: "Set NOMUL_CACHE_DIR to a folder you may write.",
      cause,
    });
  }
  return withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return { path, firmware };
    const folder = mkdtempSync(join(cache, "work-"));
    try {
      await compile(board, files, folder, options.kernels);
      renameSync(join(folder, "firmware.elf"), path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return { path, firmware };
  });
}
