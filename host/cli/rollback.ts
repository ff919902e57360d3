import type { Command } from "commander";
import { exitCodes } from "../errors.ts";
import { rollBack } from "../verify/keep.ts";
import { action } from "./command.ts";
import { type DeviceOptions, deviceOptions, runOnDevices } from "./device.ts";

type RolledBack = Awaited<ReturnType<typeof rollBack>>;

const hex = (crc: number) => crc.toString(16).padStart(8, "0");

export function addRollback(program: Command): void {
  const command = deviceOptions(
    program
      .command("rollback")
      .description("let a device boot the image that it kept before the present one"),
  );
  action<DeviceOptions>(command, async (context, options) =>
    runOnDevices<RolledBack>(context, options, {
      verb: "rolling back",
      work: (device) => rollBack(device),
      data: (result) => result,
      text: ({ slot, sequence, crc }) =>
        `back to slot ${slot} (sequence ${sequence}), image CRC ${hex(crc)}: runs now and after power-on`,
      exitCode: () => exitCodes.ok,
    }),
  );
}
