import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { isGateware, type SimulatedBoard, startBoard } from "./simulated.ts";
import type { Simulator, SimulatorOptions } from "./simulator.ts";

export interface ServedPty {
  /** The terminal that other programs open, such as /dev/pts/3. Any baud rate will do. */
  readonly path: string;
  /** The simulated gateware; undefined if the board is a microcontroller. */
  readonly simulator: Simulator | undefined;
  /** Resolves when terminal and simulated board are gone: after close(), or because one of them ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

// Node has no openpty, and packages that have need a compiler or steal the first bytes. Python is
// there on every Linux and macOS developer machine.
const script = join(packageRoot, "firmware-bridge", "sim", "pty.py");

const missing = (cause: unknown, why: string) =>
  new NomulError("E_TOOL_MISSING", `no pseudo-terminal: ${why}`, {
    where: "python3",
    next: "Install python3 (on Windows use port sim:<board> with nomul itself; there are no pseudo-terminals).",
    cause,
  });

/** Starts the bridge and reads the terminal's path, the first line it writes. */
function openBridge(
  python: string,
): Promise<{ bridge: ChildProcessWithoutNullStreams; path: string }> {
  return new Promise((resolve, reject) => {
    const bridge = spawn(python, [script]);
    let errors = "";
    let head = Buffer.alloc(0);
    bridge.stderr.on("data", (bytes) => {
      errors = (errors + bytes).slice(-2000);
    });
    bridge.once("error", (error) => reject(missing(error, error.message)));
    bridge.once("close", () => reject(missing(undefined, errors.trim() || "the bridge ended")));
    const onHead = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf("\n");
      if (end < 0) return;
      bridge.stdout.off("data", onHead);
      bridge.stdout.pause();
      if (end + 1 < head.length) bridge.stdout.unshift(head.subarray(end + 1));
      resolve({ bridge, path: head.subarray(0, end).toString() });
    };
    bridge.stdout.on("data", onHead);
  });
}

/**
 * Puts a simulated board behind a pseudo-terminal, for programs that know only serial ports.
 * @param options.python the Python 3 to use; python3 of the PATH by default
 * @throws NomulError E_TOOL_MISSING if Python 3 or pseudo-terminals are missing; what startBoard throws
 */
export async function servePty(
  boardId: string,
  options: SimulatorOptions & { readonly python?: string } = {},
): Promise<ServedPty> {
  const { bridge, path } = await openBridge(options.python ?? "python3");
  let board: SimulatedBoard;
  try {
    board = await startBoard(boardId, options);
  } catch (error) {
    bridge.kill();
    throw error;
  }
  const boardEnded = new Promise<void>((resolve) => board.onClose(() => resolve()));
  const bridgeEnded = new Promise<void>((resolve) => bridge.once("close", () => resolve()));

  const close = async () => {
    bridge.stdin.destroy();
    bridge.kill();
    await Promise.all([board.close(), bridgeEnded]);
  };
  // Writing into a bridge that has just ended is no error of its own: its end is handled below.
  bridge.stdin.on("error", () => {});
  board.onData((bytes) => bridge.stdin.write(bytes));
  bridge.stdout.on("data", (bytes: Buffer) => {
    bridge.stdout.pause();
    board.write(bytes).then(
      () => bridge.stdout.resume(),
      () => close(),
    );
  });
  bridge.stdout.resume();
  const ended = Promise.race([boardEnded, bridgeEnded]).then(close);
  return { path, simulator: isGateware(board) ? board : undefined, ended, close };
}
