import type { Command } from "commander";
import { diagnose } from "../doctor/doctor.ts";
import { doctorText } from "../report/doctor.ts";
import { action } from "./command.ts";
import { type DeviceOptions, lineOptions, portOptions } from "./device.ts";

export function addDoctor(program: Command): void {
  const command = portOptions(
    program
      .command("doctor")
      .description("say what is wrong with this machine's ports, and how to put it right"),
  );
  action<DeviceOptions>(command, async (context, options) => {
    const diagnosis = await diagnose({
      ports: options.port,
      baudRate: lineOptions(options).baudRate,
    });
    context.result(diagnosis, doctorText(diagnosis));
    return { exitCode: diagnosis.exitCode };
  });
}
