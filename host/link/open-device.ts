import { Device } from "./device.ts";
import { openPort, type PortOptions } from "./port.ts";

/** Rate of boards whose kind is not known before HELLO. */
export const DEFAULT_BAUD = 1_000_000;

/**
 * Opens a port and says HELLO on it; a port where nothing answers is closed again.
 * @param path `/dev/ttyUSB1`, `COM3`, a pseudo-terminal, `sim:<board>`
 * @throws NomulError of openPort and Device.open
 */
export async function openDevice(
  path: string,
  { baudRate = DEFAULT_BAUD, onProgress }: Partial<PortOptions> = {},
): Promise<Device> {
  const port = await openPort(path, { baudRate, onProgress });
  try {
    return await Device.open(port);
  } catch (error) {
    await port.close();
    throw error;
  }
}
