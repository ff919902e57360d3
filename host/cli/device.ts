import type { Command } from "commander";
import { loadBoard } from "../board/load.ts";
import { NomulError } from "../errors.ts";
import { Device } from "../link/device.ts";
import { openPort } from "../link/port.ts";
import { type Context, integer } from "./command.ts";

export interface DeviceOptions {
  readonly port?: string;
  readonly board?: string;
  readonly baud?: string;
}

/** Options of every command that talks to a device. */
export function deviceOptions(command: Command): Command {
  return command
    .option("--port <path>", "serial port, or sim:<board> for the simulated gateware")
    .option("--board <id>", "refuse any other board; also sets the line rate")
    .option("--baud <rate>", "line rate, if it is not the board's own");
}

/** Rate of boards whose kind is not known before HELLO. */
const DEFAULT_BAUD = 1_000_000;

/** Opens the port, says HELLO, runs `work`, and closes the port whatever happens. */
export async function withDevice<T>(
  context: Context,
  options: DeviceOptions,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  if (options.port === undefined) {
    throw new NomulError("E_USAGE", "no port was given", {
      where: "--port",
      next: 'Give --port; "nomul ports" lists them, sim:icebreaker needs no board.',
    });
  }
  const ownBaud = options.board ? loadBoard(options.board).baud.gateware : DEFAULT_BAUD;
  const baudRate = options.baud ? integer("--baud", options.baud, 300, 12_000_000) : ownBaud;
  const port = await openPort(options.port, {
    baudRate,
    onProgress: (text) => context.progress.busy(text),
  });
  context.progress.end();
  try {
    return await work(await Device.open(port));
  } finally {
    context.progress.end();
    await port.close();
  }
}
