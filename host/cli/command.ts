import type { Command } from "commander";
import { exitCodes, NomulError } from "../errors.ts";
import { Progress } from "../report/progress.ts";

/** What every command gets: where talk and data go. */
export interface Context {
  readonly json: boolean;
  readonly progress: Progress;
  /** A line for people on stderr. */
  say(text: string): void;
  /** The result: text for people, or one JSON object with --json, on stdout. */
  result(data: unknown, text: string): void;
}

/** Thrown results (a mismatch) end with this code without being errors. */
export interface Outcome {
  readonly exitCode: number;
}

function context(json: boolean): Context {
  return {
    json,
    progress: new Progress(),
    say: (text) => process.stderr.write(`${text}\n`),
    result: (data, text) => process.stdout.write(`${json ? JSON.stringify(data) : text}\n`),
  };
}

/** An error of nomul as it is; any other one is a fault of nomul itself. */
export function asNomulError(error: unknown): NomulError {
  if (error instanceof NomulError) return error;
  return new NomulError("E_INTERNAL", error instanceof Error ? error.message : String(error), {
    next: "This is a fault of nomul: please report it with the command and this text.",
    cause: error,
  });
}

/** An error for people: what, where, and what to do next. */
export function errorText({ code, message, where, next, cause }: NomulError): string {
  const lines = [`error ${code}: ${message}`];
  if (where !== undefined) lines.push(`  where: ${where}`);
  lines.push(`  next:  ${next}`);
  if (code === "E_INTERNAL" && cause instanceof Error && cause.stack) lines.push(cause.stack);
  return lines.join("\n");
}

function report(error: unknown, json: boolean): number {
  const known = asNomulError(error);
  const text = json ? JSON.stringify({ error: known.toJSON() }) : errorText(known);
  process.stderr.write(`${text}\n`);
  return known.exitCode;
}

/**
 * Gives a command its --json option and runs it with typed errors turned into text (or JSON) on
 * stderr and the documented exit code.
 */
export function action<Options extends object>(
  command: Command,
  run: (context: Context, options: Options, args: string[]) => Promise<Outcome | undefined>,
): Command {
  command.option("--json", "print the result as one JSON object on stdout");
  command.action(async (...given: unknown[]) => {
    const options = command.opts<Options & { json?: boolean }>();
    const args = given
      .slice(0, -2)
      .flat()
      .filter((arg) => arg !== undefined)
      .map(String);
    const json = options.json === true;
    const ctx = context(json);
    try {
      process.exitCode = (await run(ctx, options, args))?.exitCode ?? exitCodes.ok;
    } catch (error) {
      ctx.progress.end();
      process.exitCode = report(error, json);
    }
  });
  return command;
}

/** Gathers an option that may be given several times. */
export const collect = (value: string, list: readonly string[]): string[] => [...list, value];

/** An option that must be an integer within bounds. @throws NomulError E_USAGE */
export function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new NomulError("E_USAGE", `"${text}" is no integer in ${min}..${max}`, {
    where: name,
    next: "See --help.",
  });
}
