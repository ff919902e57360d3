import { existsSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { NomulError } from "../errors.ts";
import { readInput, writeOutput } from "../import/file.ts";
import type { FineTuneState } from "./fine-tune.ts";

/** Between two writes; a stage that ends is written at once. */
const WRITE_MS = 5000;

interface Saved {
  readonly format: "nomul fit checkpoint 1";
  readonly key: string;
  readonly stages: Record<string, FineTuneState>;
}

/** How far the stages of a long fit are, in a file that outlives the process. */
export class Checkpoint {
  readonly #path: string;
  readonly #key: string;
  readonly #stages: Record<string, FineTuneState>;
  #writtenMs = 0;

  /**
   * @param key what the file must have been written for: data, labels and settings
   * @throws NomulError E_CHECKPOINT when the file is no checkpoint, or one of another fit
   */
  constructor(path: string, key: string) {
    this.#path = path;
    this.#key = key;
    this.#stages = existsSync(path) ? read(path, key) : {};
  }

  /** Stages that the file knows. */
  get stages(): readonly string[] {
    return Object.keys(this.#stages);
  }

  state(stage: string): FineTuneState | undefined {
    return this.#stages[stage];
  }

  /** @param ended the stage's last state: written at once */
  put(stage: string, state: () => FineTuneState, ended: boolean): void {
    const now = performance.now();
    if (!ended && now - this.#writtenMs < WRITE_MS) return;
    this.#stages[stage] = state();
    const saved: Saved = { format: "nomul fit checkpoint 1", key: this.#key, stages: this.#stages };
    writeOutput(this.#path, serialize(saved));
    this.#writtenMs = performance.now();
  }
}

function read(path: string, key: string): Record<string, FineTuneState> {
  let saved: Partial<Saved> | undefined;
  try {
    saved = deserialize(readInput(path)) as Partial<Saved>;
  } catch {
    saved = undefined;
  }
  if (saved?.format !== "nomul fit checkpoint 1" || !saved.stages) {
    throw new NomulError("E_CHECKPOINT", "this file is no checkpoint, or was cut off", {
      where: path,
      next: "Delete it, or name another file.",
    });
  }
  if (saved.key !== key) {
    throw new NomulError("E_CHECKPOINT", "the checkpoint is of other data or other settings", {
      where: path,
      next: "Call with the same data and options as before, or delete the file to start again.",
    });
  }
  return saved.stages;
}
