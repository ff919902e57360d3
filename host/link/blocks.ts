import type { Device } from "./device.ts";
import { type Ladder, RUNG_ATTEMPTS } from "./ladder.ts";

/** Bytes of the device part and where they belong. */
export interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Cuts blocks into such of at most `size` bytes. */
export function cutBlocks(blocks: readonly Block[], size: number): readonly Block[] {
  return blocks.flatMap(({ offset, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
      offset: offset + i * size,
      bytes: bytes.subarray(i * size, (i + 1) * size),
    })),
  );
}

/** What a transfer tells about itself. */
export interface Progress {
  /** @param bytes size of a block that the device acknowledged */
  readonly onSent?: (bytes: number) => void;
  /** Every block is under way; called once more for each rung. */
  readonly onAllSent?: () => void;
}

/** What one rung made of the blocks it was given. */
interface Sent {
  /** Not acknowledged: they may be on the device, but nobody knows. */
  readonly left: readonly Block[];
  /** Why the rung stopped; undefined when nothing is left. */
  readonly error: unknown;
}

/** Sends blocks in order, as many at a time as the rung says, until one gets no answer. */
async function sendOnRung(
  device: Device,
  blocks: readonly Block[],
  ladder: Ladder,
  { onSent, onAllSent }: Progress,
): Promise<Sent> {
  const left = new Set(blocks);
  const queue = blocks.values();
  let error: unknown;
  const lane = async () => {
    for (const block of queue) {
      try {
        ladder.checkTime();
        const reply = device.session.request("DATA", block.offset, block.bytes, {
          attempts: RUNG_ATTEMPTS,
        });
        if (block === blocks.at(-1)) onAllSent?.();
        await reply;
      } catch (caught) {
        error ??= caught;
        return;
      }
      left.delete(block);
      onSent?.(block.bytes.length);
      if (error !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: ladder.rung.window }, lane));
  return { left: [...left], error };
}

/**
 * Brings blocks to the device. A rung that does badly is left for the next one, which goes on with
 * the blocks that were not acknowledged, cut to its size: an acknowledged block is never sent again.
 * @throws NomulError of `Ladder.stepDown`
 */
export async function sendBlocks(
  device: Device,
  blocks: readonly Block[],
  ladder: Ladder,
  progress: Progress = {},
): Promise<void> {
  let left = blocks;
  while (left.length > 0) {
    const pieces = cutBlocks(left, ladder.rung.dataBytes);
    const sent = await sendOnRung(device, pieces, ladder, progress);
    left = sent.left;
    if (left.length > 0) await ladder.stepDown(sent.error);
  }
}
