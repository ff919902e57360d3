import type { McuBoard } from "../board/mcu-schema.ts";
import type { NomulError } from "../errors.ts";

/** A chip that runs the real firmware in an emulator, and the host's end of its UART. */
export interface Emulator {
  readonly board: McuBoard;
  /** Hands bytes to the chip's UART. Resolves when they are on their way. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all written bytes are on their way to the chip. */
  drain(): Promise<void>;
  /** Forgets bytes that have not gone yet. */
  flush(): Promise<void>;
  /** Emulated UARTs do not sample bits: every rate is understood. */
  setBaud(baud: number): Promise<void>;
  /** Sets the one receiver of the chip's bytes. */
  onData(callback: (bytes: Uint8Array) => void): void;
  /** Sets the one receiver of the end: without an error after close(), else with E_PORT_LOST. */
  onClose(callback: (error: NomulError | undefined) => void): void;
  close(): Promise<void>;
}
