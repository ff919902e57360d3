import { type ErrorCode, NomulError } from "../errors.ts";
import type { Device, DeviceInfo } from "./device.ts";

/** Rates for lines on which even the shortest frames get lost; every port knows them. */
const LOWER_BAUDS = [115_200, 38_400];
/** Requests in a row without a reply before the rate changes: that costs time, and may not hold. */
const BAUD_TIME_OUTS = 6;

/** How cautiously a transfer goes. */
export interface Rung {
  /** DATA frames under way at a time. */
  readonly window: number;
  /** Data bytes of one frame, at most. */
  readonly dataBytes: number;
  /** Rate that the line changes to on this rung; absent: it stays as it is. */
  readonly baud?: number;
}

/** DATA is sent so often on one rung before the rung is left. */
export const RUNG_ATTEMPTS = 3;
/** A device that says nothing for so long is given up, however much time is left. */
export const SILENCE_MS = 10_000;

/** Longest time of a transfer, the wait of its last request not counted. @param bytes device part */
export function transferLimitMs(bytes: number): number {
  return 30_000 + 5 * bytes;
}

/**
 * From the fastest rung to the most cautious: one frame at a time, then shorter frames, then lower
 * rates.
 */
export function rungsOf(
  info: Pick<DeviceInfo, "window" | "dataBytes" | "baud">,
): readonly [Rung, ...Rung[]] {
  const { window, dataBytes } = info;
  const rungs: [Rung, ...Rung[]] = [{ window, dataBytes }];
  let last = rungs[0];
  for (const bytes of [dataBytes, 240, 64]) {
    if (bytes > last.dataBytes || (bytes === last.dataBytes && last.window === 1)) continue;
    last = { window: 1, dataBytes: bytes };
    rungs.push(last);
  }
  const bauds = LOWER_BAUDS.filter((baud) => baud < info.baud);
  return [...rungs, ...bauds.map((baud) => ({ ...last, baud }))];
}

const hasCode = (error: unknown, ...codes: ErrorCode[]): error is NomulError =>
  error instanceof NomulError && codes.includes(error.code);

/**
 * The patience of one transfer: steps down a rung when a request gets no answer, and ends the
 * transfer when the line is silent or the time is up.
 */
export class Ladder {
  readonly #device: Device;
  readonly #limitMs: number;
  readonly #startMs = performance.now();
  #rungs: readonly Rung[];
  #at = 0;
  #timeOuts = 0;
  #timedOutAtMs = 0;

  /** @param limitMs time after which the transfer is given up */
  constructor(device: Device, limitMs: number) {
    this.#device = device;
    this.#limitMs = limitMs;
    this.#rungs = rungsOf(device.info);
  }

  get rung(): Rung {
    return this.#rungs[this.#at];
  }

  /** Rungs left behind; 0 on a good line. */
  get stepsDown(): number {
    return this.#at;
  }

  /**
   * Does a request until it is answered. Between two tries the transfer steps down.
   * @throws NomulError E_LINK_TIMEOUT when silence or time are up; whatever else `work` throws
   */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        this.checkTime();
        return await work();
      } catch (error) {
        await this.stepDown(error);
      }
    }
  }

  /** @throws NomulError E_LINK_TIMEOUT when the transfer's time is up */
  checkTime(): void {
    const ms = performance.now() - this.#startMs;
    if (ms > this.#limitMs) throw this.#givenUp(`not done within ${Math.round(ms / 1000)} s`);
  }

  /**
   * Goes one rung down because of a time-out; stays on the last one.
   * @throws NomulError E_LINK_TIMEOUT when silence or time are up; `error` if it is no time-out
   */
  async stepDown(error: unknown): Promise<void> {
    if (!hasCode(error, "E_LINK_TIMEOUT")) throw error;
    const { silentMs } = this.#device.session;
    if (silentMs > SILENCE_MS) {
      throw this.#givenUp(`no reply for ${Math.round(silentMs / 1000)} s: ${error.message}`);
    }
    this.checkTime();
    const nowMs = performance.now();
    const heardSince = nowMs - silentMs > this.#timedOutAtMs;
    this.#timeOuts = heardSince ? 1 : this.#timeOuts + 1;
    this.#timedOutAtMs = nowMs;
    const next = this.#rungs[this.#at + 1];
    if (!next) return;
    if (next.baud === undefined) this.#at++;
    else if (this.#timeOuts >= BAUD_TIME_OUTS) await this.#stepToRate(next.baud);
  }

  async #stepToRate(baud: number): Promise<void> {
    this.#timeOuts = 0;
    let lower = this.#rungs.filter((rung) => rung.baud !== undefined && rung.baud < baud);
    try {
      if ((await this.#device.setBaud(baud)) === baud) {
        this.#at++;
        return;
      }
    } catch (error) {
      // Device or port have no other rates, or nothing comes through: the limits decide.
      if (!hasCode(error, "E_BAUD", "E_DEVICE_STATUS", "E_LINK_TIMEOUT")) throw error;
      lower = [];
    }
    // The line is back at its first rate.
    const first = this.#rungs.filter((rung) => rung.baud === undefined);
    this.#rungs = [...first, ...lower];
    this.#at = first.length - 1;
  }

  #givenUp(why: string): NomulError {
    const { window, dataBytes } = this.rung;
    return new NomulError("E_LINK_TIMEOUT", `the transfer was given up: ${why}`, {
      where: `${this.#device.port.path}, ${window} × ${dataBytes} bytes at a time`,
      next: "Try a shorter cable, another USB port or a lower --baud, then repeat: what was transferred already is kept.",
    });
  }
}
