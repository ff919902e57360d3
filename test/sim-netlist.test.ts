/** Yosys' cells as Wasm, against what Verilog says of them in big integers. */
import { runYosys } from "@yowasp/yosys";
import { describe, expect, test } from "vitest";
import { compileNetlist, type Pins } from "../host/sim/netlist/compile.ts";

const seed = Date.now() & 0x7fffffff;
let state = BigInt(seed);
/** 0 .. below - 1 */
function random(below: number): number {
  state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
  return Number((state >> 33n) % BigInt(below));
}

async function netlistOf(verilog: string, opt: string): Promise<string> {
  const script = `read_verilog a.v; hierarchy -top top; proc; flatten; ${opt}; memory -nomap; opt_clean; write_json a.json`;
  const files = await runYosys(["-q", "-p", script], { "a.v": verilog });
  return String((files as Record<string, unknown>)["a.json"]);
}

interface Running {
  step(inputs: number): number;
  reset(): void;
}

async function run(verilog: string, pins: Partial<Pins>, opt: string): Promise<Running> {
  const json = await netlistOf(verilog, opt);
  const { wasm } = compileNetlist(json, {
    top: "top",
    clock: "clk",
    inputs: { in: 0 },
    outputs: { out: 0 },
    ...pins,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const running = exports as unknown as Running;
  running.reset();
  return running;
}

const WIDE = 80;
const mask = (width: number) => (1n << BigInt(width)) - 1n;

interface Operation {
  readonly verilog: string;
  readonly width: number;
  readonly expected: (a: bigint, b: bigint) => bigint;
}

type Binary = (a: bigint, b: bigint, widths: { a: number; b: number; y: number }) => bigint;
const bool = (value: boolean) => (value ? 1n : 0n);
const ones = (value: bigint) => BigInt(value.toString(2).replaceAll("0", "").length);

/** Operands get the signs that Verilog gives them; `most` is the widest that the generator takes. */
const operators: readonly {
  text: string;
  most: number;
  compute: Binary;
  kind?: "shift" | "self";
}[] = [
  { text: "a + b", most: 64, compute: (a, b) => a + b },
  { text: "a - b", most: 64, compute: (a, b) => a - b },
  { text: "a * b", most: 64, compute: (a, b) => a * b },
  { text: "-a", most: 64, compute: (a) => -a },
  { text: "a & b", most: WIDE, compute: (a, b) => a & b },
  { text: "a | b", most: WIDE, compute: (a, b) => a | b },
  { text: "a ^ b", most: WIDE, compute: (a, b) => a ^ b },
  { text: "a ~^ b", most: WIDE, compute: (a, b) => ~(a ^ b) },
  { text: "~a", most: WIDE, compute: (a) => ~a },
  { text: "x[0] ? a : b", most: WIDE, compute: (a, b) => ((a & 1n) === 1n ? a : b) },
  { text: "a == b", most: WIDE, compute: (a, b) => bool(a === b) },
  { text: "a != b", most: WIDE, compute: (a, b) => bool(a !== b) },
  { text: "a < b", most: 64, compute: (a, b) => bool(a < b) },
  { text: "a <= b", most: 64, compute: (a, b) => bool(a <= b) },
  { text: "a > b", most: 64, compute: (a, b) => bool(a > b) },
  { text: "a >= b", most: 64, compute: (a, b) => bool(a >= b) },
  { text: "a && b", most: WIDE, compute: (a, b) => bool(a !== 0n && b !== 0n) },
  { text: "a || b", most: WIDE, compute: (a, b) => bool(a !== 0n || b !== 0n) },
  { text: "!a", most: WIDE, compute: (a) => bool(a === 0n) },
  { text: "|x", kind: "self", most: WIDE, compute: (a) => bool(a !== 0n) },
  { text: "&x", kind: "self", most: WIDE, compute: (a, _, w) => bool(a === mask(w.a)) },
  { text: "^x", kind: "self", most: WIDE, compute: (a) => ones(a) & 1n },
  { text: "~^x", kind: "self", most: WIDE, compute: (a) => ~ones(a) & 1n },
  { text: "a << z", kind: "shift", most: WIDE, compute: (a, b) => a << b },
  {
    text: "a >> z",
    kind: "shift",
    most: WIDE,
    compute: (a, b, w) => (a & mask(Math.max(w.a, w.y))) >> b,
  },
  { text: "a >>> z", kind: "shift", most: WIDE, compute: (a, b) => a >> b },
  { text: "x[z +: 5]", kind: "self", most: WIDE, compute: (a, b) => (a >> b) & 31n },
  {
    text: "x[8 * z[2:0] +: 8]",
    kind: "self",
    most: WIDE,
    compute: (a, b) => (a >> (8n * (b & 7n))) & 255n,
  },
];

function operation(index: number): Operation {
  const { text, most, compute, kind } = operators[index % operators.length];
  const width = () => 1 + random(random(3) === 0 ? most : Math.min(most, 34));
  const w = { a: width(), b: kind === "self" ? 8 : kind ? 1 + random(8) : width(), y: width() };
  const signs = { a: random(2) === 1, b: random(2) === 1 };
  const signed = kind === "shift" ? signs.a : kind === undefined && signs.a && signs.b;
  const declare = (name: string, sign: boolean, bits: number, of: string) =>
    `wire ${sign ? "signed" : ""} [${bits - 1}:0] ${name} = ${of}[${bits - 1}:0];`;
  const verilog = `begin : g${index}
    ${declare("a", signed, w.a, "one")} ${declare("b", signed, w.b, "two")}
    ${declare("x", false, w.a, "one")} ${declare("z", false, w.b, "two")}
    wire [${w.y - 1}:0] y = ${text};
  end`;
  return {
    verilog,
    width: w.y,
    expected: (one, two) => {
      const take = (value: bigint, bits: number, sign: boolean) =>
        sign ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
      return compute(take(one, w.a, signed), take(two, w.b, signed && !kind), w) & mask(w.y);
    },
  };
}

/** Two operands loaded in words of 16 bits, all results side by side, read in words of 16 bits. */
function design(operations: readonly Operation[]): string {
  const total = operations.reduce((sum, { width }) => sum + width, 0);
  const results = operations.map((_, i) => `g${i}.y`).reverse();
  return `module top(input clk, input [31:0] in, output reg [15:0] out);
  reg [${WIDE - 1}:0] one, two;
  reg [${total - 1}:0] results;
  generate ${operations.map(({ verilog }) => verilog).join("\n")} endgenerate
  always @(posedge clk) begin
    if (in[31] && !in[30]) one[16 * in[18:16] +: 16] <= in[15:0];
    if (in[31] && in[30]) two[16 * in[18:16] +: 16] <= in[15:0];
    results <= {${results.join(", ")}};
    out <= results[16 * in[29:19] +: 16];
  end
endmodule`;
}

function evaluate(model: Running, one: bigint, two: bigint, bits: number): bigint {
  [one, two].forEach((value, which) => {
    for (let i = 0; i < WIDE / 16; i++) {
      const word = Number((value >> BigInt(16 * i)) & 0xffffn);
      model.step(((2 + which) << 30) | (i << 16) | word);
    }
  });
  model.step(0);
  let result = 0n;
  for (let i = 0; i < Math.ceil(bits / 16); i++) {
    model.step(i << 19);
    result |= BigInt(model.step(0) & 0xffff) << BigInt(16 * i);
  }
  return result;
}

describe("a netlist as Wasm", () => {
  test.each(["opt -nodffe -nosdff", "opt"])(
    "computes what Verilog defines, after %s",
    async (opt) => {
      console.log(`seed ${seed}`);
      const operations = Array.from({ length: 6 * operators.length }, (_, i) => operation(i));
      const bits = operations.reduce((sum, { width }) => sum + width, 0);
      const model = await run(design(operations), {}, opt);
      for (let trial = 0; trial < 60; trial++) {
        const value = () => {
          const some = BigInt.asUintN(
            WIDE,
            (state << 32n) ^ (BigInt(random(2 ** 31)) << 5n) ^ BigInt(random(2 ** 31)),
          );
          return [some, 0n, mask(WIDE), some & 255n][Math.min(random(8), 3) * random(2)];
        };
        const [one, two] = [value(), value()];
        let results = evaluate(model, one, two, bits);
        for (const { verilog, width, expected } of operations) {
          const got = results & mask(width);
          results >>= BigInt(width);
          expect(got, `${verilog}\none ${one} two ${two}`).toBe(expected(one, two));
        }
      }
    },
  );

  test.each(["opt -nodffe -nosdff", "opt"])(
    "keeps registers and memories, after %s",
    async (opt) => {
      console.log(`seed ${seed}`);
      // 20 rows of 72 bits: no power of two, more than a word, and bits that are written alone.
      const memory = `module top(input clk, input [31:0] in, output [31:0] out);
      reg [71:0] rows [0:19];
      reg [7:0] table_rom [0:3];
      reg [71:0] read;
      reg [11:0] count = 12'd7;
      integer i;
      initial begin
        for (i = 0; i < 20; i = i + 1) rows[i] = {8{9'd5}} * i;
        for (i = 0; i < 4; i = i + 1) table_rom[i] = 8'd200 + i;
      end
      wire [4:0] at = in[4:0];
      wire [71:0] now = rows[at];
      always @(posedge clk) begin
        if (in[5]) rows[at][71:64] <= in[31:24];
        if (in[6]) rows[at][39:8] <= {in[31:16], in[31:16]};
        if (in[7]) rows[at][2:0] <= in[26:24];
        if (in[8]) read <= rows[at];
        if (in[9]) count <= 12'd7;
        else if (in[10]) count <= count + 1'b1;
      end
      assign out = {now[71:64] ^ now[7:0], read[63:56] ^ read[7:0], table_rom[in[1:0]] ^ read[71:64], count[7:0] ^ read[31:24]};
    endmodule`;
      const model = await run(memory, {}, opt);
      const unit = Array.from({ length: 8 }, (_, i) => 5n << BigInt(9 * i)).reduce((a, b) => a | b);
      const rows = Array.from({ length: 32 }, (_, i) =>
        i < 20 ? (unit * BigInt(i)) & mask(72) : 0n,
      );
      let [read, count] = [0n, 7n];
      const byte = (value: bigint, at: number) => Number((value >> BigInt(at)) & 255n);
      const put = (at: number, from: number, width: number, value: number) => {
        const hole = mask(width) << BigInt(from);
        if (at < 20) rows[at] = (rows[at] & ~hole) | (BigInt(value) << BigInt(from));
      };
      for (let cycle = 0; cycle < 4000; cycle++) {
        const input = random(2 ** 31) * 2 + random(2);
        const at = input & 31;
        const now = rows[at];
        const expected =
          ((byte(now, 64) ^ byte(now, 0)) << 24) |
          ((byte(read, 56) ^ byte(read, 0)) << 16) |
          (((200 + (input & 3)) ^ byte(read, 64)) << 8) |
          (byte(count, 0) ^ byte(read, 24));
        expect(model.step(input | 0), `cycle ${cycle}, input ${input}`).toBe(expected);
        if (input & 256) read = now;
        if (input & 32) put(at, 64, 8, (input >>> 24) & 255);
        if (input & 64) put(at, 8, 32, (input >>> 16) * 65537);
        if (input & 128) put(at, 0, 3, (input >>> 24) & 7);
        count = input & 512 ? 7n : input & 1024 ? (count + 1n) & 4095n : count;
      }
      model.reset();
      expect(model.step(0) & 255).toBe(7);
    },
  );

  test.each([
    ["a loop", "wire x = in[0] ^ (in[1] & x); assign out = x;", /combinational loop/],
    ["a falling edge", "reg x; always @(negedge clk) x <= in[0]; assign out = x;", /rising edge/],
    ["a second clock", "reg x; always @(posedge in[1]) x <= in[0]; assign out = x;", /rising edge/],
    [
      "a latch",
      "reg x; always @* if (in[1]) x = in[0]; assign out = x;",
      /cannot simulate \$dlatch/,
    ],
    [
      "a wide sum",
      "reg [69:0] x; always @(posedge clk) x <= x + in; assign out = x[69];",
      /70 bits/,
    ],
    ["a net without source", "wire x; assign out = x & in[0];", /no driver/],
  ])("is refused with %s", async (_, body, message) => {
    const verilog = `module top(input clk, input [31:0] in, output out);\n${body}\nendmodule`;
    await expect(run(verilog, {}, "opt -nodffe -nosdff")).rejects.toThrow(message);
  });

  test("is refused without the clock or module that it is to have", async () => {
    const verilog = "module top(input clk, output out); assign out = 1'b1; endmodule";
    await expect(run(verilog, { clock: "clk_i" }, "opt")).rejects.toThrow(/no clock clk_i/);
    await expect(run(verilog, { top: "other" }, "opt")).rejects.toThrow(/no module other/);
  });
});
