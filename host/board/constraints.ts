import type { Board } from "./schema.ts";

/** Name of the port that holds a pin of `drive` at its level. */
export const drivePort = (pin: string): string => `drive_${pin.toLowerCase()}_o`;

/**
 * Pin constraints of the module board_top (host/bitstream) for nextpnr-ice40.
 * @returns text of a .pcf file; a port whose pin is not known is left out, as board_top leaves it out
 */
export function pinConstraints(board: Board): string {
  const flash = board.flash.userOffset === null ? null : board.flash.pins;
  const pins: readonly [port: string, pin: string | null, options: string][] = [
    ["clk_i", board.clock.pin, ""],
    // The line idles high also while no cable is plugged in.
    ["uart_rx_i", board.uart.rxPin, "-pullup yes "],
    ["uart_tx_o", board.uart.txPin, ""],
    ["busy_o", board.busy.pin, ""],
    ["flash_cs_n_o", flash?.csN ?? null, ""],
    ["flash_sck_o", flash?.sck ?? null, ""],
    ["flash_mosi_o", flash?.mosi ?? null, ""],
    // Reads 1, no chip, rather than noise while nothing drives it.
    ["flash_miso_i", flash?.miso ?? null, "-pullup yes "],
    ...board.drive.map(({ pin }): [string, string, string] => [drivePort(pin), pin, ""]),
  ];
  const lines = pins
    .filter(([, pin]) => pin !== null)
    .map(([port, pin, options]) => `set_io ${options}${port} ${pin}`);
  return [`# Generated from boards/${board.id}.json`, ...lines, ""].join("\n");
}

/** Clock constraint for nextpnr's --freq: the gateware's clock in MHz. */
export const clockMegahertz = (board: Board): number => board.clock.hz / 1e6;
