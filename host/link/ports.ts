import { SerialPort } from "serialport";
import { listBoards, loadBoard } from "../board/load.ts";
import type { Board } from "../board/schema.ts";
import { SIMULATOR_PREFIX, simulatorBinding } from "../sim/binding.ts";

export interface PortDescription {
  readonly path: string;
  readonly kind: "serial" | "simulator";
  /** USB ids, four lower-case hexadecimal digits each. */
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly product: string | undefined;
  readonly serialNumber: string | undefined;
  /**
   * Id of the board it is (simulator) or seems to be (USB ids and product fit; HELLO is the proof).
   * Undefined when no board or more than one fits.
   */
  readonly board: string | undefined;
}

type Usb = Pick<PortDescription, "vendorId" | "productId" | "product">;

type KnownBoard = {
  readonly id: string;
  readonly usb: Pick<Board["usb"], "vendorId" | "productId" | "product">;
};

/** USB-serial chips are shared by many boards: the product text must fit as well, when both have one. */
function fits(board: KnownBoard, { vendorId, productId, product }: Usb): boolean {
  const { usb } = board;
  if (usb.vendorId !== vendorId || usb.productId !== productId) return false;
  if (usb.product === null || product === undefined) return true;
  return product.toLowerCase().includes(usb.product.toLowerCase());
}

/** The board that a USB device seems to be; undefined if none or several fit. */
export function guessBoard(usb: Usb, boards: readonly KnownBoard[]): string | undefined {
  const candidates = boards.filter((board) => fits(board, usb));
  return candidates.length === 1 ? candidates[0].id : undefined;
}

/** Serial ports of this machine; none where they cannot be listed (containers without udevadm). */
async function listSerial(): Promise<PortDescription[]> {
  const boards = listBoards().map(loadBoard);
  const ports = await SerialPort.list().catch(() => []);
  return ports.map((port) => {
    // Linux gives the product in pnpId (usb-1BitSquared_iCEBreaker_V1.0e_…), Windows as friendlyName.
    const name = "friendlyName" in port ? String(port.friendlyName) : port.pnpId;
    const usb = {
      vendorId: port.vendorId?.toLowerCase(),
      productId: port.productId?.toLowerCase(),
      product: name,
    };
    return {
      path: port.path,
      kind: "serial",
      ...usb,
      serialNumber: port.serialNumber,
      board: guessBoard(usb, boards),
    };
  });
}

/**
 * Ports that openPort can open, real ones first, then `sim:<board>` for every board. Pseudo-terminals
 * are never listed; openPort takes them all the same.
 */
export async function listPorts(): Promise<PortDescription[]> {
  const simulated = (await simulatorBinding().list()).map(
    ({ path, manufacturer, vendorId, productId }): PortDescription => ({
      path,
      kind: "simulator",
      vendorId,
      productId,
      product: manufacturer,
      serialNumber: undefined,
      board: path.slice(SIMULATOR_PREFIX.length),
    }),
  );
  return [...(await listSerial()), ...simulated];
}
