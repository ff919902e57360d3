import type { Command } from "commander";
import { exitCodes } from "../errors.ts";
import { servePty } from "../sim/pty.ts";
import { action } from "./command.ts";

export function addSim(program: Command): void {
  const command = program
    .command("sim")
    .description("offer a board's simulated gateware as a pseudo-terminal until Ctrl-C")
    .argument("<board>", "board id (nomul boards)");
  action(command, async (context, _options, [board]) => {
    const pty = await servePty(board, { onProgress: (text) => context.progress.busy(text) });
    context.progress.end();
    context.result({ board, path: pty.path }, pty.path);
    context.say(`${board} answers on ${pty.path}; use it as --port. Ctrl-C ends it.`);
    await new Promise<void>((resolve) => {
      process.once("SIGINT", () => resolve());
      process.once("SIGTERM", () => resolve());
    });
    await pty.close();
    return { exitCode: exitCodes.interrupted };
  });
}
