import { NomulError } from "../errors.ts";
import { inputBytes } from "../image/input.ts";
import { padOutputs } from "../image/packer.ts";
import { proveNoOverflow } from "../image/prove.ts";
import type { TableImage } from "../image/read.ts";
import { operators } from "../spec/operators.ts";
import type { DeviceInfo } from "./device.ts";

/** The limits of a device, as HELLO tells them. */
export type DeviceLimits = Pick<
  DeviceInfo,
  | "board"
  | "tableBytes"
  | "parameterBytes"
  | "arenaElements"
  | "outputElements"
  | "outputElements4"
  | "operators"
  | "accumulatorBits"
  | "dataBytes"
>;

/**
 * Refuses an image that this device can't run, before a byte is sent.
 * @param expectedBoard board id the user named, if any
 * @throws NomulError E_BOARD_WRONG, E_IMAGE_TOO_LARGE, E_BOARD_UNFIT, E_ACCUMULATOR_OVERFLOW
 */
export function checkImageFits(
  image: TableImage,
  limits: DeviceLimits,
  expectedBoard?: string,
): void {
  if (expectedBoard !== undefined && expectedBoard !== limits.board) {
    throw new NomulError(
      "E_BOARD_WRONG",
      `the device is "${limits.board}", not "${expectedBoard}"`,
      {
        where: "HELLO",
        next: "Choose another --port (nomul ports), or leave --board away.",
      },
    );
  }
  const sections = [
    ["table section", image.device.length - image.tableOffset, limits.tableBytes],
    ["parameter section", image.tableOffset, limits.parameterBytes],
  ] as const;
  for (const [name, bytes, limit] of sections) {
    if (bytes <= limit) continue;
    throw new NomulError(
      "E_IMAGE_TOO_LARGE",
      `the ${name} has ${bytes} bytes, ${limits.board} holds ${limit}`,
      {
        where: name,
        next: "Fit with fewer codebooks or fewer hidden units. The device was not touched.",
      },
    );
  }
  const { layers, inputType } = image.program;
  const widest = (four: boolean) =>
    Math.max(
      0,
      ...layers
        .filter(({ operator }) => (operator === "maddness4") === four)
        .map(({ outputs }) => padOutputs(outputs)),
    );
  const quantities = [
    ["arena elements", image.arenaElements, limits.arenaElements],
    ["outputs of one step", widest(false), limits.outputElements],
    [
      "outputs of one step of maddness4",
      widest(true),
      limits.outputElements4 || limits.outputElements,
    ],
    ["bytes of one input", inputBytes(inputType, layers[0].inputs), limits.dataBytes],
    // INFER replies the cycles, then all outputs.
    ["bytes of one reply", 4 + 2 * layers[layers.length - 1].outputs, limits.dataBytes],
  ] as const;
  for (const [name, needed, limit] of quantities) {
    if (needed <= limit) continue;
    throw new NomulError("E_BOARD_UNFIT", `needs ${needed} ${name}, ${limits.board} has ${limit}`, {
      where: name,
      next: "Make the network narrower or choose another board (nomul boards).",
    });
  }
  layers.forEach((layer, step) => {
    const { code } = operators.find((o) => o.token === layer.operator)!;
    if ((limits.operators >>> code) & 1) return;
    throw new NomulError("E_BOARD_UNFIT", `${limits.board} has no operator ${layer.operator}`, {
      where: `step ${step}`,
      next: "Program the board with gateware that has it, or choose another operator.",
    });
  });
  proveNoOverflow(image.program, limits.accumulatorBits);
}
