/**
 * How long to wait for a reply: smoothed round trip and its deviation (Jacobson 1988; RFC 6298 §2).
 * Every sending has a sequence number of its own, so every reply is a sound measurement, also one
 * that comes after the request was sent again (RFC 9002 §5 does the same). A wait that was too short
 * so corrects itself with the first late reply, and a line that loses by noise costs no long waits.
 */
export class RoundTrip {
  static readonly initialMs = 250;
  /** Least addition to the smoothed time: USB latency timers hold bytes back for up to 16 ms. */
  static readonly slackMs = 25;
  static readonly ceilingMs = 2000;
  /** Doubling stops here: a serial line has no congestion that waiting would ease. */
  static readonly factorMax = 4;

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

  /** @param timeOuts how often the same request has timed out before */
  timeoutMs(timeOuts: number): number {
    const base =
      this.#smoothedMs === undefined
        ? RoundTrip.initialMs
        : this.#smoothedMs + Math.max(RoundTrip.slackMs, 4 * this.#deviationMs);
    const factor = Math.min(RoundTrip.factorMax, 2 ** timeOuts);
    return Math.min(RoundTrip.ceilingMs, base * factor);
  }
}
