import { existsSync } from "node:fs";
import { SerialPortStream } from "@serialport/stream";
import { SerialPort } from "serialport";
import { boardBaud, isMcuBoard, loadBoard } from "../board/load.ts";
import { NomulError } from "../errors.ts";
import type { Emulator } from "../mcu/emulator.ts";
import { lineDefaults, SIMULATOR_PREFIX, SimulatorPort, simulatorBinding } from "../sim/binding.ts";
import type { OpenOptions } from "../sim/binding-types.ts";
import { isGateware, parseSimulated } from "../sim/simulated.ts";
import type { Simulator } from "../sim/simulator.ts";
import { openError } from "./port-errors.ts";

export interface PortOptions {
  /** Bits a second; by default what the gateware starts with, 1,000,000 if unknown. */
  readonly baudRate?: number | undefined;
  /** Board id behind a serial port, for the default rate. */
  readonly board?: string | undefined;
  /** Called while a simulator is built the first time. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** A byte line to a device: real serial port or simulator, there is no difference here. */
export interface Port {
  readonly path: string;
  /** The simulated gateware behind the port; undefined for a real board or a microcontroller. */
  readonly simulator: Simulator | undefined;
  /** The emulated microcontroller behind the port; undefined for all else. */
  readonly emulator?: Emulator | undefined;
  /**
   * Hands bytes over. Resolves when the line has taken them, which may be before they are sent.
   * @throws NomulError E_PORT_LOST
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all written bytes were sent. @throws NomulError E_PORT_LOST */
  drain(): Promise<void>;
  /** Bits a second of this end of the line. */
  readonly baudRate: number;
  /** Changes this end's rate. @throws NomulError E_PORT_LOST, E_BAUD if the port has no such rate */
  setBaudRate(baudRate: number): Promise<void>;
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

/** The device is simulated: it starts empty, keeps its own time, and ends with the port. */
export const isSimulated = ({ simulator, emulator }: Port): boolean =>
  (simulator ?? emulator) !== undefined;

/**
 * How often the device file is looked at. serialport does not always report an unplugged device or a
 * pseudo-terminal whose other end is gone (node-serialport#2043, #2351), but their file goes.
 */
const FILE_CHECK_MS = 250;

class StreamPort implements Port {
  readonly path: string;
  readonly simulator: Simulator | undefined;
  readonly emulator: Emulator | undefined;
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
    const board = port instanceof SimulatorPort ? port.board : undefined;
    if (board && isGateware(board)) this.simulator = board;
    else this.emulator = board;
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

  get baudRate(): number {
    return this.#stream.baudRate;
  }

  async setBaudRate(baudRate: number): Promise<void> {
    try {
      await this.#call((done) => this.#stream.update({ baudRate }, done));
    } catch (cause) {
      if (this.#lost) throw this.#lost;
      throw new NomulError("E_BAUD", `the port does not run at ${baudRate} baud`, {
        where: this.path,
        next: "Choose another rate; 115200, 921600, 1000000 and 3000000 are usual.",
        cause,
      });
    }
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

/** Rate of boards whose kind is not known before HELLO. */
export const DEFAULT_BAUD = 1_000_000;

/** The rate at which the device behind a port speaks after power-on. */
function powerOnBaud(path: string, board?: string): number {
  if (!path.startsWith(SIMULATOR_PREFIX)) {
    return board === undefined ? DEFAULT_BAUD : boardBaud(board);
  }
  const { id } = parseSimulated(path.slice(SIMULATOR_PREFIX.length));
  if (isMcuBoard(id)) return boardBaud(id);
  const { clock, simulation } = loadBoard(id);
  return clock.hz / simulation.divisor;
}

/** Raises the modem lines, and on Linux asks USB-serial chips not to hold bytes back (16 ms, FTDI). */
async function setLine({ port }: SerialPortStream): Promise<void> {
  // Pseudo-terminals and some drivers know neither (ENOTTY), and the link needs neither.
  await port?.set({ dtr: true, rts: true }).catch(() => {});
  if (process.platform !== "linux") return;
  const lowLatency = { dtr: true, rts: true, lowLatency: true };
  await port?.set(lowLatency).catch(() => {});
}

/** The port of an emulated microcontroller that was started already. @throws NomulError as openPort */
export function openEmulator(emulator: Emulator): Promise<Port> {
  const { id, baud } = emulator.board;
  const binding = {
    list: async () => [],
    open: async (options: OpenOptions) =>
      new SimulatorPort({ ...lineDefaults, ...options }, emulator),
  };
  return openOn(binding, `${SIMULATOR_PREFIX}${id}`, baud.firmware);
}

/**
 * Opens a serial port (`/dev/ttyUSB1`, `COM3`, a pseudo-terminal) or a simulator (`sim:<board>`).
 * @throws NomulError E_PORT_MISSING, E_PORT_BUSY, E_PORT_PERMISSION, E_BOARD_UNKNOWN, and what
 *   startSimulator throws
 */
export async function openPort(path: string, options: PortOptions = {}): Promise<Port> {
  const { baudRate = powerOnBaud(path, options.board), onProgress } = options;
  const binding = path.startsWith(SIMULATOR_PREFIX)
    ? simulatorBinding({ onProgress })
    : SerialPort.binding;
  return openOn(binding, path, baudRate);
}

async function openOn(
  binding: SerialPortStream["settings"]["binding"],
  path: string,
  baudRate: number,
): Promise<Port> {
  const stream = new SerialPortStream({ binding, path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    stream.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  await setLine(stream);
  return new StreamPort(stream);
}
