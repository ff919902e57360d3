import type { Command } from "commander";
import { readImage } from "../image/read.ts";
import { readInput } from "../import/file.ts";
import { inspectImage, inspectText } from "../report/inspect.ts";
import { action } from "./command.ts";

export function addInspect(program: Command): void {
  const command = program
    .command("inspect")
    .description("show what a table image holds, after checking it from end to end")
    .argument("<image>", "table image (*.nomul)");
  action(command, async (context, _options, [path]) => {
    const report = inspectImage(readImage(readInput(path), path));
    context.result(report, inspectText(path, report));
    return undefined;
  });
}
