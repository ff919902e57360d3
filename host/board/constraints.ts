import type { Board } from "./schema.ts";

/**
 * Pin constraints of the gateware's top level for nextpnr-ice40.
 * @returns text of a .pcf file; a port without a known pin is left out (use --pcf-allow-unconstrained)
 */
export function pinConstraints(board: Board): string {
  const flash = board.flash.pins;
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
  ];
  const lines = pins
    .filter(([, pin]) => pin !== null)
    .map(([port, pin, options]) => `set_io ${options}${port} ${pin}`);
  return [`# Generated from boards/${board.id}.json`, ...lines, ""].join("\n");
}

/** Clock constraint for nextpnr's --pre-pack or --freq: the clock in MHz. */
export const clockMegahertz = (board: Board): number => board.clock.hz / 1e6;
