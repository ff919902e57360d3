import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { McuBoard } from "../board/mcu-schema.ts";
import { NomulError } from "../errors.ts";

/** Program → the Debian package that brings it. */
export const debianPackages = {
  wasm2c: "wabt",
  gcc: "gcc libc6-dev",
  "arm-none-eabi-gcc": "gcc-arm-none-eabi",
  "arm-none-eabi-size": "binutils-arm-none-eabi",
  "arm-none-eabi-objcopy": "binutils-arm-none-eabi",
  "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
  "riscv64-unknown-elf-size": "binutils-riscv64-unknown-elf",
  "riscv64-unknown-elf-objcopy": "binutils-riscv64-unknown-elf",
  "qemu-system-arm": "qemu-system-arm",
  "qemu-system-riscv32": "qemu-system-misc",
} as const;

/** The compiler of each architecture. */
export const compilers = {
  arm: "arm-none-eabi-gcc",
  riscv: "riscv64-unknown-elf-gcc",
} as const satisfies Record<McuBoard["mcu"]["architecture"], string>;

export type ToolName = keyof typeof debianPackages;

export const toolMissing = (tool: ToolName, cause?: unknown): NomulError =>
  new NomulError("E_TOOL_MISSING", `${tool} is not installed`, {
    where: tool,
    next: `Debian and Ubuntu: "apt install --no-install-recommends ${debianPackages[tool]}".`,
    cause,
  });

/** Is the program on the PATH? */
export function isInstalled(tool: ToolName): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What must be installed to build a board's firmware and to emulate it. */
function toolsOf({ mcu, emulator }: McuBoard): ToolName[] {
  const tools: ToolName[] = ["wasm2c", compilers[mcu.architecture]];
  return emulator.kind === "rp2040js" ? tools : [...tools, emulator.kind];
}

/** The command that installs what of these tools is missing here; undefined if nothing is. */
export function installCommand(tools: readonly ToolName[]): string | undefined {
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0) return undefined;
  return `apt install --no-install-recommends ${missing.map((t) => debianPackages[t]).join(" ")}`;
}

/** The same for what a board needs. */
export const missingTools = (board: McuBoard): string | undefined => installCommand(toolsOf(board));

/** Longest a compiler may take; something is wrong after that. */
const TIMEOUT_MS = 120_000;

/**
 * Runs a program to its end.
 * @returns what it wrote to stdout
 * @throws NomulError E_TOOL_MISSING naming the Debian package; E_BUILD_FAILED with its last lines
 */
export function runTool(tool: ToolName, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: TIMEOUT_MS, maxBuffer: 1 << 24 };
    execFile(tool, [...args], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === "ENOENT") reject(toolMissing(tool, error));
      else {
        const log = `${stdout}${stderr}`.trim().split("\n").slice(-40).join("\n");
        reject(
          new NomulError("E_BUILD_FAILED", `the firmware was not built: ${tool} says\n${log}`, {
            where: tool,
            next: "If the firmware is unchanged, this is a defect of nomul: report it with this log.",
            cause: error,
          }),
        );
      }
    });
  });
}
