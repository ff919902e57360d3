import { spawn } from "node:child_process";
import { NomulError } from "../errors.ts";
import type { Board } from "./schema.ts";

/** How to get the programs that board files name. */
const installHints: Readonly<Record<string, string>> = {
  iceprog: 'Debian and Ubuntu: "apt install fpga-icestorm".',
  openFPGALoader: 'Debian and Ubuntu: "apt install openfpgaloader".',
  "dfu-util": 'Debian and Ubuntu: "apt install dfu-util".',
  tinyprog: 'No Debian package: "pipx install tinyprog" (Debian: "apt install pipx" first).',
  icesprog:
    "No Debian package: build it from tools/src of https://github.com/wuxx/icesugar (needs libhidapi-dev and libusb-1.0-0-dev).",
};

/** Programs that board files may name. */
export const knownProgrammers: readonly string[] = Object.keys(installHints);

/**
 * The command that writes a bitstream to a board.
 * @param keep over power-off; else only into the FPGA itself
 * @throws NomulError E_USAGE if the board has no such command
 */
export function programCommand(board: Board, bitstream: string, keep: boolean): string[] {
  const words = keep ? board.program.persistent : board.program.volatile;
  if (words) return words.map((word) => word.replaceAll("{bitstream}", bitstream));
  throw new NomulError(
    "E_USAGE",
    keep
      ? `no command is known that keeps a bitstream on ${board.name}`
      : `no command is known that writes a bitstream only into the FPGA of ${board.name}`,
    {
      where: `${board.id}: program.${keep ? "persistent" : "volatile"}`,
      next: keep ? "Give --volatile." : "Leave out --volatile.",
    },
  );
}

const missing = (tool: string, board: Board, command: readonly string[]) =>
  new NomulError("E_TOOL_MISSING", `${tool}, which programs ${board.name}, is not installed`, {
    where: command.join(" "),
    next: `${installHints[tool] ?? `Install ${tool}.`} Then give the same command again.`,
  });

/**
 * Writes a bitstream to a board with the board's own tool, whose output goes to stderr.
 * @param bitstream path of the file
 * @param keep over power-off; else only into the FPGA itself
 * @returns the command that was run
 * @throws NomulError E_USAGE if the board has no such command; E_TOOL_MISSING saying what to install;
 *   E_PROGRAM_FAILED if the tool ends with an error
 */
export function programBitstream(
  board: Board,
  bitstream: string,
  keep: boolean,
): Promise<string[]> {
  const command = programCommand(board, bitstream, keep);
  const [tool, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ["ignore", process.stderr, process.stderr] });
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") reject(missing(tool, board, command));
      else reject(error);
    });
    child.once("close", (code, signal) => {
      if (code === 0) resolve(command);
      else {
        reject(
          new NomulError(
            "E_PROGRAM_FAILED",
            `${tool} ended with ${signal ?? `exit code ${code}`}`,
            {
              where: command.join(" "),
              next: "Read what it printed: most often the board is not plugged in or its USB device may not be opened.",
            },
          ),
        );
      }
    });
  });
}
