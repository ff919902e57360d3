import type { Command } from "commander";
import { readImage } from "../image/read.ts";
import { readInput } from "../import/file.ts";
import { dataRows } from "../import/rows.ts";
import { isSimulated } from "../link/port.ts";
import { verifyText } from "../report/verify.ts";
import { type VerifyResult, verifyDevice, verifyExitCode } from "../verify/verify.ts";
import { action, integer } from "./command.ts";
import { type DeviceOptions, deviceOptions, runOnDevices } from "./device.ts";
import { flashShown } from "./flash.ts";

interface VerifyCliOptions extends DeviceOptions {
  readonly data?: string;
  readonly vectors?: string;
  readonly selftest: string;
  readonly seed: string;
}

export function addVerify(program: Command): void {
  const command = deviceOptions(
    program
      .command("verify")
      .description("prove that a device computes exactly the bits of a table image")
      .argument("<image>", "table image (*.nomul)")
      .option("--data <npy>", "rows to compare on, [N][D]; default: the image's golden vectors")
      .option("--vectors <n>", "use only the first n rows")
      .option("--selftest <n>", "inferences on inputs the device makes itself", "1000")
      .option("--seed <n>", "seed of the self-test's inputs", "1"),
  );
  action<VerifyCliOptions>(command, async (context, options, [path]) => {
    const image = readImage(readInput(path), path);
    const selfTestVectors = integer("--selftest", options.selftest, 0, 0xffffffff);
    const seed = integer("--seed", options.seed, 1, 0xffffffff);
    const rows = options.data ? dataRows(options.data, image) : image.golden.map((g) => g.input);
    const count = options.vectors
      ? integer("--vectors", options.vectors, 1, rows.length)
      : rows.length;
    return runOnDevices<VerifyResult>(context, options, {
      verb: "verifying",
      work: async (device, onProgress) => {
        // A simulator starts empty and ends with this command: only here can it get the image.
        if (isSimulated(device.port)) await flashShown(device, image, options.board, onProgress);
        return verifyDevice(device, image, {
          inputs: rows.slice(0, count),
          selfTestVectors,
          seed,
          board: options.board,
          onProgress: (stage, done, total) => onProgress(stage, done / total),
        });
      },
      data: ({ outputs: _, ...summary }) => summary,
      text: verifyText,
      exitCode: verifyExitCode,
    });
  });
}
