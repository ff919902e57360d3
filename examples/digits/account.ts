import type { Difference, MemoryFault } from "../../host/index.ts";
import { percent, textTable, thousands } from "../../host/report/table.ts";

/** What the demo found; `--json` prints exactly this. */
export interface Account {
  readonly seed: number;
  readonly port: string;
  readonly image: string;
  /** Fractions 0..1, and how many held-out digits each was measured on. */
  readonly accuracy: {
    readonly float: number;
    readonly host: number;
    readonly device: number;
    readonly rows: { readonly float: number; readonly host: number; readonly device: number };
  };
  readonly vectors: number;
  readonly selfTestVectors: number;
  readonly selfTestOk: boolean;
  readonly differingBits: number;
  readonly memoryFaults: readonly MemoryFault[];
  readonly firstDifference: Difference | null;
  readonly ok: boolean;
  readonly tableBytes: number;
  readonly deviceBytes: number;
  readonly cyclesPerInference: number;
  readonly hiddenLayerCycles: number;
  /** Over the hidden layer, of the 8 that the table memory allows. */
  readonly lookupsPerCycle: number;
  /** null on a real board */
  readonly simulatedCyclesPerSecond: number | null;
  /** Payload bytes a second of the device's own clock. */
  readonly linkBytesPerSecond: number;
  readonly linkWallBytesPerSecond: number;
  readonly seconds: number;
}

const LANES = 8;

/** The account for people. */
export function accountText(a: Account): string {
  const on = (rows: number) => `on ${thousands(rows)} held-out digits`;
  const rows: (readonly string[])[] = [
    ["seed", `${a.seed}`],
    ["float network", `${percent(a.accuracy.float)} ${on(a.accuracy.rows.float)}`],
    ["tables on the host", `${percent(a.accuracy.host)} ${on(a.accuracy.rows.host)}`],
    ["tables on the device", `${percent(a.accuracy.device)} ${on(a.accuracy.rows.device)}`],
    [
      "image",
      `${a.image}: ${thousands(a.tableBytes)} table bytes, ${thousands(a.deviceBytes)} on the device`,
    ],
    ["cycles per inference", thousands(a.cyclesPerInference)],
    [
      "lane use",
      `${a.lookupsPerCycle.toFixed(2)} of ${LANES} look-ups a cycle over the hidden layer (${percent(a.lookupsPerCycle / LANES)})`,
    ],
    [
      "link",
      `${thousands(a.linkBytesPerSecond)} bytes/s of device time, ${thousands(a.linkWallBytesPerSecond)} bytes/s here`,
    ],
  ];
  if (a.simulatedCyclesPerSecond !== null) {
    rows.push(["simulator", `${(a.simulatedCyclesPerSecond / 1e6).toFixed(2)} million cycles/s`]);
  }
  rows.push(
    [
      "compared over the link",
      `${thousands(a.vectors)} vectors, ${a.differingBits} differing bits`,
    ],
    [
      "self-test on the device",
      `${thousands(a.selfTestVectors)} vectors, CRC ${a.selfTestOk ? "equal" : "DIFFERS"}`,
    ],
  );
  for (const fault of a.memoryFaults) {
    rows.push([
      "memory fault",
      `device byte ${fault.offset}: ${fault.actual}, expected ${fault.expected} (${fault.what})`,
    ]);
  }
  const first = a.firstDifference;
  if (first) {
    rows.push([
      "first difference",
      `${first.source} ${first.vector}, step ${first.step}, element ${first.element}: ${first.actual}, expected ${first.expected}`,
    ]);
  }
  rows.push(["took", `${a.seconds.toFixed(1)} s`]);
  const outputsEqual = a.differingBits === 0 && a.selfTestOk;
  const verdict = a.ok
    ? "The device computes exactly the host's bits."
    : outputsEqual
      ? "The device's memory is NOT the image's, although no compared output shows it."
      : "The device does NOT compute the host's bits.";
  return `nomul demo: 784 → hidden → 10 digits on ${a.port}\n\n${textTable([["", ""], ...rows]).trimStart()}\n\n${verdict}`;
}
