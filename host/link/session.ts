import { NomulError } from "../errors.ts";
import { commands, statusCodes } from "../spec/link.ts";
import {
  type CommandName,
  commandCode,
  encodeFrame,
  type Frame,
  FrameReader,
  LINK_VERSION,
} from "./frame.ts";
import type { Port } from "./port.ts";
import { RoundTrip } from "./round-trip.ts";

export interface RequestOptions {
  /** Time the device itself needs for the work, on top of the line. */
  readonly workMs?: number;
  /** Times a request is sent before the link is given up. */
  readonly attempts?: number;
}

interface Pending {
  readonly command: CommandName;
  readonly argument: number;
  readonly wire: Uint8Array;
  readonly workMs: number;
  attemptsLeft: number;
  /** Counts all sendings of the session: the device answers in this order. */
  order: number;
  /** Since when nothing but this request keeps the device from answering it. */
  waitingSinceMs: number;
  /** Replies to requests that were sent after this one. */
  overtaken: number;
  resent: boolean;
  timer: NodeJS.Timeout | undefined;
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** So many later requests answered before an earlier one: its frame or its reply was lost. */
const OVERTAKEN_MAX = 2;

/** Matches replies to requests, by session and sequence, and sends again what was lost. */
export class Session {
  readonly #port: Port;
  readonly #session: number;
  readonly #reader = new FrameReader();
  readonly #roundTrip = new RoundTrip();
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;
  #sent = 0;
  #lost: NomulError | undefined;
  /** Requests sent again because no reply came in time. */
  retransmissions = 0;

  /** @param session u16; a fresh one per session, so that replies of an earlier one are told apart */
  constructor(port: Port, session: number) {
    this.#port = port;
    this.#session = session;
    port.onData((bytes) => this.#receive(bytes));
    port.onClose((error) => this.#lose(error));
  }

  /** Runs of received bytes that were no frame (noise, boot text, damaged frames). */
  get skipped(): number {
    return this.#reader.skipped;
  }

  /**
   * Sends a request and waits for its reply, sending again when none comes in time. All commands may
   * be repeated without harm, so a lost reply is no different from a lost request.
   * @param argument u32
   * @returns the reply's data
   * @throws NomulError E_LINK_TIMEOUT, E_PORT_LOST, E_DEVICE_STATUS, E_LINK_VERSION, E_LINK_REPLY
   */
  async request(
    command: CommandName,
    argument = 0,
    data: Uint8Array = new Uint8Array(0),
    options: RequestOptions = {},
  ): Promise<Uint8Array> {
    if (this.#lost) throw this.#lost;
    const sequence = this.#sequence;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const wire = encodeFrame({
      command: commandCode[command],
      status: undefined,
      session: this.#session,
      sequence,
      argument,
      data,
    });
    const reply = await new Promise<Frame>((resolve, reject) => {
      const pending: Pending = {
        command,
        argument,
        wire,
        workMs: options.workMs ?? 0,
        attemptsLeft: options.attempts ?? 5,
        order: 0,
        waitingSinceMs: 0,
        overtaken: 0,
        resent: false,
        timer: undefined,
        resolve,
        reject,
      };
      this.#pending.set(sequence, pending);
      this.#send(sequence, pending);
    });
    this.#checkStatus(command, reply);
    return reply.data;
  }

  async close(): Promise<void> {
    await this.#port.close();
  }

  #send(sequence: number, pending: Pending): void {
    pending.attemptsLeft--;
    pending.order = this.#sent++;
    pending.overtaken = 0;
    this.#wait(sequence, pending);
    this.#port.write(pending.wire).catch((error) => this.#settle(sequence)?.reject(error));
  }

  #wait(sequence: number, pending: Pending): void {
    clearTimeout(pending.timer);
    pending.waitingSinceMs = performance.now();
    const waitMs = pending.workMs + this.#roundTrip.timeoutMs();
    pending.timer = setTimeout(() => this.#timeOut(sequence, pending, waitMs), waitMs);
  }

  #timeOut(sequence: number, pending: Pending, waitedMs: number): void {
    if (pending.attemptsLeft > 0) {
      this.#roundTrip.backOff();
      this.#sendAgain(sequence, pending);
      return;
    }
    this.#settle(sequence)?.reject(
      new NomulError(
        "E_LINK_TIMEOUT",
        `no reply to ${pending.command} (last wait ${Math.round(waitedMs)} ms)`,
        {
          where: this.#port.path,
          next: "Check that the board runs nomul's gateware at this baud rate and that no other port is meant (nomul ports).",
        },
      ),
    );
  }

  #sendAgain(sequence: number, pending: Pending): void {
    this.retransmissions++;
    pending.resent = true;
    this.#send(sequence, pending);
  }

  /** A device answers in the order of sending: what its reply says about the other requests. */
  #noteOrder(answered: Pending): void {
    for (const [sequence, pending] of this.#pending) {
      if (pending.order > answered.order) this.#wait(sequence, pending);
      else if (++pending.overtaken >= OVERTAKEN_MAX && pending.attemptsLeft > 0) {
        this.#sendAgain(sequence, pending);
      }
    }
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      // Requests (our own echo), replies of other sessions and second replies are not for us.
      if (frame.status === undefined || frame.session !== this.#session) continue;
      const pending = this.#pending.get(frame.sequence);
      if (!pending || frame.command !== commandCode[pending.command]) continue;
      if (frame.argument !== pending.argument) continue;
      if (!pending.resent && pending.workMs === 0) {
        this.#roundTrip.measured(performance.now() - pending.waitingSinceMs);
      }
      this.#settle(frame.sequence);
      this.#noteOrder(pending);
      pending.resolve(frame);
    }
  }

  #settle(sequence: number): Pending | undefined {
    const pending = this.#pending.get(sequence);
    clearTimeout(pending?.timer);
    this.#pending.delete(sequence);
    return pending;
  }

  #lose(error: NomulError): void {
    this.#lost = error;
    for (const sequence of [...this.#pending.keys()]) this.#settle(sequence)?.reject(error);
  }

  #checkStatus(command: CommandName, reply: Frame): void {
    if (reply.version !== LINK_VERSION) {
      throw new NomulError(
        "E_LINK_VERSION",
        `the device speaks protocol ${reply.version}, this nomul speaks ${LINK_VERSION}`,
        {
          where: this.#port.path,
          next: "Program the board with the gateware of this nomul version.",
        },
      );
    }
    if (reply.status === 0) return;
    const status = statusCodes.find((s) => s.value === reply.status);
    const { doc } = commands.find((c) => c.name === command)!;
    throw new NomulError(
      "E_DEVICE_STATUS",
      `${command} was refused: ${status ? `${status.name}, ${status.doc}` : `status ${reply.status}`}`,
      {
        where: this.#port.path,
        next: `${command}: ${doc}. Ask "nomul verify" what the device holds.`,
      },
    );
  }
}
