/** The simulated board without threads and ports: one request, its reply, and whether power was cut. */

import { type CommandName, encodeFrame, FrameReader } from "../host/link/frame.ts";
import type { RunEnd } from "../host/sim/machine.ts";
import { commands, statusCodes } from "../host/spec/link.ts";
import type { AnyMachine } from "./native/machine.ts";

export interface DirectReply {
  /** Name of the status, or what happened instead of a reply. */
  readonly status: string;
  readonly data: Uint8Array;
}

const SESSION = 0x5a5a;
const nothing = new Uint8Array(0);
/** Longer than any request may take: erasing and writing the largest image is 20 million cycles. */
const CYCLES_MAX = 60_000_000;
const BATCH = 20_000;

export const u32 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

export class DirectDevice {
  readonly machine: AnyMachine;
  #sequence = 0;
  #reader = new FrameReader();

  constructor(machine: AnyMachine) {
    this.machine = machine;
  }

  /** Takes power away and gives it back, and waits until the device has started up. */
  powerCycle(): RunEnd {
    this.machine.powerCycle();
    this.#reader = new FrameReader();
    return this.#settle();
  }

  /** Lets time pass until nothing happens any more. */
  #settle(): RunEnd {
    for (let cycles = 0; cycles < CYCLES_MAX; cycles += BATCH) {
      const end = this.machine.run(BATCH);
      if (end !== "cycles") return end;
      this.machine.pop();
    }
    return "cycles";
  }

  request(command: CommandName, argument = 0, data: Uint8Array = nothing): DirectReply {
    const { code } = commands.find((c) => c.name === command)!;
    const sequence = this.#sequence++ & 0xffff;
    const session = SESSION;
    const request = { command: code, status: undefined, session, sequence, argument, data };
    this.machine.push(encodeFrame(request));
    for (let cycles = 0; cycles < CYCLES_MAX; cycles += BATCH) {
      const end = this.machine.run(BATCH);
      for (const frame of this.#reader.push(this.machine.pop())) {
        if (frame.status === undefined || frame.sequence !== sequence) continue;
        const status = statusCodes.find((s) => s.value === frame.status)!.name;
        return { status, data: frame.data };
      }
      if (end === "power-cut") return { status: end, data: nothing };
      if (end === "silent") break;
    }
    return { status: "no reply", data: nothing };
  }
}
