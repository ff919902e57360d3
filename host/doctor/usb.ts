import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BoardFacts, Places, UsbFacts } from "./facts.ts";

function text(folder: string, name: string): string | undefined {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** USB serial ports that the kernel knows (Linux), sorted; udevadm is not needed for that. */
export function usbPortNames({ sys }: Places): string[] {
  const folder = join(sys, "class", "tty");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/**
 * The USB device behind a port: sysfs holds the interface's folder within the device's.
 * @param name without folder, such as ttyUSB1
 */
export function usbFacts(name: string, { sys }: Places): UsbFacts | undefined {
  const link = join(sys, "class", "tty", name, "device");
  if (!existsSync(link)) return undefined;
  let folder = realpathSync(link);
  let number: string | undefined;
  while (dirname(folder) !== folder) {
    number ??= text(folder, "bInterfaceNumber");
    const vendorId = text(folder, "idVendor");
    const productId = text(folder, "idProduct");
    if (vendorId !== undefined && productId !== undefined) {
      return {
        vendorId,
        productId,
        product: text(folder, "product"),
        serialNumber: text(folder, "serial"),
        interface: number === undefined ? undefined : Number.parseInt(number, 16),
      };
    }
    folder = dirname(folder);
  }
  return undefined;
}

/**
 * Boards that a port may be of. Several share the ids of their USB-serial chip: those whose product text
 * the device shows, or all of them if it shows none.
 */
export function boardsOf(usb: UsbFacts, boards: readonly BoardFacts[]): BoardFacts[] {
  const alike = boards.filter((b) => b.vendorId === usb.vendorId && b.productId === usb.productId);
  const shown = usb.product?.toLowerCase();
  const named = alike.filter(
    ({ product }) => product !== null && shown?.includes(product.toLowerCase()),
  );
  return named.length > 0 ? named : alike;
}

/** Whether a port may carry a board's UART: a USB-serial chip with two channels has two ports. */
export const carriesUart = (usb: UsbFacts, board: BoardFacts): boolean =>
  usb.interface === undefined ||
  board.usbInterface === null ||
  usb.interface === board.usbInterface;
