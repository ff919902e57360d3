import type { RecordOf } from "../image/record.ts";
import { slotFlags as flags, type slotFlags, slotStates, type statusReply } from "../spec/link.ts";

export type SlotState = "empty" | "open" | "committed";
export type SlotName = "A" | "B";

/** What a device says of its slots in flash. */
export interface SlotsStatus {
  /** A flash chip answers; without one nothing outlasts power-off. */
  readonly flash: boolean;
  /** The slot whose image is loaded at power-on; undefined when no slot holds a confirmed one. */
  readonly boots: SlotName | undefined;
  /** The slot that the next STORE writes. */
  readonly other: SlotName;
  /** Sequence number of the slot that boots, u16; 0 when none does. */
  readonly sequence: number;
  /** Memory holds the image of the slot that boots. */
  readonly kept: boolean;
  /** The other slot holds the image of memory, written by STORE. */
  readonly stored: boolean;
  /** Memory holds the image of the other slot, read by LOAD: it awaits CONFIRM. */
  readonly trial: boolean;
  /** JEDEC id: maker, and 2^n bytes in most chips. */
  readonly flashMaker: number;
  readonly flashSize: number;
}

type Raw = RecordOf<typeof statusReply>;
type Flag = (typeof slotFlags)[number]["name"];

const stateNames: readonly SlotState[] = ["empty", "open", "committed"];

/** State of the memory that the engine computes with. */
export const slotStateOf = ({ slotState }: Raw): SlotState =>
  stateNames[slotStates.findIndex((s) => s.value === slotState)];

export function slotsOf({ slotFlags, sequence, flashMaker, flashSize }: Raw): SlotsStatus {
  const is = (name: Flag) => (slotFlags & flags.find((f) => f.name === name)!.value) !== 0;
  const boots = is("SLOTS_BOOTABLE") ? (is("SLOTS_BOOT_B") ? "B" : "A") : undefined;
  return {
    flash: is("SLOTS_FLASH"),
    boots,
    other: boots === "A" ? "B" : "A",
    sequence,
    kept: is("SLOTS_KEPT"),
    stored: is("SLOTS_STORED"),
    trial: is("SLOTS_TRIAL"),
    flashMaker,
    flashSize,
  };
}
