import { ModelError } from "./model.ts";

/** A register by module instance and name, and its value. */
type Values = Readonly<Record<string, number>>;

const zero = (...registers: readonly string[]): Values =>
  Object.fromEntries(registers.map((register) => [register, 0]));

const operatorOf = (lanes: number) => `u_engine.${lanes === 8 ? "g_memory" : "g_ring"}.u_maddness`;

/** Nothing to encode; the encoder of 16 lanes has other registers. */
const encoderIdle = (lanes: number): Values =>
  lanes === 8
    ? zero(
        "u_engine.g_memory.u_maddness.u_encoder.phase_q",
        "u_engine.g_memory.u_maddness.u_encoder.left_q",
        "u_engine.g_memory.u_maddness.u_encoder.row_valid_q",
      )
    : zero(
        "u_engine.g_ring.u_maddness.u_encoder.phase_q",
        "u_engine.g_ring.u_maddness.u_encoder.left_q",
        "u_engine.g_ring.u_maddness.u_encoder.under_way_q",
        "u_engine.g_ring.u_maddness.u_encoder.row_valid_q",
      );

const lineIdle: Values = {
  "u_uart_rx.sync_q": 3,
  "u_uart_rx.high_q": 1,
  "u_uart_tx.timer_q": 1,
  "u_link.task_q": 2, // FILL, also while the engine runs
  ...zero(
    "reset_count_q",
    "u_uart_rx.left_q",
    "u_uart_rx.valid_o",
    "u_uart_rx.error_o",
    "u_uart_tx.left_q",
    "u_cobs_encode.state_q",
    "u_cobs_encode.fetched_q",
    "u_frame_tx.left_q",
    "u_frame_rx.good_o",
    "u_frame_rx.bad_o",
    "u_link.u_reply.busy_q",
    "u_link.u_reply.valid_q",
    "u_link.restart_o",
    "u_link.baud_set_o",
    "u_baud.waiting_q",
    "u_link.u_slots.state_q",
    "u_link.u_slots.waiting_q",
    "u_link.u_slots.u_flash.state_q",
    "u_link.u_slots.u_flash.sent_q",
    "u_link.u_slots.u_flash.u_spi_master.left_q",
    "u_link.u_stream.taking_q",
    "u_link.u_stream.device_write_o",
  ),
};

/**
 * Register values that hold for most cycles of an inference or a self-test. The harness compiles
 * one cycle for each with them as constants, which removes the parts that stand still, and takes it
 * only while every register listed has its value: a list that no longer fits costs speed, never
 * exactness.
 */
const phasesOf = (lanes: number): Readonly<Record<"RUNNING" | "FILLING", Values>> => ({
  RUNNING: {
    ...lineIdle,
    "u_link.state_q": 8, // RUNNING
    "u_engine.u_sequencer.state_q": 3, // RUN
    ...zero(
      "u_link.u_stream.running_q",
      "u_link.u_stream.addressing_q",
      "u_link.u_stream.access_q",
      "u_link.u_stream.element_write_o",
    ),
  },
  FILLING: {
    ...lineIdle,
    "u_link.state_q": 6, // STREAM
    ...encoderIdle(lanes),
    ...zero(
      "u_engine.u_sequencer.state_q",
      "u_engine.u_sequencer.arriving_q",
      `${operatorOf(lanes)}.u_accumulate.active_q`,
      `${operatorOf(lanes)}.u_accumulate.write_q`,
      "u_engine.u_output_stage.active_q",
      "u_engine.u_output_stage.lane_valid_q",
      "u_engine.u_output_stage.shift_valid_q",
      "u_engine.u_output_stage.round_valid_q",
    ),
  },
});

/** CXXRTL's name of the member for a flattened register. */
const memberOf = (register: string) =>
  `p_${register.replaceAll("_", "__").replaceAll(".", "_2e_")}`;

/**
 * model.h of the harness: each phase as `X(member, value) …`.
 * @param lanes of the engine: 8 or 16
 * @throws ModelError if the model has no such register of at most 32 bits
 */
export function phaseMap(model: string, lanes: number): string {
  const widths = new Map(
    [...model.matchAll(/^\twire<(\d+)> (\w+)/gm)].map(([, width, name]) => [name, Number(width)]),
  );
  const entry = (phase: string, register: string, value: number) => {
    const width = widths.get(memberOf(register));
    if (width === undefined || width > 32 || value >= 2 ** width) {
      throw new ModelError(`host/sim/phases.ts: ${phase}: no register ${register} for ${value}`);
    }
    return `X(${memberOf(register)}, ${value}u)`;
  };
  return Object.entries(phasesOf(lanes))
    .map(([phase, values]) => {
      const entries = Object.entries(values).map(([name, value]) => entry(phase, name, value));
      return `#define PHASE_${phase}(X) ${entries.join(" ")}\n`;
    })
    .join("");
}
