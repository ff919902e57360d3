import { listBoards, listMcuBoards, loadBoard, loadMcuBoard } from "../board/load.ts";
import type { Binding, BindingPort, OpenOptions, PortInfo } from "./binding-types.ts";
import { type SimulatedBoard, startBoard } from "./simulated.ts";
import type { SimulatorOptions } from "./simulator.ts";

export const SIMULATOR_PREFIX = "sim:";

/** An end that was asked for; every other error means to serialport that the port is lost. */
class CanceledError extends Error {
  readonly canceled = true;
}

const openPaths = new Set<string>();

interface PendingRead {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  resolve(result: { buffer: Buffer; bytesRead: number }): void;
  reject(error: Error): void;
}

/** An open simulated port, with the semantics that serialport asks of its bindings. */
export class SimulatorPort implements BindingPort {
  readonly openOptions: Required<OpenOptions>;
  readonly board: SimulatedBoard;
  isOpen = true;
  #received: Uint8Array[] = [];
  #read: PendingRead | undefined;
  #lost: Error | undefined;

  constructor(openOptions: Required<OpenOptions>, board: SimulatedBoard) {
    this.openOptions = openOptions;
    this.board = board;
    board.onData((bytes) => {
      this.#received.push(bytes);
      this.#serveRead();
    });
    board.onClose((error) => {
      this.#lost = error ?? new Error("the simulator was stopped");
      openPaths.delete(openOptions.path);
      this.#rejectRead(this.#lost);
    });
  }

  async close(): Promise<void> {
    this.#checkOpen();
    this.isOpen = false;
    this.#rejectRead(new CanceledError("the port was closed"));
    await this.board.close();
    openPaths.delete(this.openOptions.path);
  }

  async read(buffer: Buffer, offset: number, length: number) {
    if (!this.isOpen) throw new CanceledError("the port is not open");
    return new Promise<{ buffer: Buffer; bytesRead: number }>((resolve, reject) => {
      this.#read = { buffer, offset, length, resolve, reject };
      this.#serveRead();
    });
  }

  async write(buffer: Buffer): Promise<void> {
    this.#checkOpen();
    try {
      // A copy, because the caller may use the buffer again once this resolves.
      await this.board.write(Uint8Array.from(buffer));
    } catch (error) {
      throw this.isOpen ? error : new CanceledError("the port was closed");
    }
  }

  async update(options: { baudRate: number }): Promise<void> {
    this.#checkOpen();
    await this.board.setBaud(options.baudRate);
    this.openOptions.baudRate = options.baudRate;
  }

  /** The boards have no modem lines. */
  async set(): Promise<void> {
    this.#checkOpen();
  }

  async get() {
    this.#checkOpen();
    return { cts: true, dsr: true, dcd: true };
  }

  async getBaudRate() {
    this.#checkOpen();
    return { baudRate: this.openOptions.baudRate };
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    this.#received = [];
    await this.board.flush();
  }

  async drain(): Promise<void> {
    this.#checkOpen();
    await this.board.drain();
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new Error("Port is not open");
  }

  #serveRead(): void {
    const read = this.#read;
    if (!read) return;
    if (this.#received.length === 0) {
      if (this.#lost) this.#rejectRead(this.#lost);
      return;
    }
    const bytes = this.#received[0];
    const bytesRead = Math.min(read.length, bytes.length);
    read.buffer.set(bytes.subarray(0, bytesRead), read.offset);
    if (bytesRead < bytes.length) this.#received[0] = bytes.subarray(bytesRead);
    else this.#received.shift();
    this.#read = undefined;
    read.resolve({ buffer: read.buffer, bytesRead });
  }

  #rejectRead(error: Error): void {
    const read = this.#read;
    this.#read = undefined;
    read?.reject(error);
  }
}

/** Settings of a line that nobody asked to be otherwise. */
export const lineDefaults = {
  dataBits: 8,
  lock: true,
  stopBits: 1,
  parity: "none",
  rtscts: false,
  xon: false,
  xoff: false,
  xany: false,
  hupcl: true,
} as const;

const described = (
  id: string,
  name: string,
  usb?: { readonly vendorId: string; readonly productId: string },
): PortInfo => ({
  path: SIMULATOR_PREFIX + id,
  manufacturer: `simulator of ${name}`,
  serialNumber: undefined,
  pnpId: undefined,
  locationId: undefined,
  vendorId: usb?.vendorId,
  productId: usb?.productId,
});

/** `sim:<board>` ports of this process, one of each board at a time, as with boards on a desk. */
export function simulatorBinding(options: SimulatorOptions = {}): Binding<SimulatorPort> {
  return {
    async list() {
      const gateware = listBoards().map((id) => {
        const { name, usb } = loadBoard(id);
        return described(id, name, usb);
      });
      const firmware = listMcuBoards().map((id) => described(id, loadMcuBoard(id).name));
      return [...gateware, ...firmware];
    },
    async open(openOptions) {
      const { path } = openOptions;
      if (openPaths.has(path)) throw new Error(`Cannot lock port ${path}: it is open`);
      openPaths.add(path);
      try {
        const board = await startBoard(path.slice(SIMULATOR_PREFIX.length), options);
        await board.setBaud(openOptions.baudRate);
        return new SimulatorPort({ ...lineDefaults, ...openOptions }, board);
      } catch (error) {
        openPaths.delete(path);
        throw error;
      }
    },
  };
}
