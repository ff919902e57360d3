/**
 * `npm run bench:link`: flashing against what the line can carry, at three rates and two latencies.
 * The line is paced by the simulated gateware's own UART and all times are the device's, so the
 * figures do not depend on how fast this machine simulates.
 */
import { cpus } from "node:os";
import { Device, flashImage, openPort } from "../host/index.ts";
import { thousands } from "../host/report/table.ts";
import { shapeImage } from "./shape.ts";

const BAUDS = [115_200, 921_600, 3_000_000];
const LATENCIES_MS = [1, 16];
/** Of the 8N1 ceiling: 8 payload bits in 10 on the line. */
const ASKED = 0.95;

const image = shapeImage();
const rows: string[][] = [];
let missed = 0;

for (const baud of BAUDS) {
  for (const latencyMs of LATENCIES_MS) {
    process.stderr.write(`${baud} baud, ${latencyMs} ms …\n`);
    const port = await openPort("sim:icebreaker", {
      onProgress: (text) => process.stderr.write(`${text}\n`),
    });
    await port.simulator!.setLatency(latencyMs);
    const device = await Device.open(port);
    await device.setBaud(baud);
    const startMs = performance.now();
    const flash = await flashImage(device, image);
    const seconds = (performance.now() - startMs) / 1000;
    await port.close();
    const ceiling = baud / 10;
    const share = flash.deviceBytesPerSecond / ceiling;
    if (share < ASKED) missed++;
    rows.push([
      `${thousands(baud)} baud`,
      `${latencyMs} ms`,
      thousands(flash.deviceBytesPerSecond),
      thousands(ceiling),
      `${(share * 100).toFixed(1)} %`,
      String(flash.retransmissions),
      `${seconds.toFixed(1)} s`,
    ]);
  }
}

const head = [
  "line",
  "latency",
  "bytes/s",
  "8N1 ceiling",
  "of it",
  "sent again",
  "took here, all included",
];
const [cpu] = cpus();
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpu.model.trim()}; ${thousands(image.device.length)} bytes\n\n` +
    [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("") +
    `\n${missed === 0 ? "All" : `${rows.length - missed} of ${rows.length}`} at ${ASKED * 100} % or more.\n`,
);
process.exitCode = missed === 0 ? 0 : 1;
