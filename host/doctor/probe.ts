import { randomInt } from "node:crypto";
import { NomulError } from "../errors.ts";
import { Device } from "../link/device.ts";
import { commandCode, encodeFrame, type Frame, FrameReader, LINK_VERSION } from "../link/frame.ts";
import { openPort, type Port } from "../link/port.ts";
import type { Answer } from "./facts.ts";

const HELLOS = 3;
const WAIT_MS = 300;
const SAMPLE_BYTES = 24;
/** deviceKind of HELLO. */
const KIND_FPGA = 1;

interface Heard {
  readonly bytes: Uint8Array;
  readonly frames: readonly Frame[];
}

/** Sends HELLO until a reply has come, and keeps all that came, frames or not. */
async function listen(port: Port): Promise<Heard> {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let bytes = new Uint8Array(0);
  let replied = () => {};
  const reply = new Promise<void>((resolve) => {
    replied = resolve;
  });
  port.onData((more) => {
    // Enough to judge; a chattering line must not fill the memory.
    if (bytes.length < 65536) bytes = Buffer.concat([bytes, more]);
    frames.push(...reader.push(more));
    if (frames.some((frame) => frame.status !== undefined)) replied();
  });
  const session = randomInt(0x10000);
  for (let sequence = 0; sequence < HELLOS; sequence++) {
    const hello = { command: commandCode.HELLO, status: undefined, session, sequence, argument: 0 };
    await port.write(encodeFrame({ ...hello, data: new Uint8Array(0) }));
    const done = await Promise.race([
      reply.then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), WAIT_MS)),
    ]);
    if (done) break;
  }
  return { bytes, frames };
}

/** What was heard, if it is no reply of this protocol version. */
export function judge({ bytes, frames }: Heard): Answer | undefined {
  const reply = frames.find((frame) => frame.status !== undefined);
  if (reply?.version === LINK_VERSION) return undefined;
  if (reply) return { kind: "version", version: reply.version };
  if (frames.length > 0) return { kind: "echo" };
  if (bytes.length === 0) return { kind: "silent" };
  const sample = String.fromCharCode(...bytes.subarray(0, SAMPLE_BYTES));
  return { kind: "noise", bytes: bytes.length, sample: sample.replace(/[^\x20-\x7e]/g, "·") };
}

/** Asks whatever is at a port who it is: HELLO and STATUS, which change nothing on a device. */
export async function probe(path: string, baudRate?: number): Promise<Answer> {
  let port: Port;
  try {
    port = await openPort(path, { baudRate });
  } catch (error) {
    if (!(error instanceof NomulError)) throw error;
    return { kind: "closed", code: error.code, message: error.message };
  }
  try {
    const foreign = judge(await listen(port));
    if (foreign) return foreign;
    const device = await Device.open(port);
    const { board, deviceKind, firmware } = device.info;
    const { slotState } = await device.status();
    return { kind: "device", board, fpga: deviceKind === KIND_FPGA, firmware, slotState };
  } catch (error) {
    if (!(error instanceof NomulError)) throw error;
    const { code, message } = error;
    if (code === "E_LINK_TIMEOUT") return { kind: "silent" };
    return code === "E_PORT_LOST"
      ? { kind: "closed", code, message }
      : { kind: "refused", message };
  } finally {
    await port.close();
  }
}
