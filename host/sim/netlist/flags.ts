import type binaryen from "binaryen";
import { WORD_FLAGS } from "./layout.ts";

type Expression = binaryen.ExpressionRef;

/** Flags that are looked at together: while none is set, one test stands for all. */
const TOGETHER = 8;

/** A row of flags in the model's memory. */
export class Flags {
  readonly #module: binaryen.Module;
  readonly #base: number;
  readonly #count: number;

  constructor(module: binaryen.Module, base: number, count: number) {
    this.#module = module;
    this.#base = base;
    this.#count = count;
  }

  #load(word: number): Expression {
    const { i32 } = this.#module;
    return i32.load(this.#base + 4 * word, 0, i32.const(0));
  }

  #store(word: number, value: Expression): Expression {
    const { i32 } = this.#module;
    return i32.store(this.#base + 4 * word, 0, i32.const(0), value);
  }

  #words(): number[] {
    return Array.from({ length: Math.ceil(this.#count / WORD_FLAGS) }, (_, i) => i);
  }

  /** @param flags a bit each */
  set(flags: bigint): Expression {
    const { i32, block } = this.#module;
    const stores = this.#words().flatMap((word) => {
      const bits = Number(BigInt.asIntN(WORD_FLAGS, flags >> BigInt(word * WORD_FLAGS)));
      return bits === 0 ? [] : [this.#store(word, i32.or(this.#load(word), i32.const(bits)))];
    });
    return block(null, stores);
  }

  setAll(): Expression {
    return this.set((1n << BigInt(this.#count)) - 1n);
  }

  /**
   * Clears each flag that is set and does what belongs to it, in their order: what sets others on the
   * way has them done too, if they come after it.
   */
  each(actions: readonly (readonly [flag: number, action: Expression])[]): Expression {
    const { i32, block } = this.#module;
    const wordOf = (flag: number) => Math.floor(flag / WORD_FLAGS);
    const chunkOf = (flag: number) => Math.floor(flag / TOGETHER);
    const when = (word: number, bits: number, action: Expression) =>
      this.#module.if(i32.and(this.#load(word), i32.const(bits)), action);
    const chunks = new Map<number, (readonly [number, Expression])[]>();
    for (const entry of actions) {
      const chunk = chunks.get(chunkOf(entry[0]));
      if (chunk) chunk.push(entry);
      else chunks.set(chunkOf(entry[0]), [entry]);
    }
    return block(
      null,
      [...chunks.values()].map((entries) => {
        const [[first]] = entries;
        const bits = entries.reduce((all, [flag]) => all | (1 << (flag % WORD_FLAGS)), 0);
        const tests = entries.map(([flag, action]) => {
          const [word, bit] = [wordOf(flag), 1 << (flag % WORD_FLAGS)];
          const clear = this.#store(word, i32.and(this.#load(word), i32.const(~bit)));
          return when(word, bit, block(null, [clear, action]));
        });
        return when(wordOf(first), bits, block(null, tests));
      }),
    );
  }
}
