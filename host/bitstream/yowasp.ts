import type { Tree as YowaspTree } from "@yowasp/yosys";

export type Tree = YowaspTree;
type Run = (args: string[], files: Tree, options: object) => Promise<Tree> | Tree | undefined;

const LOG_LINES = 15;

/** A tool that ended with an error; the message is the end of its log. */
export class ToolError extends Error {
  readonly tool: string;

  constructor(tool: string, log: string) {
    super(log);
    this.tool = tool;
  }
}

/** Runs one tool over files in memory. An exit of a YoWASP tool carries all its files: only the last
 * lines of its log are kept. @throws ToolError */
export async function runTool(
  tool: string,
  command: Run,
  args: readonly string[],
  files: Tree,
): Promise<Tree> {
  const decoder = new TextDecoder();
  let log = "";
  const collect = (bytes: Uint8Array | null) => {
    if (bytes) log += decoder.decode(bytes, { stream: true });
  };
  try {
    return (await command([...args], files, { stdout: collect, stderr: collect })) ?? {};
  } catch (error) {
    const lines = log.trim().split("\n").slice(-LOG_LINES);
    throw new ToolError(tool, lines.join("\n") || String((error as Error).message));
  }
}

/** A text file of a tool's results. */
export function textFile(files: Tree, name: string): string {
  const file = files[name];
  if (file instanceof Uint8Array) return new TextDecoder().decode(file);
  if (typeof file === "string") return file;
  throw new ToolError("toolchain", `there is no file ${name} among the results`);
}
