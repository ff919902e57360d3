/**
 * Deterministic pseudo-random numbers (a Weyl sequence through the splitmix32 finaliser).
 * The same seed gives the same sequence on every platform.
 */
export class Random {
  #state: number;

  /** @param seed u32 */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A Random with this seed goes on where this one is. */
  get state(): number {
    return this.#state;
  }

  /** Next u32. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** Uniform integer 0..n-1; n at most 2^32. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Normal with mean 0 and variance 1 (sum of 12 uniforms: no platform-dependent logarithm). */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  /** 0..n-1 in random order (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}
