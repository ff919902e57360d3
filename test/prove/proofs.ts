import type { Mutant, Proof } from "./proof.ts";

/** Faults of one file: [text, what stands in its place, deep] */
const faults = (
  file: string,
  ...texts: readonly (readonly [from: string, to: string, deep?: true])[]
): Mutant[] => texts.map(([from, to, deep]) => ({ file, from, to, ...(deep && { deep }) }));

const register = (name: string) => [`dut_${name}`, `dut.${name}_q`] as const;

/** The memory of a module, reduced to the word whose address the harness has in `followed`. */
const memoryWord = (followed: string) =>
  [
    ["dut.mem.followed", followed],
    ["dut.mem.other", "other_i"],
    ["dut_word", "dut.mem.word"],
  ] as const;

export const proofs: readonly Proof[] = [
  {
    name: "encoder",
    claim: "every codebook's row is base + code × groups, in seven clocks, for all steps",
    sources: ["encoder.v", "encoder_activations.v", "encoder_definition.v"],
    connections: [register("phase"), register("left"), register("base")],
    inductionClocks: 7,
    shallowClocks: 18,
    mutants: faults(
      "encoder.v",
      ["$signed(activation_i) >= $signed(threshold)", "$signed(activation_i) > $signed(threshold)"],
      ["$signed(activation_i) >= $signed(threshold)", "activation_i >= threshold"],
      ["stride_q <= stride_q >> 1;", "stride_q <= stride_q;"],
      ["THRESHOLD_WORD + {1'b0, heap_q}", "THRESHOLD_WORD + {3'b0, heap_q[1:0]}"],
    ),
  },
  {
    name: "encoder_prefetch",
    claim: "16 lanes: every codebook's row is base + code × groups, a codebook every four clocks",
    sources: ["encoder_prefetch.v", "encoder_activations.v", "encoder_definition.v"],
    connections: [
      ...["phase", "fetch", "left", "next_record", "base", "row", "under_way", "fetched"].map(
        register,
      ),
      ...[0, 1, 2, 3].map((i) => [`dut_dim${i}`, `dut.next_dim_q[${i}]`] as const),
    ],
    inductionClocks: 6,
    shallowClocks: 16,
    mutants: faults(
      "encoder_prefetch.v",
      ["$signed(activation_i) >= $signed(threshold)", "$signed(activation_i) > $signed(threshold)"],
      ["stride_q <= stride_q >> 1;", "stride_q <= stride_q;"],
      ["late_q <= phase_q == 2'd3;", "late_q <= 1'b0;"],
      ["root ? 4'd0 : heap_q", "heap_q"],
      ["root ? next_dim_q[0] :", "root ? next_dim_q[1] :"],
      [
        "{next_dim_q[3], next_dim_q[2], next_dim_q[1]};",
        "{next_dim_q[2], next_dim_q[3], next_dim_q[1]};",
      ],
      ["wire free = !row_valid_q || row_take_i;", "wire free = 1'b1;"],
    ),
  },
  {
    name: "accumulate",
    claim: "after every row, a group's accumulators are the sums of the rows' entries since start",
    sources: ["accumulate.v", "accumulate_definition.v"],
    connections: [register("fresh")],
    inductionClocks: 4,
    shallowClocks: 16,
    mutants: faults(
      "accumulate.v",
      ["{{8{entry[7]}}, entry}", "{8'd0, entry}"],
      ["if (start_i) fresh_q <= 1'b1;", "if (start_i) fresh_q <= 1'b0;"],
      ["write_group_q <= group_q;", "write_group_q <= next_group[6:0];"],
      ["row_valid_i && (!active_q || last)", "row_valid_i && !active_q"],
    ),
  },
  {
    name: "accumulate_ring",
    claim:
      "16 lanes: sums that come to the front are those of the rows' entries, of 8 or 4 bits, since start",
    sources: ["accumulate_ring.v", "accumulate_ring_definition.v"],
    connections: ["ring", "index", "write"].map(register),
    inductionClocks: 1,
    shallowClocks: 12,
    mutants: faults(
      "accumulate_ring.v",
      ["{{4{nibble[3]}}, nibble}", "{4'd0, nibble}"],
      ["table_i[8*(lane % 16) +: 8]", "table_i[8*(lane % 8) +: 8]"],
      ["address_q + 14'd2", "address_q + 14'd1"],
      ["else if (write_q || turn_i)", "else if (write_q)", true],
      ["else if (write_q || turn_i)", "else if (active_q || turn_i)"],
      ["ring_q <= {512*ROWS{1'b0}}", "ring_q <= {1'b1, {512*ROWS-1{1'b0}}}"],
      ["row_valid_i && (!active_q || last)", "row_valid_i && !active_q"],
    ),
  },
  {
    name: "accumulator_memory",
    claim: "a group holds what was written to it last, 0 before; the upper half reads 0",
    sources: ["accumulator_memory.v"],
    connections: memoryWord("followed"),
    inductionClocks: 1,
    shallowClocks: 5,
    mutants: faults(
      "accumulator_memory.v",
      ["mem[{1'b0, write_group_i}]", "mem[{1'b1, write_group_i}]"],
      ["lanes_o <= mem[address_i];", "lanes_o <= mem[{1'b0, address_i[6:0]}];"],
      ["mem[i] = 128'd0;", "mem[i] = 128'd1;"],
    ),
  },
  {
    name: "output_stage",
    claim:
      "every element is sat16(((acc + bias) + round) >> shift), or acc, written once, in order",
    sources: ["output_stage.v", "output_stage_definition.v"],
    inductionClocks: 3,
    shallowClocks: 12,
    mutants: faults(
      "output_stage.v",
      [" + {16'd0, fine_q[0]}", ""],
      ["!above_q && rounded[16] == rounded[15]", "!above_q"],
      [">> shift_q[2:0]", ">> shift_q[1:0]"],
      ["lane_index_q[2] ?", "!lane_index_q[2] ?"],
      ["{{8{sign}}, sum_q[32:7]}", "{8'd0, sum_q[32:7]}"],
    ),
  },
  {
    name: "crc32c",
    claim: "the register is the remainder of all bytes since clear_i",
    sources: ["crc32c.v", "crc32c_definition.v"],
    inductionClocks: 1,
    shallowClocks: 4,
    mutants: faults(
      "crc32c.v",
      ["32'h82f63b78 :", "32'hedb88320 :"],
      ["state_q <= 32'hffffffff;", "state_q <= 32'd0;"],
      ["else if (valid_i) state_q", "else state_q"],
    ),
  },
  {
    name: "cobs_encode",
    claim: "every byte sent is the definition's byte of its place, and sent once it is decided",
    sources: ["cobs_encode.v", "cobs_encode_definition.v"],
    connections: [
      ...memoryWord("followed_word"),
      ...["state", "write", "read", "code", "count"].map(register),
    ],
    inductionClocks: 1,
    shallowClocks: 16,
    mutants: faults(
      "cobs_encode.v",
      ["wire zero = byte_i == 8'd0;", "wire zero = byte_i == 8'd1;"],
      ["close ? code_q[7:0] :", "close ? write_q[7:0] :"],
      ["read_q != code_q &&", "read_q != write_q &&"],
      ["mem[read_q[7:0]]", "mem[{1'b0, read_q[6:0]}]", true],
      ["count_q == 8'd254", "count_q == 8'd253", true],
      ["wire room = !used[8];", "wire room = 1'b1;", true],
    ),
  },
  {
    name: "cobs_decode",
    claim: "every byte, delimiter and verdict given is the definition's, for frames of any length",
    sources: ["cobs_decode.v", "cobs_decode_definition.v"],
    connections: ["left", "started", "zero", "bad"].map(register),
    inductionClocks: 1,
    shallowClocks: 6,
    mutants: faults(
      "cobs_decode.v",
      ["!delimiter && (!code || zero_q)", "!delimiter && !code"],
      ["code && !bad_q", "!bad_q"],
      ["byte_i != 8'hff", "byte_i != 8'hfe"],
      ["bad_q <= 1'b1;", "bad_q <= 1'b0;"],
    ),
  },
];
