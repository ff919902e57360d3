import { NomulError } from "../errors.ts";
import { linkConstants } from "../spec/link.ts";
import type { Device } from "./device.ts";
import type { Port } from "./port.ts";

const constant = (name: (typeof linkConstants)[number]["name"]) =>
  linkConstants.find((c) => c.name === name)!.value;
const CLOCKS_MIN = constant("BAUD_CLOCKS_MIN");
const CLOCKS_MAX = constant("BAUD_CLOCKS_MAX");

/** Frames that must come through at a new rate before it is trusted. */
const PROBES = 3;
/** A receiver that samples mid-bit still reads the tenth bit right with this much difference. */
const DIFFERENCE_MAX = 0.02;
/** A device whose probes fail is back at its first rate within 1.4 s; a simulator takes longer. */
const RETURN_ATTEMPTS = 20;
/** The longest frame must arrive within half a second, or the device takes the rate for a wrong one. */
const LOWEST_BAUD = 28_800;

/** Rates that a receiver does not tell apart. */
export const isSameRate = (a: number, b: number): boolean => Math.abs(a / b - 1) <= DIFFERENCE_MAX;

/**
 * Clock cycles a bit for a rate.
 * @throws NomulError E_BAUD if the device has no rate within 2 % of it
 */
export function clocksPerBit(clockHz: number, baudRate: number): number {
  const clocks = Math.round(clockHz / baudRate);
  const divides = clocks >= CLOCKS_MIN && clocks <= CLOCKS_MAX;
  const near = isSameRate(clockHz / clocks, baudRate);
  if (divides && near && baudRate >= LOWEST_BAUD) return clocks;
  throw new NomulError("E_BAUD", `the device has no rate near ${baudRate} baud`, {
    where: "BAUD",
    next: `It divides ${clockHz} Hz: rates from ${LOWEST_BAUD} to ${clockHz / CLOCKS_MIN} baud.`,
  });
}

/** Clock cycles that a simulator steps in a second, and its line with them. */
const SIMULATED_HZ = 3_000_000;

/** Bits that a line at this rate carries in a second of the host's time. @param clockHz device's */
export const realTimeBaud = (port: Port, baudRate: number, clockHz: number): number =>
  port.simulator ? (baudRate * SIMULATED_HZ) / clockHz : baudRate;

/** Answers at a rate, or nothing does. */
async function probes(device: Device): Promise<boolean> {
  try {
    for (let n = 0; n < PROBES; n++) {
      await device.session.request("STATUS", 0, undefined, { attempts: 4 });
    }
    return true;
  } catch (error) {
    if (error instanceof NomulError && error.code === "E_LINK_TIMEOUT") return false;
    throw error;
  }
}

/**
 * Changes the rate of the line: the device answers at the old rate, both ends change, and three
 * frames must come through at the new one. If they don't, the device returns by itself to the rate it
 * has after power-on, and so does the port.
 * @returns the rate that the line has now: `baudRate`, or `info.baud` after a failed change
 * @throws NomulError E_BAUD if device or port have no such rate (nothing has changed then);
 *   E_LINK_TIMEOUT if nothing answers at the first rate either; E_PORT_LOST
 */
export async function changeBaud(device: Device, baudRate: number): Promise<number> {
  const { port, session, info } = device;
  const clocks = clocksPerBit(info.clockHz, baudRate);
  try {
    await session.request("BAUD", clocks, undefined, { attempts: 3 });
    await port.setBaudRate(baudRate);
    session.baud = realTimeBaud(port, baudRate, info.clockHz);
    if (await probes(device)) return baudRate;
  } catch (error) {
    const code = error instanceof NomulError ? error.code : undefined;
    // The device may have changed, although its answer was lost or the port can't: it returns.
    if (code === "E_BAUD") await leave(device);
    if (code !== "E_LINK_TIMEOUT") throw error;
  }
  await leave(device);
  return info.baud;
}

/** Both ends at the rate after power-on. */
async function leave({ port, session, info }: Device): Promise<void> {
  await port.setBaudRate(info.baud);
  session.baud = realTimeBaud(port, info.baud, info.clockHz);
  await session.request("STATUS", 0, undefined, { attempts: RETURN_ATTEMPTS });
}
