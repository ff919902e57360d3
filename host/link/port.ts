import { existsSync } from "node:fs";
import { SerialPortStream } from "@serialport/stream";
import { SerialPort } from "serialport";
import { NomulError } from "../errors.ts";
import { SIMULATOR_PREFIX, SimulatorPort, simulatorBinding } from "../sim/binding.ts";
import type { Simulator } from "../sim/simulator.ts";
import { openError } from "./port-errors.ts";

export interface PortOptions {
  /** Bits a second. A simulated line runs at its gateware's rate whatever this says. */
  readonly baudRate: number;
  /** Called while a simulator is built the first time. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** A byte line to a device: real serial port or simulator, there is no difference here. */
export interface Port {
  readonly path: string;
  /** The simulated board behind the port; undefined for a real one. */
  readonly simulator: Simulator | undefined;
  /**
   * Hands bytes over. Resolves when the line has taken them, which may be before they are sent.
   * @throws NomulError E_PORT_LOST
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all written bytes were sent. @throws NomulError E_PORT_LOST */
  drain(): Promise<void>;
  /** Sets the one receiver of bytes. Bytes that came before are kept for it. */
  onData(callback: (bytes: Uint8Array) => void): void;
  /**
   * Sets the one receiver of an end that nobody asked for (E_PORT_LOST): device unplugged, simulator
   * stopped. Called at most once, at once if it has happened; never because of close().
   */
  onClose(callback: (error: NomulError) => void): void;
  /** Closes the port. Closing twice, or after it was lost, is fine. */
  close(): Promise<void>;
}

/**
 * How often the device file is looked at. serialport does not always report an unplugged device or a
 * pseudo-terminal whose other end is gone (node-serialport#2043, #2351), but their file goes.
 */
const FILE_CHECK_MS = 250;

class StreamPort implements Port {
  readonly path: string;
  readonly simulator: Simulator | undefined;
  readonly #stream: SerialPortStream;
  #lost: NomulError | undefined;
  #closing = false;
  readonly #underWay = new Set<(error: NomulError) => void>();
  /** Bytes that came before there was a receiver. */
  #early: Uint8Array[] = [];
  #onData = (bytes: Uint8Array): void => {
    this.#early.push(bytes);
  };
  #onClose: (error: NomulError) => void = () => {};
  #fileCheck: NodeJS.Timeout | undefined;

  constructor(stream: SerialPortStream) {
    this.#stream = stream;
    this.path = stream.path;
    const { port } = stream;
    this.simulator = port instanceof SimulatorPort ? port.simulator : undefined;
    // Always reading, also without a receiver: only a read notices that the device has gone.
    stream.on("data", (bytes: Uint8Array) => this.#onData(bytes));
    stream.on("error", (error) => this.#lose(error));
    stream.on("close", (error: Error | null) => this.#lose(error ?? new Error("closed")));
    if (!existsSync(this.path)) return; // no file: a simulator, or a system that names ports otherwise
    this.#fileCheck = setInterval(() => {
      if (!existsSync(this.path)) this.#lose(new Error("its device file has disappeared"));
    }, FILE_CHECK_MS).unref();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#call((done) => this.#stream.write(Buffer.from(bytes), done));
  }

  drain(): Promise<void> {
    return this.#call((done) => this.#stream.drain(done));
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.#onData = callback;
    for (const bytes of this.#early.splice(0)) callback(bytes);
  }

  onClose(callback: (error: NomulError) => void): void {
    this.#onClose = callback;
    if (this.#lost && !this.#closing) callback(this.#lost);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#fileCheck);
    if (!this.#stream.isOpen || this.#stream.closing) return;
    await new Promise<void>((resolve) => this.#stream.close(() => resolve()));
  }

  /** A lost port may never call back, so its loss settles what is under way, too. */
  #call(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#lost) {
        reject(this.#lost);
        return;
      }
      this.#underWay.add(reject);
      start((error) => {
        this.#underWay.delete(reject);
        if (error) reject(this.#lost ?? this.#lostError(error));
        else resolve();
      });
    });
  }

  #lose(cause: Error): void {
    clearInterval(this.#fileCheck);
    if (this.#lost) return;
    this.#lost = this.#lostError(cause);
    for (const reject of this.#underWay) reject(this.#lost);
    this.#underWay.clear();
    if (!this.#closing) this.#onClose(this.#lost);
    if (this.#stream.isOpen && !this.#stream.closing) this.#stream.close(() => {});
  }

  #lostError(cause: Error): NomulError {
    const why = this.#closing ? "the port was closed" : `the port is gone: ${cause.message}`;
    return new NomulError("E_PORT_LOST", why, {
      where: this.path,
      next: "Plug the device in again and repeat; what was transferred already is kept.",
      cause,
    });
  }
}

/** Raises the modem lines, and on Linux asks USB-serial chips not to hold bytes back (16 ms, FTDI). */
async function setLine({ port }: SerialPortStream): Promise<void> {
  // Pseudo-terminals and some drivers know neither (ENOTTY), and the link needs neither.
  await port?.set({ dtr: true, rts: true }).catch(() => {});
  if (process.platform !== "linux") return;
  const lowLatency = { dtr: true, rts: true, lowLatency: true };
  await port?.set(lowLatency).catch(() => {});
}

/**
 * Opens a serial port (`/dev/ttyUSB1`, `COM3`, a pseudo-terminal) or a simulator (`sim:<board>`).
 * @throws NomulError E_PORT_MISSING, E_PORT_BUSY, E_PORT_PERMISSION, E_BOARD_UNKNOWN, and what
 *   startSimulator throws
 */
export async function openPort(path: string, options: PortOptions): Promise<Port> {
  const { baudRate, onProgress } = options;
  const binding = path.startsWith(SIMULATOR_PREFIX)
    ? simulatorBinding({ onProgress })
    : SerialPort.binding;
  const stream = new SerialPortStream({ binding, path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    stream.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  await setLine(stream);
  return new StreamPort(stream);
}
