import type { Command } from "commander";
import { listPorts } from "../link/ports.ts";
import { textTable } from "../report/table.ts";
import { action } from "./command.ts";

export function addPorts(program: Command): void {
  const command = program
    .command("ports")
    .description("list serial ports and simulators, with the board each seems to be");
  action(command, async (context) => {
    const ports = await listPorts();
    const rows = ports.map((p) => [
      p.path,
      p.vendorId ? `${p.vendorId}:${p.productId}` : "-",
      p.product ?? "-",
      p.board ?? "-",
    ]);
    context.result(ports, textTable([["port", "VID:PID", "product", "board"], ...rows]));
    return undefined;
  });
}
