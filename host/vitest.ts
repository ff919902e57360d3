/** Hardware in the loop for vitest: `import { openDevice } from "nomul/vitest"`. See docs/hil.md. */
import { expect } from "vitest";
import { NomulError } from "./errors.ts";
import { readImage, type TableImage } from "./image/read.ts";
import { readInput } from "./import/file.ts";
import { Device } from "./link/device.ts";
import { flashImage } from "./link/flash.ts";
import { openDevice as openLinkDevice } from "./link/open-device.ts";
import type { PortOptions } from "./link/port.ts";
import { verifyText } from "./report/verify.ts";
import { verifyDevice } from "./verify/verify.ts";

export interface MatchBitsOptions {
  /** Inputs to compare on, [D] integers each; default: the image's golden vectors. */
  readonly inputs?: readonly ArrayLike<number>[];
  /** Compare only on the first so many of them; default: all. */
  readonly vectors?: number;
  /** Inferences on inputs that the device makes itself, compared by CRC; default 1000. */
  readonly selfTestVectors?: number;
  /** Seed of those inputs, 1..2^32-1; default 1. */
  readonly seed?: number;
}

declare module "vitest" {
  // The type parameter must be there, and be called so, for the two declarations to be merged.
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it
  interface Matchers<T = any> {
    /**
     * Passes if the device computes the image's bits, all of them: memory by digest, outputs over the
     * link, self-test by CRC. Flashes first if the device holds another image or none. Rejects with a
     * NomulError if the device can't be asked (link, memory too small), also under `.not`.
     * @param image a *.nomul file or an image that readImage has read
     */
    toMatchBits(image: string | TableImage, options?: MatchBitsOptions): Promise<void>;
  }
}

/**
 * Opens the device under test; close it with `device.close()` when the tests are done.
 * @param path a port, or `sim:<board>`; default: NOMUL_PORT, else the simulated iCEBreaker
 * @throws NomulError of openPort and Device.open
 */
export function openDevice(
  path: string = process.env.NOMUL_PORT || "sim:icebreaker",
  options: Partial<PortOptions> = {},
): Promise<Device> {
  return openLinkDevice(path, options);
}

async function makeHold(device: Device, image: TableImage): Promise<void> {
  const { slotState, deviceCrc } = await device.status();
  if (slotState === "committed" && deviceCrc === image.deviceCrc) return;
  await flashImage(device, image);
}

expect.extend({
  async toMatchBits(
    received: unknown,
    imageOrPath: string | TableImage,
    { inputs, vectors, selfTestVectors = 1000, seed = 1 }: MatchBitsOptions = {},
  ) {
    if (!(received instanceof Device)) {
      throw new NomulError("E_USAGE", "toMatchBits was given something that is no device", {
        where: "expect(…)",
        next: "Give what openDevice() resolves to: const device = await openDevice().",
      });
    }
    const image =
      typeof imageOrPath === "string"
        ? readImage(readInput(imageOrPath), imageOrPath)
        : imageOrPath;
    const rows = (inputs ?? image.golden.map((golden) => golden.input)).slice(0, vectors);
    if (rows.length === 0 && selfTestVectors === 0) {
      throw new NomulError("E_USAGE", "nothing would be compared: no inputs and no self-test", {
        where: "toMatchBits",
        next: "Give inputs or selfTestVectors; the image holds no golden vectors, or vectors is 0.",
      });
    }
    await makeHold(received, image);
    const result = await verifyDevice(received, image, {
      inputs: rows,
      selfTestVectors,
      seed,
    });
    const what = `${received.port.path} ${this.isNot ? "not " : ""}to compute the bits of the image`;
    return {
      pass: result.ok,
      message: () => `expected ${what} (SHA-256 ${image.sha256})\n${verifyText(result)}`,
    };
  },
});
