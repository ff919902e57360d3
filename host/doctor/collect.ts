import { realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { readGateware } from "../board/gateware.ts";
import { listBoards, loadBoard } from "../board/load.ts";
import { DEFAULT_BAUD } from "../link/port.ts";
import { guessBoard, listPorts } from "../link/ports.ts";
import { SIMULATOR_PREFIX } from "../sim/binding.ts";
import { accessFacts, entries, findProgram, groupsOfUser, processGroups } from "./access.ts";
import type { BoardFacts, MachineFacts, Places, PortFacts, UsbFacts } from "./facts.ts";
import { findHolders } from "./holders.ts";
import { probe } from "./probe.ts";
import { boardsOf, carriesUart, usbFacts, usbPortNames } from "./usb.ts";

interface Found {
  readonly path: string;
  readonly usb: UsbFacts | undefined;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? "$USER"; // a user id without an entry, as containers have
  }
}

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

function stablePath(path: string, { dev }: Places): string | undefined {
  const folder = join(dev, "serial", "by-id");
  const name = entries(folder).find((entry) => real(join(folder, entry)) === real(path));
  return name === undefined ? undefined : join(folder, name);
}

/** Serial ports: from sysfs on Linux, elsewhere as serialport lists them. */
async function findPorts(places: Places): Promise<Found[]> {
  if (process.platform === "linux") {
    return usbPortNames(places).map((name) => ({
      path: join(places.dev, name),
      usb: usbFacts(name, places),
    }));
  }
  const listed = await listPorts();
  return listed
    .filter((port) => port.kind === "serial")
    .map(({ path, vendorId, productId, product, serialNumber }) => ({
      path,
      usb:
        vendorId === undefined || productId === undefined
          ? undefined
          : { vendorId, productId, product, serialNumber, interface: undefined },
    }));
}

interface Asking {
  readonly boards: readonly BoardFacts[];
  readonly baudRate: number | undefined;
  readonly named: boolean;
  readonly places: Places;
}

async function portFacts({ path, usb }: Found, asking: Asking): Promise<PortFacts> {
  const { boards, places } = asking;
  // Opening a port moves its modem lines, which resets some boards: only those that may be ours.
  const ours = usb !== undefined && boardsOf(usb, boards).some((board) => carriesUart(usb, board));
  const ask = asking.named || ours;
  const isFile = process.platform !== "win32" && !path.startsWith(SIMULATOR_PREFIX);
  return {
    path,
    stablePath: stablePath(path, places),
    usb,
    board:
      usb &&
      guessBoard(
        usb,
        boards.map((board) => ({ id: board.id, usb: board })),
      ),
    access: isFile ? accessFacts(path, places) : undefined,
    holders: isFile ? findHolders(path, places) : [],
    answer: ask ? await probe(path, asking.baudRate) : undefined,
  };
}

/**
 * Looks at the machine and its ports; ports of known boards and named ports are asked who they are.
 * @param ports paths to look at; none: all USB serial ports
 */
export async function collectFacts(
  ports: readonly string[],
  baudRate: number | undefined,
  places: Places,
): Promise<MachineFacts> {
  const boards = listBoards().map((id): BoardFacts => {
    const { name, usb, uart } = loadBoard(id);
    return { id, name, ...usb, usbInterface: uart.usbInterface };
  });
  const named = ports.length > 0;
  const found = named
    ? ports.map((path) => ({ path, usb: usbFacts(basename(real(path)), places) }))
    : await findPorts(places);
  const user = userName();
  return {
    platform: process.platform,
    user,
    groups: processGroups(places),
    memberOf: groupsOfUser(user, places),
    udevadm: findProgram("udevadm", places),
    named,
    baudRate: baudRate ?? DEFAULT_BAUD,
    firmware: readGateware().firmware,
    boards,
    ports: await Promise.all(
      found.map((port) => portFacts(port, { boards, baudRate, named, places })),
    ),
  };
}
