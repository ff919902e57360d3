import type { exitCodes } from "../errors.ts";

/** Something that is wrong, or (exit code 0) worth knowing. */
export interface Finding {
  /** Stable name, such as `no-permission`. */
  readonly name: string;
  readonly port: string | undefined;
  readonly problem: string;
  /** What to do, one step or command each. */
  readonly remedy: readonly string[];
  /** 0: a note, nothing is wrong. */
  readonly exitCode: (typeof exitCodes)["ok" | "noDevice" | "ambiguous" | "permission" | "version"];
}
