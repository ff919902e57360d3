import binaryen from "binaryen";
import type { Operator } from "./lower.ts";

type Expression = binaryen.ExpressionRef;

export const typeOf = (width: number): binaryen.Type => (width <= 32 ? binaryen.i32 : binaryen.i64);

/** Expressions over words of 1 to 64 bits, kept in an i32 or i64 whose bits above them are 0. */
export class Words {
  readonly #module: binaryen.Module;

  constructor(module: binaryen.Module) {
    this.#module = module;
  }

  of(width: number): binaryen.Module["i32"] & binaryen.Module["i64"] {
    const { i32, i64 } = this.#module;
    return (width <= 32 ? i32 : i64) as binaryen.Module["i32"] & binaryen.Module["i64"];
  }

  constant(value: bigint, width: number): Expression {
    return width <= 32
      ? this.#module.i32.const(Number(BigInt.asIntN(32, value)))
      : (this.#module.i64.const as unknown as (value: bigint) => Expression)(
          BigInt.asIntN(64, value),
        );
  }

  number(value: number, width: number): Expression {
    return this.constant(BigInt(value), width);
  }

  /** Clears what is above `length` bits. */
  masked(value: Expression, length: number, width: number): Expression {
    if (length === (width <= 32 ? 32 : 64)) return value;
    return this.of(width).and(value, this.constant((1n << BigInt(length)) - 1n, width));
  }

  /** The same number in the type of another width; the bits that do not fit are lost. */
  converted(value: Expression, from: number, to: number): Expression {
    if (typeOf(from) === typeOf(to)) return value;
    return to <= 32 ? this.#module.i32.wrap(value) : this.#module.i64.extend_u(value);
  }

  /** Copies of the highest of `length` bits above it, in all of the type's bits. */
  signExtended(value: Expression, length: number, width: number): Expression {
    const bits = width <= 32 ? 32 : 64;
    if (length === bits) return value;
    const by = () => this.number(bits - length, width);
    return this.of(width).shr_s(this.of(width).shl(value, by()), by());
  }

  /** An operation without branch or memory. @param widths of the arguments; @param width of the result */
  operate(
    operator: Exclude<Operator, "mux" | "load">,
    args: readonly Expression[],
    widths: readonly number[],
    width: number,
    signed: boolean,
  ): Expression {
    const [a, b] = args;
    const ops = this.of(widths[0]);
    const wide = (value: Expression) => this.masked(value, width, width);
    const number = (value: Expression) =>
      signed ? this.signExtended(value, widths[0], widths[0]) : value;
    const amount = () =>
      widths[1] === 0 ? this.number(0, width) : this.converted(b, widths[1], width);
    switch (operator) {
      case "add":
      case "sub":
      case "mul":
        return wide(ops[operator](a, b));
      case "and":
      case "or":
      case "xor":
        return ops[operator](a, b);
      case "not":
        if (width === 1) return ops.eqz(a);
        return ops.xor(a, this.constant((1n << BigInt(width)) - 1n, width));
      case "neg":
        return wide(ops.sub(this.number(0, width), a));
      case "eq":
        return ops.eq(a, b);
      case "lt":
      case "le":
        return ops[`${operator}_${signed ? "s" : "u"}`](number(a), number(b));
      case "nonzero":
        return ops.ne(a, this.number(0, widths[0]));
      case "ones":
        return ops.eq(a, this.constant((1n << BigInt(widths[0])) - 1n, widths[0]));
      case "parity":
        return this.#module.i32.and(
          this.converted(ops.popcnt(a), widths[0], 1),
          this.#module.i32.const(1),
        );
      case "shl":
        return wide(ops.shl(a, amount()));
      case "shr":
        return ops.shr_u(a, amount());
      case "sshr":
        return wide(ops.shr_s(this.signExtended(a, width, width), amount()));
    }
  }
}
