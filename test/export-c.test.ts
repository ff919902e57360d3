import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { installCommand } from "../host/mcu/tools.ts";
import { selftest } from "../host/reference/selftest.ts";
import { build, type ExportedCase, exported, feed, nomul, printed } from "./exported.ts";

const made: ExportedCase[] = [];

afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

async function exportC(operator: string, id: string): Promise<ExportedCase> {
  const written = await exported("c", operator, id);
  made.push(written);
  return written;
}

const noHost = installCommand(["wasm2c", "gcc"]);

describe.skipIf(noHost)(`nomul export c, linked into a program (${noHost ?? "runs"})`, () => {
  test.each([
    ["maddness", "requantise-random"],
    ["maddness4", "chain-mixed"],
  ])(
    "should give the bits of %s %s, with and without checks",
    async (operator, id) => {
      const written = await exportC(operator, id);
      for (const option of [" -DNOMUL_CHECKED=1", " -std=c11 -Wall -Wextra -Werror"]) {
        const program = await build("c", written, {}, (command) =>
          command.replace("-O2", `-O2${option}`),
        );
        const stdout = await feed(program, [], written.inputs);
        expect(printed(stdout)).toEqual(written.vector.outputs);
      }
    },
    120_000,
  );

  test("nomul_selftest should be the definition's, and nothing should run before nomul_start", async () => {
    const written = await exportC("maddness", "chain-3");
    writeFileSync(
      `${written.folder}/own.c`,
      `#include <stdio.h>
#include "nomul.h"
int main(void) {
  static nomul_input input[NOMUL_INPUTS];
  static int16_t output[NOMUL_OUTPUTS];
  printf("%d ", nomul_infer(input, output));
  printf("%u ", nomul_selftest(5, 3));
  printf("%d ", nomul_start());
  printf("%u", nomul_selftest(5, 3));
}
`,
    );
    const program = await build("c", written, {}, (command) =>
      command.replace("main.c c.c", `${written.folder}/own.c`),
    );
    const text = String(await feed(program, [], new Uint8Array(0)));
    expect(text).toBe(`-1 0 0 ${selftest(written.program, 5, 3)}`);
  }, 60_000);

  test.each([
    ["program", /= \{\n {2}(\d+)/],
    ["tables", /(\d+),\n\};/],
  ])(
    "should refuse a model whose %s were changed by one bit",
    async (_part, byte) => {
      const written = await exportC("maddness", "chain-3");
      const model = written.path("nomul_model.c");
      const text = readFileSync(model, "utf8");
      const [found, value] = byte.exec(text)!;
      writeFileSync(model, text.replace(found, found.replace(value, String(Number(value) ^ 1))));
      const program = await build("c", written);
      await expect(feed(program, [], written.inputs)).rejects.toThrow("the model is damaged");
    },
    60_000,
  );
});

const noArm = installCommand(["wasm2c", "arm-none-eabi-gcc", "qemu-system-arm"]);

describe.skipIf(noArm)(`nomul export c, in a Cortex-M3's firmware (${noArm ?? "runs"})`, () => {
  test.each([
    ["maddness", "digits-shape"],
    ["maddness4", "requantise-random"],
  ])(
    "should give the bits of %s %s with tables read in flash",
    async (operator, id) => {
      const written = await exportC(operator, id);
      const elf = `${await build("cortex-m3", written)}.elf`;
      const machine = ["-M", "mps2-an385", "-display", "none", "-semihosting", "-kernel", elf];
      const stdout = await feed("qemu-system-arm", machine, written.inputs);
      const values = [...new Int16Array(Uint8Array.from(stdout).buffer)];
      expect(values).toEqual(written.vector.outputs.flat());
    },
    120_000,
  );
});

test("without wasm2c the command should name the Debian package that brings it", async () => {
  const written = await exported("wasm", "maddness", "outputs-1");
  made.push(written);
  const path = process.env.PATH;
  process.env.PATH = "";
  try {
    const { code, stderr } = await nomul("export", "c", `${written.folder}/model.nomul`, "--json");
    const { error } = JSON.parse(stderr);
    expect([code, error.code, error.where]).toEqual([1, "E_TOOL_MISSING", "wasm2c"]);
    expect(error.next).toContain("wabt");
  } finally {
    process.env.PATH = path;
  }
});
