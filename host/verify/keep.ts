import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import type { Device, DeviceStatus } from "../link/device.ts";
import type { SlotName } from "../link/slots.ts";
import { verifyDevice } from "./verify.ts";

export interface KeepResult {
  /** The slot that boots now. */
  readonly slot: SlotName;
  /** Its sequence number. */
  readonly sequence: number;
  /** False when the image was there already and nothing was written. */
  readonly written: boolean;
}

export type OnKeepStage = (stage: string) => void;

/** Inferences on the device's own inputs that an image on trial must pass beside its golden vectors. */
const TRIAL_VECTORS = 100;

const restarted = (device: Device, cause: unknown) =>
  new NomulError("E_DEVICE_IMAGE", "the device restarted meanwhile, with the image it had before", {
    where: device.port.path,
    next: "Repeat the command. The image was not kept.",
    cause,
  });

/** A refusal that only a device without the image in memory gives. */
function refusedForImage(error: unknown): boolean {
  return error instanceof NomulError && / refused: (NO_IMAGE|NOT_OPEN)/.test(error.message);
}

/** @throws NomulError E_NO_SLOTS */
function checkSlots(device: Device, { slots }: DeviceStatus): void {
  if (device.info.slots >= 2 && slots.flash) return;
  const why = device.info.slots < 2 ? "its gateware has no slots" : "no flash chip answers";
  throw new NomulError("E_NO_SLOTS", `the device cannot keep an image: ${why}`, {
    where: device.port.path,
    next: "Leave it in memory only (--volatile): it runs until power-off.",
  });
}

/** The image of the slot that does not boot is in memory: tries it, and lets it boot if it is right. */
async function tryAndConfirm(device: Device, image: TableImage, onStage: OnKeepStage) {
  onStage("trying the stored image");
  const result = await verifyDevice(device, image, { selfTestVectors: TRIAL_VECTORS });
  if (!result.ok) {
    throw new NomulError("E_TRIAL_FAILED", "the stored image does not compute the host's bits", {
      where: device.port.path,
      next: `The device boots what it booted before. Ask "nomul verify" what differs.`,
    });
  }
  onStage("confirming");
  await device.confirm(image.deviceCrc);
}

/**
 * Makes the image that the device holds in memory outlast power-off: writes it to the slot that does
 * not boot, reads it back into memory as power-on would, runs its golden vectors on it, and only then
 * lets that slot boot. Power may fail at any moment: the device comes up with the image it kept before
 * or with this one, whole.
 * @param image what flashImage has just written
 * @throws NomulError E_NO_SLOTS; E_DEVICE_IMAGE if the device restarts meanwhile; E_TRIAL_FAILED;
 *   E_DEVICE_STATUS (FLASH_FAILED, BAD_CRC); link errors
 */
export async function keepImage(
  device: Device,
  image: TableImage,
  onStage: OnKeepStage = () => {},
): Promise<KeepResult> {
  const before = await device.status();
  checkSlots(device, before);
  const holds = before.slotState === "committed" && before.deviceCrc === image.deviceCrc;
  const written = !(holds && before.slots.kept);
  try {
    if (written) {
      onStage(`writing slot ${before.slots.other}`);
      await device.store(image.deviceCrc, image.device.length);
      await device.load("other");
      await tryAndConfirm(device, image, onStage);
    }
  } catch (error) {
    throw refusedForImage(error) ? restarted(device, error) : error;
  }
  const { slots } = await device.status();
  if (!slots.kept || slots.boots === undefined) throw restarted(device, undefined);
  return { slot: slots.boots, sequence: slots.sequence, written };
}

/**
 * Goes back to the image kept before this one: loads the other slot and lets it boot. What is given up
 * can't be had back but by flashing it.
 * @throws NomulError E_NO_SLOTS; E_NO_ROLLBACK if the other slot holds no sound image, and the device
 *   then runs what it ran; link errors
 */
export async function rollBack(device: Device): Promise<KeepResult & { readonly crc: number }> {
  checkSlots(device, await device.status());
  try {
    // Not "other": that may be an image that was stored but never tried.
    await device.load("previous");
    const { deviceCrc } = await device.status();
    await device.confirm(deviceCrc);
  } catch (error) {
    const refused = error instanceof NomulError && error.code === "E_DEVICE_STATUS";
    if (!refused) throw error;
    await device.load("boot").catch(() => {});
    throw new NomulError("E_NO_ROLLBACK", "the other slot holds no image to go back to", {
      where: device.port.path,
      next: "Flash the image you want. The device boots what it booted before.",
      cause: error,
    });
  }
  const { slots, deviceCrc } = await device.status();
  if (!slots.kept || slots.boots === undefined) throw restarted(device, undefined);
  return { slot: slots.boots, sequence: slots.sequence, written: true, crc: deviceCrc };
}
