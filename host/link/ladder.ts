import { NomulError } from "../errors.ts";
import type { Device, DeviceInfo } from "./device.ts";

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
 * @param bauds lower rates to try last, falling; only where device and port can change theirs
 */
export function rungsOf(
  info: Pick<DeviceInfo, "window" | "dataBytes">,
  bauds: readonly number[] = [],
): readonly Rung[] {
  const { window, dataBytes } = info;
  const rungs: Rung[] = [{ window, dataBytes }];
  for (const bytes of [dataBytes, 240, 64]) {
    const { window: w, dataBytes: b } = rungs[rungs.length - 1];
    if (bytes < b || (bytes === b && w > 1)) rungs.push({ window: 1, dataBytes: bytes });
  }
  const smallest = rungs[rungs.length - 1];
  return [...rungs, ...bauds.map((baud) => ({ ...smallest, baud }))];
}

const isTimeOut = (error: unknown): error is NomulError =>
  error instanceof NomulError && error.code === "E_LINK_TIMEOUT";

/**
 * The patience of one transfer: steps down a rung when a request gets no answer, and ends the
 * transfer when the line is silent or the time is up.
 */
export class Ladder {
  readonly #device: Device;
  readonly #rungs: readonly Rung[];
  readonly #setBaud: (baud: number) => Promise<unknown>;
  readonly #limitMs: number;
  readonly #startMs = performance.now();
  #at = 0;

  /**
   * @param limitMs time after which the transfer is given up
   * @param setBaud changes the line's rate; rungs without `baud` never call it
   */
  constructor(
    device: Device,
    limitMs: number,
    rungs: readonly Rung[] = rungsOf(device.info),
    setBaud: (baud: number) => Promise<unknown> = async () => {},
  ) {
    this.#device = device;
    this.#limitMs = limitMs;
    this.#rungs = rungs;
    this.#setBaud = setBaud;
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
    if (!isTimeOut(error)) throw error;
    const { silentMs } = this.#device.session;
    if (silentMs > SILENCE_MS) {
      throw this.#givenUp(`no reply for ${Math.round(silentMs / 1000)} s: ${error.message}`);
    }
    this.checkTime();
    if (this.#at === this.#rungs.length - 1) return;
    this.#at++;
    if (this.rung.baud !== undefined) await this.#setBaud(this.rung.baud);
  }

  #givenUp(why: string): NomulError {
    const { window, dataBytes } = this.rung;
    return new NomulError("E_LINK_TIMEOUT", `the transfer was given up: ${why}`, {
      where: `${this.#device.port.path}, ${window} × ${dataBytes} bytes at a time`,
      next: "Try a shorter cable, another USB port or a lower --baud, then repeat: what was transferred already is kept.",
    });
  }
}
