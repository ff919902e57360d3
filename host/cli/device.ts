import type { Command } from "commander";
import { boardBaud } from "../board/load.ts";
import { exitCodes, NomulError } from "../errors.ts";
import type { Device } from "../link/device.ts";
import { type DeviceOutcome, onEachDevice } from "../link/each-device.ts";
import {
  asNomulError,
  type Context,
  collect,
  errorText,
  integer,
  type Outcome,
} from "./command.ts";

export interface DeviceOptions {
  readonly port: readonly string[];
  readonly board?: string;
  readonly baud?: string;
}

/** Options that say which ports, and how fast. */
export function portOptions(command: Command): Command {
  return command
    .option(
      "--port <path>",
      "serial port, or sim:<board> for the simulated gateware; repeat for several at once",
      collect,
      [],
    )
    .option("--baud <rate>", "line rate, if it is not the board's own");
}

/** Options of every command that works on devices. */
export function deviceOptions(command: Command): Command {
  return portOptions(command).option(
    "--board <id>",
    "refuse any other board; also sets the line rate",
  );
}

/** How the options ask a port to be opened. @throws NomulError E_USAGE, E_BOARD_UNKNOWN */
export function lineOptions({ baud, board }: Pick<DeviceOptions, "board" | "baud">) {
  if (board !== undefined) boardBaud(board);
  return {
    baudRate: baud === undefined ? undefined : integer("--baud", baud, 300, 12_000_000),
    board,
  };
}

/** Takes how far a device's work is; several devices at once show only that they are at work. */
export type OnProgress = (stage: string, fraction: number) => void;

interface DeviceCommand<T> {
  /** What is being done, for people: "flashing". */
  readonly verb: string;
  work(device: Device, onProgress: OnProgress): Promise<T>;
  /** The result as --json prints it. */
  data(result: T): object;
  text(result: T): string;
  exitCode(result: T): number;
}

/**
 * Runs a command on the device of every --port. One port: its result or its error, as any command.
 * Several: a block (an array element with --json) a port, errors among them, and the highest exit
 * code of all. The codes rise with how far the work came, so a board that is missing never hides
 * another one whose bits differ.
 */
export async function runOnDevices<T>(
  context: Context,
  options: DeviceOptions,
  command: DeviceCommand<T>,
): Promise<Outcome> {
  const { port: ports } = options;
  const { progress } = context;
  const several = ports.length > 1;
  if (ports.length === 0) {
    throw new NomulError("E_USAGE", "no port was given", {
      where: "--port",
      next: 'Give --port; "nomul ports" lists them, sim:icebreaker needs no board.',
    });
  }
  const onProgress: OnProgress = several
    ? () => {}
    : (stage, fraction) => progress.update(stage, fraction);
  if (several) progress.busy(`${command.verb} ${ports.length} devices`);
  const outcomes = await onEachDevice(
    ports,
    (device) => {
      if (!several) progress.end();
      return command.work(device, onProgress);
    },
    { ...lineOptions(options), onProgress: (text) => progress.busy(text) },
  );
  progress.end();

  const [first] = outcomes;
  if (several) {
    context.result(
      outcomes.map((outcome) => outcomeData(outcome, command)),
      outcomes.map((outcome) => outcomeText(outcome, command)).join("\n\n"),
    );
  } else {
    if ("error" in first) throw first.error;
    context.result(command.data(first.result), command.text(first.result));
  }
  const codes = outcomes.map((outcome) =>
    "error" in outcome ? asNomulError(outcome.error).exitCode : command.exitCode(outcome.result),
  );
  return { exitCode: Math.max(exitCodes.ok, ...codes) };
}

function outcomeData<T>(outcome: DeviceOutcome<T>, command: DeviceCommand<T>): object {
  const { port } = outcome;
  if ("error" in outcome) return { port, error: asNomulError(outcome.error).toJSON() };
  return { port, ...command.data(outcome.result) };
}

function outcomeText<T>(outcome: DeviceOutcome<T>, command: DeviceCommand<T>): string {
  const text =
    "error" in outcome
      ? errorText(asNomulError(outcome.error))
      : command.text(outcome.result).trimEnd();
  return `${outcome.port}\n${text.replace(/^/gm, "  ")}`;
}
