import { NomulError } from "../errors.ts";
import type { Device } from "./device.ts";
import { openDevice } from "./open-device.ts";
import type { PortOptions } from "./port.ts";

/** What came of one port: the work's result, or why there is none. */
export type DeviceOutcome<T> =
  | { readonly port: string; readonly result: T }
  | { readonly port: string; readonly error: unknown };

/**
 * Does the same work on the devices of several ports at once. Every port is opened, worked on and
 * closed by itself: what fails on one changes nothing for the others.
 * @param paths ports, each at most once
 * @returns one outcome a port, in the order of `paths`; errors are outcomes here, not thrown
 * @throws NomulError E_USAGE if a port is named twice, before any is opened
 */
export async function onEachDevice<T>(
  paths: readonly string[],
  work: (device: Device) => Promise<T>,
  options: Partial<PortOptions> = {},
): Promise<readonly DeviceOutcome<T>[]> {
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) {
    throw new NomulError("E_USAGE", "the port is named twice", {
      where: twice,
      next: "Name every port once.",
    });
  }
  return Promise.all(
    paths.map(async (port): Promise<DeviceOutcome<T>> => {
      try {
        const device = await openDevice(port, options);
        try {
          return { port, result: await work(device) };
        } finally {
          await device.close();
        }
      } catch (error) {
        return { port, error };
      }
    }),
  );
}
