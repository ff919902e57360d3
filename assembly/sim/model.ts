/**
 * One clock cycle of the gateware, which is another module. Inputs: bit 0 the UART's rx, bit 1 the
 * flash chip's data output. Outputs, as they are before the rising edge: bit 0 tx, bit 1 busy, bit 2
 * flash cs_n, bit 3 sck, bit 4 mosi, bits 16 to 27 the clock cycles a bit of the line takes.
 */
export declare function step(inputs: u32): u32;
/** Power-on. */
export declare function reset(): void;
