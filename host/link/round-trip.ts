/**
 * How long to wait for a reply: smoothed round trip and its deviation (Jacobson 1988; RFC 6298 §2).
 * Every sending has a sequence number of its own, so every reply is a sound measurement, also one
 * that comes after the request was sent again (RFC 9002 §5 does the same). A wait that was too short
 * so corrects itself with the first late reply, and a line that loses by noise costs no long waits.
 */
export class RoundTrip {
  /** While nothing is known, requests go out steadily. */
  static readonly initialMs = 250;
  /** Least addition to the smoothed time: USB latency timers hold bytes back for up to 16 ms. */
  static readonly slackMs = 25;
  /** Doubling goes no further. */
  static readonly backOffMs = 1000;
  static readonly ceilingMs = 4000;

  #smoothedMs: number | undefined;
  #deviationMs = 0;

  measured(ms: number): void {
    const sample = Math.max(0, ms);
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = sample;
      this.#deviationMs = sample / 2;
      return;
    }
    this.#deviationMs += (Math.abs(sample - this.#smoothedMs) - this.#deviationMs) / 4;
    this.#smoothedMs += (sample - this.#smoothedMs) / 8;
  }

  /**
   * @param timeOuts how often the same request has timed out before. The first changes nothing, most
   *   losses on a serial line being noise; each further one doubles the wait.
   */
  timeoutMs(timeOuts: number): number {
    if (this.#smoothedMs === undefined) return RoundTrip.initialMs;
    const { slackMs, backOffMs, ceilingMs } = RoundTrip;
    const base = this.#smoothedMs + Math.max(slackMs, 4 * this.#deviationMs);
    return Math.min(
      ceilingMs,
      Math.max(base, Math.min(backOffMs, base * 2 ** Math.max(0, timeOuts - 1))),
    );
  }
}
