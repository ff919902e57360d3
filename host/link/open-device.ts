import { Device } from "./device.ts";
import { openPort, type PortOptions } from "./port.ts";

/**
 * Opens a port and says HELLO on it; a port where nothing answers is closed again.
 * @param path `/dev/ttyUSB1`, `COM3`, a pseudo-terminal, `sim:<board>`
 * @throws NomulError of openPort and Device.open
 */
export async function openDevice(path: string, options: PortOptions = {}): Promise<Device> {
  const port = await openPort(path, options);
  try {
    return await Device.open(port);
  } catch (error) {
    await port.close();
    throw error;
  }
}
