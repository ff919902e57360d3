/** What a device holds after power failed in the midst of changing its slots. */
import type { Random } from "../host/fit/random.ts";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { readRecord } from "../host/image/record.ts";
import { inferProgram } from "../host/reference/program.ts";
import { statusReply } from "../host/spec/link.ts";
import { slotConstants } from "../host/spec/slots.ts";
import { DirectDevice, type DirectReply, u32 } from "./direct.ts";
import type { AnyMachine } from "./native/machine.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

type Step = (device: DirectDevice) => DirectReply;

/** Requests of one change, as host/verify/keep.ts sends them. */
export interface Change {
  readonly name: string;
  readonly steps: readonly Step[];
  /** What boots before and after; undefined: nothing. */
  readonly before: TableImage | undefined;
  readonly after: TableImage;
}

export interface CutCounts {
  cut: number;
  old: number;
  new: number;
  /** Neither the image before nor the one after, whole: must stay 0. */
  neither: number;
}

const constant = (name: (typeof slotConstants)[number]["name"]) =>
  slotConstants.find((c) => c.name === name)!.value;

/** Steps that put an image into memory and commit it. */
function toMemory({ device: part, tableOffset, deviceCrc }: TableImage): Step[] {
  const blocks = Array.from({ length: Math.ceil(part.length / 1024) }, (_, i) => i * 1024);
  return [
    (d) => d.request("BEGIN", part.length, u32(tableOffset)),
    ...blocks.map(
      (at): Step =>
        (d) =>
          d.request("DATA", at, part.subarray(at, at + 1024)),
    ),
    (d) => d.request("COMMIT", deviceCrc),
  ];
}

export const update = (before: TableImage | undefined, after: TableImage): Change => ({
  name: before ? "update" : "first flash",
  before,
  after,
  steps: [
    ...toMemory(after),
    (d) => d.request("STORE", after.deviceCrc),
    (d) => d.request("LOAD", 1),
    (d) => d.request("CONFIRM", after.deviceCrc),
  ],
});

export const rollBackTo = (before: TableImage, after: TableImage): Change => ({
  name: "roll-back",
  before,
  after,
  steps: [(d) => d.request("LOAD", 2), (d) => d.request("CONFIRM", after.deviceCrc)],
});

/** Runs a change to its end or to the cut. @throws Error if a request is refused */
export function run(device: DirectDevice, { name, steps }: Change): "done" | "power-cut" {
  for (const [i, step] of steps.entries()) {
    const { status } = step(device);
    if (status === "power-cut") return status;
    if (status !== "OK") throw new Error(`${name}: request ${i} was answered ${status}`);
  }
  return "done";
}

/** The device runs exactly this image, without a host having sent anything since power-on. */
export function holds(device: DirectDevice, image: TableImage | undefined): boolean {
  const reply = device.request("STATUS");
  if (reply.status !== "OK") return false;
  const status = readRecord(statusReply, reply.data);
  if (!image) return status.slotState === 0 && device.request("INFER").status === "NO_IMAGE";
  const { device: part, deviceCrc, program, golden } = image;
  if (status.slotState !== 2 || status.deviceCrc !== deviceCrc) return false;
  const digest = device.request("DIGEST", 0, u32(part.length));
  if (digest.status !== "OK" || Buffer.compare(digest.data, u32(deviceCrc)) !== 0) return false;
  const { input } = golden[0];
  const outputs = inferProgram(program, input).at(-1)!;
  const inferred = device.request("INFER", 0, encodeInput(program.inputType, input));
  const given = new DataView(inferred.data.buffer, inferred.data.byteOffset);
  return inferred.status === "OK" && outputs.every((y, m) => given.getInt16(4 + 2 * m, true) === y);
}

/** Contents of both slots, as far as images of that size reach. */
export function snapshot(machine: AnyMachine, slotA: number, bytes: number): () => void {
  const length = constant("SLOT_BODY") + bytes + constant("FLASH_SECTOR");
  const places = [slotA, slotA + constant("SLOT_BYTES")];
  const contents = places.map((offset) => machine.readFlash(offset, length));
  return () => {
    for (const [i, offset] of places.entries()) machine.writeFlash(offset, contents[i]);
  };
}

/** Three images of one of the conformance vectors' shapes, which compute different things. */
export function threeImages(id: string) {
  const vector = (vectors as unknown as VectorFile).vectors.find((v) => v.id === id)!;
  const program = toProgram("maddness", vector);
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  const imageOf = (change: (entry: number) => number): TableImage => {
    const layers = program.layers.map((l) => ({ ...l, tables: l.tables.map(change) }));
    return readImage(packImage({ ...program, layers }, options));
  };
  return {
    first: imageOf((t) => t),
    second: imageOf((t) => -1 - t),
    third: imageOf((t) => t >> 1),
  };
}

/** A board on which these images were kept one after the other. */
export function boardWith(machine: AnyMachine, images: readonly TableImage[]): DirectDevice {
  const device = new DirectDevice(machine);
  device.powerCycle();
  for (const [i, image] of images.entries()) run(device, update(images[i - 1], image));
  device.powerCycle();
  if (!holds(device, images.at(-1))) throw new Error("the board does not boot what was kept");
  return device;
}

export const countText = ({ name }: Change, counts: CutCounts & { operations: number }): string =>
  `${name}: ${counts.operations} operations, ${counts.cut} cuts: ` +
  `${counts.old} old kept, ${counts.new} new kept, ${counts.neither} neither`;

/** How much of an operation is done when power fails. */
const FRACTIONS = [0, 0.05, 0.3, 0.6, 0.95, 1];

/**
 * Cuts power in every program and erase operation of a change, at several moments of each, and looks
 * what boots. The flash chip is left as it was before.
 * @param slotA byte of the flash chip
 */
export function cutEverywhere(
  device: DirectDevice,
  change: Change,
  slotA: number,
  random: Random,
): CutCounts & { operations: number } {
  const { machine } = device;
  const restore = snapshot(machine, slotA, change.after.device.length);
  const start = machine.flashOperations;
  if (run(device, change) !== "done" || !holds(device, change.after)) {
    throw new Error(`${change.name}: does not work without a power cut`);
  }
  const operations = machine.flashOperations - start;
  const counts = { cut: 0, old: 0, new: 0, neither: 0, operations };
  for (let operation = 0; operation < operations; operation++) {
    for (const fraction of FRACTIONS) {
      restore();
      device.powerCycle();
      machine.cutPower({ operation, fraction, seed: 1 + random.below(0xfffffff) });
      if (run(device, change) !== "power-cut") throw new Error("power was not cut");
      device.powerCycle();
      counts.cut++;
      if (holds(device, change.after)) counts.new++;
      else if (holds(device, change.before)) counts.old++;
      else counts.neither++;
    }
  }
  restore();
  device.powerCycle();
  return counts;
}
