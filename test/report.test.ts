/** The HTML page about an image: its figures, that it needs no network, and how a browser shows it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { fitClassifier } from "../host/fit/classifier.ts";
import { Random } from "../host/fit/random.ts";
import { readImage } from "../host/image/read.ts";
import { maddnessEncode } from "../host/reference/maddness.ts";
import { inferProgram } from "../host/reference/program.ts";
import { byteWorths, confusion, stepUses } from "../host/report/measure-image.ts";
import { imageReport } from "../host/report/report.ts";

const folder = mkdtempSync(join(tmpdir(), "nomul-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random(51);
const D = 6;
const labels = Uint8Array.from({ length: 500 }, () => random.below(3));
const inputs = Uint8Array.from({ length: 500 * D }, (_, i) => {
  const label = labels[Math.floor(i / D)];
  return Math.min(255, Math.max(0, Math.round(60 + 60 * ((label + i) % 3) + 30 * random.normal())));
});
const rows = Array.from({ length: 500 }, (_, r) => inputs.subarray(r * D, (r + 1) * D));
const fitted = fitClassifier(
  { inputs, columns: D, inputType: "u8", labels },
  { hidden: [8], budget: 4096, epochs: 12, seed: 51, tool: "test <of> & report" },
);
const image = readImage(fitted.bytes);
const page = imageReport(image, {
  title: "three <classes>",
  rows,
  labels,
  history: fitted.history,
});

describe("what the page says (seed 51)", () => {
  const outputs = rows.map((row) => inferProgram(image.program, row));
  const classes = outputs.map((o) => o.at(-1)!.indexOf(Math.max(...o.at(-1)!)));
  const right = classes.filter((c, r) => c === labels[r]).length / 500;

  test("accuracy and confusion are those of the definition", () => {
    expect(page).toContain(`${(100 * right).toFixed(2)} %`);
    const matrix = confusion(classes, labels, 3);
    expect(matrix.flat().reduce((a, b) => a + b)).toBe(500);
    for (const [label, row] of matrix.entries()) {
      const shown = row.map((n) => new RegExp(`<td[^>]*>${n || ""}</td>`).source).join("");
      expect(page).toMatch(new RegExp(`<tr><th>${label}</th>${shown}`));
    }
  });

  test("codes are counted as the definition walks, and saturation at the ends of i16", () => {
    const uses = stepUses(image, rows);
    image.program.layers.forEach((layer, i) => {
      const counts = new Float64Array(layer.codebooks * 16);
      rows.forEach((row, r) => {
        const x = i === 0 ? Int16Array.from(row) : outputs[r][i - 1];
        maddnessEncode(layer, x).forEach((code, c) => {
          counts[c * 16 + code] += 1 / 500;
        });
      });
      uses[i].leaves.flat().forEach((share, k) => {
        expect(share).toBeCloseTo(counts[k], 9);
      });
      expect(uses[i].saturated).toBe(0);
    });
    const shift = new Uint8Array(3);
    const tables = image.program.layers[1].tables.map((t) => Math.sign(t) * 127);
    const bias = new Int32Array(3).fill(32_700);
    const last = { ...image.program.layers[1], shift, bias, tables };
    const program = { ...image.program, layers: [image.program.layers[0], last] };
    const [, use] = stepUses({ ...image, program }, rows);
    const ends = rows.flatMap((row) =>
      [...inferProgram(program, row)[1]].filter((y) => y === 32767),
    );
    expect(ends.length).toBeGreaterThan(0);
    expect(use.saturated).toBeCloseTo(ends.length / 1500, 9);
  });

  test("all codebooks are worth the whole accuracy, few are worth less", () => {
    const worths = byteWorths(image, rows, labels, stepUses(image, rows));
    expect(worths[0].accuracy).toBe(right);
    expect(worths.at(-1)!.accuracy).toBeLessThan(right);
    expect(worths.at(-1)!.tableBytes).toBeLessThan(worths[0].tableBytes / 4);
  });

  test("text from outside is text, and nothing is loaded", () => {
    expect(page).toContain("three &#60;classes&#62;");
    expect(page).toContain("test &#60;of&#62; &#38; report");
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import|https?:/);
  });

  test("what was not measured is said", () => {
    const bare = imageReport(image, { title: "bare" });
    expect(bare).toContain("give --data and --labels");
    expect(bare).toContain("give --port");
    expect(bare).not.toContain("<polyline");
  });
});

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
const absent = browser ? "" : " (absent: no browser; apt install chromium brings one)";

/** Pixels of an 8-bit RGB or RGBA picture, unfiltered (PNG specification, clause 9). */
function readPng(png: Buffer): {
  width: number;
  height: number;
  at(x: number, y: number): number[];
} {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = png[25] === 6 ? 4 : 3;
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) !== "IDAT") continue;
    data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * channels;
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const a = i < channels ? 0 : pixels[y * stride + i - channels];
      const b = y === 0 ? 0 : pixels[(y - 1) * stride + i];
      const c = i < channels || y === 0 ? 0 : pixels[(y - 1) * stride + i - channels];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const guess = [0, a, b, (a + b) >> 1, paeth][filter];
      pixels[y * stride + i] = raw[y * (stride + 1) + 1 + i] + guess;
    }
  }
  const at = (x: number, y: number) => [...pixels.subarray(y * stride + x * channels).slice(0, 3)];
  return { width, height, at };
}

describe("in a browser", () => {
  test.skipIf(!browser)(
    `the page shows its cards, codes and curves${absent}`,
    () => {
      const [html, shot] = [join(folder, "page.html"), join(folder, "page.png")];
      writeFileSync(html, page);
      const size = [
        "--window-size=1000,2400",
        "--force-color-profile=srgb",
        `--screenshot=${shot}`,
      ];
      const quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
      execFileSync(browser!, [...quiet, ...size, `file://${html}`], {
        stdio: "ignore",
        timeout: 60_000,
      });
      const png = readPng(readFileSync(shot));
      expect([png.width, png.height]).toEqual([1000, 2400]);
      const colours = new Map<string, number>();
      for (let y = 0; y < 2400; y += 2) {
        for (let x = 0; x < 1000; x += 2) {
          const key = png.at(x, y).join();
          colours.set(key, (colours.get(key) ?? 0) + 1);
        }
      }
      // Ground, cards, ink of text, and the blue of codes and curves.
      expect(colours.get("251,252,253")).toBeGreaterThan(100_000);
      expect(colours.get("255,255,255")).toBeGreaterThan(2000);
      expect(colours.get("29,36,48")).toBeGreaterThan(50);
      expect(colours.get("11,107,203")).toBeGreaterThan(50);
      const blues = [...colours.keys()].filter((key) => {
        const [r, g, b] = key.split(",").map(Number);
        return b > r + 40 && b > g + 10;
      });
      expect(blues.length).toBeGreaterThan(20); // the codes' many strengths
    },
    90_000,
  );
});
