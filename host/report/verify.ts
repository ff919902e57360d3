import type { VerifyResult } from "../verify/verify.ts";
import { thousands } from "./table.ts";

/** The account of a verification, for people. */
export function verifyText(result: VerifyResult): string {
  const lines = [
    `board ${result.board}: ${result.ok ? "equal bit for bit" : "NOT EQUAL"}`,
    `vectors over the link: ${thousands(result.vectors)}, differing bits: ${result.differingBits}`,
    `self-test vectors: ${thousands(result.selfTestVectors)} from seed ${result.seed}, ` +
      (result.selfTestOk ? "CRC equal" : "CRC DIFFERS"),
    `cycles per inference: ${thousands(result.cyclesPerInference)}`,
  ];
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  for (const fault of result.memoryFaults) {
    lines.push(
      `memory byte ${fault.offset}: ${hex(fault.actual)}, expected ${hex(fault.expected)} (${fault.what})`,
    );
  }
  const first = result.firstDifference;
  if (first) {
    const origin = first.source === "self-test" ? "self-test inference" : "vector";
    lines.push(
      `first difference: ${origin} ${first.vector}, step ${first.step}, element ${first.element}: ` +
        `device ${first.actual}, expected ${first.expected}`,
    );
  }
  return lines.join("\n");
}
