import { extend, type Lowered, resize, WORD } from "./lower.ts";
import type { Bit, Bits, Cell } from "./read.ts";

const highBit = (bits: Bits): Bit => bits.at(-1) ?? "0";

/** Without the constant zeros on top, which say how large an amount can be at most. */
function trimmed(amount: Bits): Bits {
  let length = amount.length;
  while (length > 0 && amount[length - 1] === "0") length--;
  return amount.slice(0, length);
}

/** Shifts bits of any width by stages, one for each bit of the amount. */
function staged(to: Lowered, value: Bits, amount: Bits, left: boolean, fill: Bit): Bits {
  const { length } = value;
  return amount.reduce<Bits>((bits, select, i) => {
    const by = Math.min(2 ** i, length);
    const filled = Array<Bit>(by).fill(fill);
    const moved = left
      ? [...filled, ...bits.slice(0, length - by)]
      : [...bits.slice(by), ...filled];
    return select === "0" ? bits : to.mux(select, bits, moved);
  }, value);
}

/** Shifts by an amount that may be larger than the width. */
function shifted(to: Lowered, value: Bits, by: Bits, left: boolean, fill: Bit): Bits {
  const amount = trimmed(by);
  const { length } = value;
  if (length > WORD) return staged(to, value, amount, left, fill);
  // Wasm takes the amount modulo the bits of its type.
  const known = length <= 32 ? 5 : 6;
  const operator = left ? "shl" : fill === "0" ? "shr" : "sshr";
  const near = to.operate(operator, [value, amount.slice(0, known)], length);
  if (amount.length <= known) return near;
  return to.mux(to.any(amount.slice(known)), near, Array<Bit>(length).fill(fill));
}

/** $shl, $sshl, $shr, $sshr, $shift and $shiftx; what they leave undefined is 0. */
export function lowerShift(to: Lowered, cell: Cell): Bits {
  const { type, parameters, connections } = cell;
  const { A, B, Y } = connections;
  const signed = /1/.test(parameters.A_SIGNED) && type !== "$shiftx";
  if (type === "$shl" || type === "$sshl") {
    return shifted(to, resize(A, Y.length, signed), B, true, "0");
  }
  const value = resize(A, Math.max(A.length, Y.length), signed);
  const fill = type === "$sshr" && signed ? highBit(A) : "0";
  const both = type === "$shift" || type === "$shiftx";
  const sign = both && /1/.test(parameters.B_SIGNED) ? highBit(B) : "0";
  const right = extend(shifted(to, value, B, false, fill), Y.length, fill);
  if (sign === "0") return right;
  // A negative amount shifts to the left.
  const amount = to.operate("neg", [B], B.length);
  const left = shifted(to, value, amount, true, "0").slice(0, Y.length);
  return to.mux(sign, right, left);
}
