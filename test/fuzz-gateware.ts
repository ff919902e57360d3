/** The gateware's parser under hostile frames, without a port between. */
import { crc32c } from "../host/crc32c.ts";
import { Random } from "../host/fit/random.ts";
import { commandCode, encodeFrame, type Frame, FrameReader } from "../host/link/frame.ts";
import { commands } from "../host/spec/link.ts";
import { MemoryModel, PARAMETER_BYTES, TABLE_BYTES } from "./fuzz-model.ts";
import { hostileBytes, hostileU32 } from "./mutate.ts";
import type { AnyMachine } from "./native/machine.ts";

const BATCH = 20;
const WHOLE_BYTES = PARAMETER_BYTES + TABLE_BYTES;
const LIMITS = [
  0,
  4,
  8,
  1024,
  PARAMETER_BYTES,
  TABLE_BYTES,
  WHOLE_BYTES,
  2 ** 18,
  2 ** 31,
  2 ** 32,
];
/** A self-test of 2^32 inferences is a legal request, too, but takes days. */
const INFERENCES_MAX = 2;
/** Longest an answer may take: a whole digest is 300,000 cycles, an inference of nonsense more. */
const CYCLES_MAX = 50_000_000;
const CYCLES_STEP = 20_000;

export interface FuzzGatewareCounts {
  readonly frames: number;
  /** Requests among them that are sound to the CRC. */
  sound: number;
  /** Replies, by status code. */
  readonly byStatus: Map<number, number>;
  /** Sound requests that came while the device was busy: dropped, as documented. */
  dropped: number;
  digests: number;
}

const u32 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

const quickNames = ["HELLO", "BEGIN", "DATA", "TRACE", "STATUS", "RESET"] as const;

const isReset = ({ command, data }: Frame) => command === commandCode.RESET && data.length === 0;

class Fuzz {
  readonly #machine: AnyMachine;
  readonly #random: Random;
  readonly #model = new MemoryModel();
  readonly #names = commands.map((c) => c.name).filter((name) => name !== "BAUD");
  readonly counts: FuzzGatewareCounts;
  #sequence = 0;

  constructor(machine: AnyMachine, seed: number, frames: number) {
    this.#machine = machine;
    this.#random = new Random(seed);
    this.counts = { frames, sound: 0, byStatus: new Map(), dropped: 0, digests: 0 };
  }

  run(): void {
    this.#replies(); // none: the board starts
    // The simulated board's memories start as zeros, as the model's do.
    this.#compareAll();
    for (let frame = 0; frame < this.counts.frames; frame += BATCH) {
      this.#exchange(this.#batch());
      this.#mustAnswer("STATUS", 0);
      const round = frame / BATCH;
      if (!this.#model.memoryKnown) this.#fill();
      else if (round % 10 === 9) this.#compareImage();
      if (round % 100 === 99) this.#compareAll();
    }
    this.#compareAll();
  }

  /** Gives all of memory known contents. */
  #fill(): void {
    this.#mustAnswer("STATUS", 0);
    this.#mustAnswer("BEGIN", WHOLE_BYTES, u32(PARAMETER_BYTES));
    this.#model.memoryKnown = true;
    for (let at = 0; at < WHOLE_BYTES; at += 1024) {
      const bytes = Math.min(1024, WHOLE_BYTES - at);
      const data = Uint8Array.from({ length: bytes }, () => this.#random.below(256));
      this.#mustAnswer("DATA", at, data);
    }
    this.#compareAll();
  }

  /** The image in memory, by the sizes that BEGIN gave it. */
  #compareImage(): void {
    const { slotState, deviceBytes } = this.#model;
    if (slotState === 0 || deviceBytes === 0) return;
    this.#mustAnswer("DIGEST", 0, u32(deviceBytes));
    this.counts.digests++;
  }

  /** All memory there is, the parts outside the image too. */
  #compareAll(): void {
    this.#compareImage();
    this.#mustAnswer("BEGIN", WHOLE_BYTES, u32(PARAMETER_BYTES));
    this.#compareImage();
  }

  #mustAnswer(command: (typeof commands)[number]["name"], argument: number, data?: Uint8Array) {
    const sequence = this.#sequence++ & 0xffff;
    const request = { command: commandCode[command], session: 1, sequence, argument };
    const wire = encodeFrame({ ...request, status: undefined, data: data ?? new Uint8Array(0) });
    if (this.#exchange([wire]) !== 1) throw new Error(`${command} was not answered`);
  }

  /** Sends frames back to back and takes over what the replies tell. @returns replies */
  #exchange(pieces: readonly Uint8Array[]): number {
    // The 00 behind ends what the last piece may have left unfinished.
    const bytes = Uint8Array.from([...pieces.flatMap((piece) => [...piece]), 0]);
    const requests = new FrameReader().push(bytes).filter((f) => f.status === undefined);
    if (this.#machine.push(bytes) < bytes.length) throw new Error("the receiver's queue is full");
    const replies = this.#replies();
    let answered = 0;
    for (const [i, request] of requests.entries()) {
      this.counts.sound++;
      const reply = replies[answered];
      if (!reply || !this.#isReply(request, reply)) {
        this.counts.dropped++;
        const selftest = request.command === commandCode.SELFTEST;
        if (selftest && requests.slice(i).some(isReset)) this.#model.maybeRestarted();
        continue;
      }
      answered++;
      const status = reply.status!;
      this.counts.byStatus.set(status, (this.counts.byStatus.get(status) ?? 0) + 1);
      this.#model.answered(request, reply);
    }
    if (answered < replies.length) throw new Error("a reply to nothing that was asked");
    return answered;
  }

  #isReply(request: Frame, reply: Frame): boolean {
    return (
      reply.command === request.command &&
      reply.session === request.session &&
      reply.sequence === request.sequence &&
      reply.argument === request.argument
    );
  }

  #replies(): Frame[] {
    const reader = new FrameReader();
    const replies: Frame[] = [];
    for (let cycles = 0; cycles < CYCLES_MAX; cycles += CYCLES_STEP) {
      const end = this.#machine.run(CYCLES_STEP);
      for (let bytes = this.#machine.pop(); bytes.length > 0; bytes = this.#machine.pop()) {
        replies.push(...reader.push(bytes));
      }
      if (end !== "silent") continue;
      if (reader.skipped > 0) throw new Error("the device sent something that is no frame");
      return replies;
    }
    throw new Error(`busy for ${CYCLES_MAX} cycles`);
  }

  #batch(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    while (pieces.length < BATCH) {
      const wire = encodeFrame(this.#request());
      const bytes = this.#random.below(2) === 0 ? wire : hostileBytes(this.#random, wire);
      const endless = new FrameReader()
        .push(Uint8Array.of(0, ...bytes, 0))
        .some(
          ({ command, data }) =>
            (command === commandCode.SELFTEST &&
              (data[0] > INFERENCES_MAX || data[1] + data[2] + data[3] > 0)) ||
            command === commandCode.BAUD,
        );
      if (!endless) pieces.push(bytes);
    }
    return pieces;
  }

  /** A request of any command with arguments about the limits; now and then one that is right. */
  #request(): Omit<Frame, "version"> {
    const random = this.#random;
    const model = this.#model;
    // The others take thousands to millions of cycles when they are accepted.
    const names = random.below(20) === 0 ? this.#names : quickNames;
    const name = names[random.below(names.length)];
    const limits = [...LIMITS, model.deviceBytes, model.tableOffset, model.deviceCrc];
    let argument = hostileU32(random, limits);
    if (name === "COMMIT" && random.below(2) === 0) argument = crc32c(model.image());
    if (name === "DATA" && random.below(2) === 0) argument = random.below(model.deviceBytes + 8);
    // Mostly small images: the time of DIGEST and COMMIT is theirs.
    if (name === "BEGIN" && random.below(2) === 0) {
      argument = 8 * random.below(random.below(20) === 0 ? WHOLE_BYTES / 8 : 300);
    }
    let data = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
    if (name === "DATA" && random.below(60) === 0) data = new Uint8Array(1000 + random.below(25));
    if (name === "SELFTEST") data = u32(random.below(INFERENCES_MAX + 1));
    else if (name === "BEGIN" && random.below(2) === 0)
      data = u32(8 * random.below(random.below(4) === 0 ? 800 : 100));
    else if (name !== "DATA" && random.below(4) > 0) {
      data = random.below(2) === 0 ? u32(hostileU32(random, limits)) : new Uint8Array(0);
    }
    if (name === "RESET" && random.below(20) > 0) data = Uint8Array.of(1);
    return {
      command: random.below(30) === 0 ? random.below(32) : commandCode[name],
      status: undefined,
      session: random.below(0x10000),
      sequence: this.#sequence++ & 0xffff,
      argument,
      data,
    };
  }
}

/**
 * Sends so many frames to a simulated board, half of them sound, and checks after every 20 that the
 * device answers and tells the state it must be in; memory is compared by DIGEST.
 * @param machine just powered up, all memories 0
 * @throws Error with the seed when the device does what docs/link.md rules out
 */
export function fuzzGateware(
  machine: AnyMachine,
  seed: number,
  frames: number,
): FuzzGatewareCounts {
  const fuzz = new Fuzz(machine, seed, frames);
  try {
    fuzz.run();
  } catch (error) {
    const { sound } = fuzz.counts;
    throw new Error(`seed ${seed}, about request ${sound}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return fuzz.counts;
}
