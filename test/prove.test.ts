/** A part of `npm run prove` that takes seconds. */
import { describe, expect, test } from "vitest";
import { cover, prove, refute } from "./prove/check.ts";
import { proofs } from "./prove/proofs.ts";

const LIMIT_MS = 120_000;

describe.each(proofs.filter(({ name }) => name === "crc32c" || name === "cobs_decode"))(
  "the proof of $name",
  (proof) => {
    test(
      "should close for all inputs",
      async () => {
        expect(await prove(proof)).toBe("proved");
      },
      LIMIT_MS,
    );

    test(
      "should not hold emptily",
      async () => {
        expect(await cover(proof)).toBe(true);
      },
      LIMIT_MS,
    );

    test.each(proof.mutants)(
      "should refute $to in place of $from",
      async (mutant) => {
        expect(await refute(proof, mutant)).toBe(true);
      },
      LIMIT_MS,
    );

    test(
      "should refute nothing where nothing was changed",
      async () => {
        const { file, from } = proof.mutants[0];
        expect(await refute(proof, { file, from, to: from })).toBe(false);
      },
      LIMIT_MS,
    );
  },
);
