import { NomulError } from "../errors.ts";
import { type CommandName, commandCode, encodeFrame, type Frame, FrameReader } from "./frame.ts";
import { type Pending, type Sending, wireMs } from "./pending.ts";
import type { Port } from "./port.ts";
import { checkReply } from "./reply-status.ts";
import { RoundTrip } from "./round-trip.ts";

export interface RequestOptions {
  /** Time the device itself needs for the work, on top of the line. */
  readonly workMs?: number;
  /** Times a request is sent before the link is given up. */
  readonly attempts?: number;
}

/** So many later requests answered before an earlier one: its frame or its reply was lost. */
const OVERTAKEN_MAX = 2;

/** With doubling, about 3 s on a quick line: a host or a USB hub may pause for that long. */
const DEFAULT_ATTEMPTS = 8;

/** Matches replies to requests, by session and sequence, and sends again what was lost. */
export class Session {
  readonly #port: Port;
  readonly #session: number;
  readonly #reader = new FrameReader();
  readonly #roundTrip = new RoundTrip();
  readonly #sendings = new Map<number, Sending>();
  #sent = 0;
  #lost: NomulError | undefined;
  #repliedAtMs = performance.now();
  /** Requests sent again because no reply came in time. */
  retransmissions = 0;
  /**
   * Bits a second that the line is waited for; a rate below the true one only makes the host more
   * patient with long frames.
   */
  baud = 115_200;

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

  /** Time since the last reply; since the beginning if there was none. */
  get silentMs(): number {
    return performance.now() - this.#repliedAtMs;
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
    const reply = await new Promise<Frame>((resolve, reject) => {
      this.#send({
        command,
        argument,
        data,
        workMs: options.workMs ?? 0,
        attemptsLeft: options.attempts ?? DEFAULT_ATTEMPTS,
        timeOuts: 0,
        overtaken: 0,
        sendings: [],
        timer: undefined,
        resolve,
        reject,
      });
    });
    checkReply(command, reply, this.#port.path);
    return reply.data;
  }

  async close(): Promise<void> {
    await this.#port.close();
  }

  #send(pending: Pending): void {
    if (pending.sendings.length > 0) this.retransmissions++;
    pending.attemptsLeft--;
    pending.overtaken = 0;
    const order = this.#sent++;
    const sending = { pending, sequence: order & 0xffff, order, waitingSinceMs: 0 };
    pending.sendings.push(sending);
    this.#sendings.set(sending.sequence, sending);
    this.#wait(sending);
    const { command, argument, data } = pending;
    const wire = encodeFrame({
      command: commandCode[command],
      status: undefined,
      session: this.#session,
      sequence: sending.sequence,
      argument,
      data,
    });
    this.#port.write(wire).catch((error) => {
      this.#settle(pending);
      pending.reject(error);
    });
  }

  /** (Re)starts the wait for a sending; the timer is its request's. */
  #wait(sending: Sending): void {
    const { pending } = sending;
    sending.waitingSinceMs = performance.now();
    if (sending !== pending.sendings.at(-1)) return;
    clearTimeout(pending.timer);
    // The device comes to this one after those before it, each of which may take its time.
    const eachMs = wireMs(pending, this.baud) + this.#roundTrip.timeoutMs(0);
    const againMs = wireMs(pending, this.baud) + this.#roundTrip.timeoutMs(pending.timeOuts);
    const waitMs = pending.workMs + this.#before(sending) * eachMs + againMs;
    pending.timer = setTimeout(() => {
      // After a pause of this process, timers come before the bytes that arrived meanwhile.
      pending.timer = undefined;
      setImmediate(() => this.#timeOut(sending, waitMs));
    }, waitMs);
  }

  /** Requests that the device answers before this one. */
  #before({ order }: Sending): number {
    let count = 0;
    for (const other of this.#sendings.values()) {
      if (other.order < order && other === other.pending.sendings.at(-1)) count++;
    }
    return count;
  }

  #timeOut(sending: Sending, waitedMs: number): void {
    const { pending } = sending;
    const answered = this.#sendings.get(sending.sequence) !== sending;
    if (answered || sending !== pending.sendings.at(-1) || pending.timer) return;
    if (pending.attemptsLeft > 0) {
      pending.timeOuts++;
      this.#send(pending);
      return;
    }
    this.#settle(pending);
    pending.reject(
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

  /** A device answers in the order of sending: what its reply says about the other requests. */
  #noteOrder(answered: Sending): void {
    for (const sending of [...this.#sendings.values()]) {
      const { pending } = sending;
      if (sending.order > answered.order) this.#wait(sending);
      else if (sending !== pending.sendings.at(-1)) continue;
      else if (++pending.overtaken >= OVERTAKEN_MAX && pending.attemptsLeft > 0)
        this.#send(pending);
    }
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      // Requests (our own echo), replies of other sessions and second replies are not for us.
      if (frame.status === undefined || frame.session !== this.#session) continue;
      const sending = this.#sendings.get(frame.sequence);
      if (!sending) continue;
      const { pending } = sending;
      if (frame.command !== commandCode[pending.command]) continue;
      if (frame.argument !== pending.argument) continue;
      this.#repliedAtMs = performance.now();
      if (pending.workMs === 0) {
        this.#roundTrip.measured(this.#repliedAtMs - sending.waitingSinceMs);
      }
      this.#settle(pending);
      this.#noteOrder(sending);
      pending.resolve(frame);
    }
  }

  #settle(pending: Pending): void {
    clearTimeout(pending.timer);
    for (const { sequence } of pending.sendings) this.#sendings.delete(sequence);
  }

  #lose(error: NomulError): void {
    this.#lost = error;
    for (const { pending } of [...this.#sendings.values()]) {
      this.#settle(pending);
      pending.reject(error);
    }
  }
}
