/**
 * How long to wait for a reply: smoothed round trip and its deviation (Jacobson 1988; RFC 6298 §2),
 * with a floor for USB latency timers and a ceiling that keeps failures short.
 */
export class RoundTrip {
  static readonly initialMs = 1000;
  static readonly floorMs = 200;
  static readonly ceilingMs = 4000;

  #smoothedMs: number | undefined;
  #deviationMs = 0;
  #factor = 1;

  /** Takes one measurement; only of requests that were sent once (Karn's rule). */
  measured(ms: number): void {
    const sample = Math.max(0, ms);
    this.#factor = 1;
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = sample;
      this.#deviationMs = sample / 2;
      return;
    }
    this.#deviationMs += (Math.abs(sample - this.#smoothedMs) - this.#deviationMs) / 4;
    this.#smoothedMs += (sample - this.#smoothedMs) / 8;
  }

  /** After a time-out: wait twice as long until a measurement says otherwise. */
  backOff(): void {
    this.#factor = Math.min(8, this.#factor * 2);
  }

  timeoutMs(): number {
    const base =
      this.#smoothedMs === undefined
        ? RoundTrip.initialMs
        : Math.max(RoundTrip.floorMs, this.#smoothedMs + 4 * this.#deviationMs);
    return Math.min(RoundTrip.ceilingMs, base * this.#factor);
  }
}
