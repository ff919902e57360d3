import type { SerialPortStream } from "@serialport/stream";

/*
 * @serialport/bindings-interface has types for CommonJS only; these are the same ones, as the stream
 * uses them.
 */
type AnyBinding = SerialPortStream["settings"]["binding"];

/** An open port as serialport wants it from a binding. */
export type BindingPort = Awaited<ReturnType<AnyBinding["open"]>>;
export type OpenOptions = Parameters<AnyBinding["open"]>[0];
export type PortInfo = Awaited<ReturnType<AnyBinding["list"]>>[number];

/** A binding whose open ports are of type P. */
export interface Binding<P extends BindingPort> {
  list(): Promise<PortInfo[]>;
  open(options: OpenOptions): Promise<P>;
}
