import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Progress } from "../host/report/progress.ts";

/** A stream that keeps what is written to it. */
function recorder(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

/** A stage of two seconds in steps of a tenth. */
function stage(progress: Progress): void {
  for (let i = 0; i <= 20; i++) {
    progress.update("flashing", i / 20);
    vi.advanceTimersByTime(100);
  }
}

describe("progress", () => {
  const { NO_COLOR } = process.env;
  beforeEach(() => {
    vi.useFakeTimers();
    delete process.env.NO_COLOR;
  });
  afterEach(() => {
    vi.useRealTimers();
    if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR;
  });

  test("should draw a bar on a terminal and wipe it at the end", () => {
    const { written, stream } = recorder(true);
    stage(new Progress({ stream }));
    expect(written.some((text) => text.includes("█") && text.includes("75 %"))).toBe(true);
    expect(written.at(-2)).toBe("\r\x1b[2K");
    expect(written.at(-1)).toContain("flashing: 2.0 s");
    expect(written.join("")).toContain("\x1b[36m");
  });

  test("should leave colours out when NO_COLOR is set", () => {
    process.env.NO_COLOR = "1";
    const { written, stream } = recorder(true);
    stage(new Progress({ stream }));
    expect(written.join("")).not.toContain("\x1b[36m");
    expect(written.join("")).not.toContain("\x1b[2m");
  });

  test("should write one plain line where there is no terminal", () => {
    const { written, stream } = recorder(false);
    stage(new Progress({ stream }));
    expect(written).toEqual(["flashing: 2.0 s\n"]);
  });

  test("should count the seconds of a stage whose length nobody knows", () => {
    const terminal = recorder(true);
    const progress = new Progress({ stream: terminal.stream });
    progress.busy("building");
    vi.advanceTimersByTime(3500);
    expect(terminal.written.at(-1)).toContain("building 3 s");
    progress.end();
    expect(terminal.written.at(-1)).toContain("building: 3.5 s");
    const written = terminal.written.length;
    vi.advanceTimersByTime(1000);
    expect(terminal.written).toHaveLength(written);

    const plain = recorder(false);
    new Progress({ stream: plain.stream }).busy("building");
    vi.advanceTimersByTime(3500);
    expect(plain.written).toEqual(["building\n"]);
  });

  test("should say nothing of a stage that ends within a second", () => {
    for (const isTTY of [true, false]) {
      const { written, stream } = recorder(isTTY);
      const progress = new Progress({ stream });
      progress.update("flashing", 0.5);
      progress.update("flashing", 1);
      expect(written).toEqual([]);
    }
  });
});
