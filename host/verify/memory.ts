import { crc32c } from "../crc32c.ts";
import { packers } from "../generated/operators.ts";
import { padOutputs } from "../image/packer.ts";
import type { TableImage } from "../image/read.ts";
import type { Device } from "../link/device.ts";

export interface MemoryFault {
  /** Byte of the device part. */
  readonly offset: number;
  readonly expected: number;
  readonly actual: number;
  /** What that byte is, in the words of the operator. */
  readonly what: string;
}

/** What a byte of the device part holds. */
export function describeByte(image: TableImage, offset: number): string {
  for (const [index, step] of image.steps.entries()) {
    const layer = image.program.layers[index];
    const { parameterBytes, tableBytes } = packers[layer.operator].sizes(layer);
    const parameter = offset - step.parameterOffset;
    if (offset < image.tableOffset && parameter >= 0 && parameter < parameterBytes) {
      return `step ${index}, ${packers[layer.operator].describeParameter(parameter)}`;
    }
    const table = offset - image.tableOffset - step.tableOffset;
    if (offset >= image.tableOffset && table >= 0 && table < tableBytes) {
      return `step ${index}, ${packers[layer.operator].describeTable(layer, table)}`;
    }
    const stage = offset - image.tableOffset - step.outputStageOffset;
    if (
      step.requantise &&
      offset >= image.tableOffset &&
      stage >= 0 &&
      stage < padOutputs(layer.outputs) * 8
    ) {
      return `step ${index}, ${stage % 8 < 4 ? "bias" : "shift"} of output ${stage >> 3}`;
    }
  }
  return "program header or step descriptor";
}

/** The byte value that has this CRC-32C: one byte's CRC is one to one. */
function byteOfDigest(digest: number): number {
  for (let b = 0; b < 256; b++) if (crc32c(Uint8Array.of(b)) === digest) return b;
  return -1;
}

/**
 * Compares device memory with the image by digests, halving until single bytes are found.
 * @param most stop after this many faults
 * @returns the faulty bytes in order; empty when memory is right
 */
export async function findMemoryFaults(
  device: Device,
  image: TableImage,
  most = 16,
): Promise<MemoryFault[]> {
  const faults: MemoryFault[] = [];
  const search = async (offset: number, length: number): Promise<void> => {
    if (faults.length >= most) return;
    const expected = image.device.subarray(offset, offset + length);
    const digest = await device.digest(offset, length);
    if (digest === crc32c(expected)) return;
    if (length === 1) {
      const what = describeByte(image, offset);
      faults.push({ offset, expected: expected[0], actual: byteOfDigest(digest), what });
      return;
    }
    const half = length >> 1;
    await search(offset, half);
    await search(offset + half, length - half);
  };
  await search(0, image.device.length);
  return faults;
}
