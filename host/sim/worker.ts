// Worker thread that steps one simulated board: in batches while something happens, not at all while
// line and engine are silent.
import { parentPort, workerData } from "node:worker_threads";
import type { MemoryName } from "./arrays.ts";
import { Machine, type PowerCut } from "./machine.ts";

export interface WorkerData {
  readonly path: string;
  /** Clock cycles between two looks at the messages. */
  readonly batchCycles: number;
}

export interface SimulatorStats {
  /** Clock cycles since the first power-on. Silence is not stepped and not counted. */
  readonly cycles: number;
  /** Time spent stepping. */
  readonly seconds: number;
  readonly cyclesPerSecond: number;
  /** Times that power was cut or taken away. */
  readonly powerCycles: number;
  /** Program and erase operations of the flash chip. */
  readonly flashOperations: number;
}

export type WorkerRequest =
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  | { readonly kind: "drain" }
  | { readonly kind: "flush" }
  | { readonly kind: "stats" }
  | { readonly kind: "line"; readonly clocks: number }
  | { readonly kind: "latency"; readonly cycles: number }
  | { readonly kind: "power-cycle" }
  | { readonly kind: "power-cut"; readonly cut: PowerCut }
  | { readonly kind: "fit-flash"; readonly present: boolean }
  | { readonly kind: "read-flash"; readonly offset: number; readonly length: number }
  | { readonly kind: "write-flash"; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "poke";
      readonly memory: MemoryName;
      readonly address: number;
      readonly bit: number;
    };

export type WorkerMessage =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown };

interface Write {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** Bytes of the device that the line's latency still holds back. */
interface Held {
  readonly dueCycle: number;
  readonly bytes: Uint8Array;
}

/** With a latency to keep, batches are this much shorter: 1/12 ms at 12 MHz. */
const FINE_BATCHES = 8;

function serve(port: NonNullable<typeof parentPort>, { path, batchCycles }: WorkerData): void {
  const machine = new Machine(path);
  const writes: Write[] = [];
  const drains: number[] = [];
  const held: Held[] = [];
  let latencyCycles = 0;
  /** Cycles of earlier power-ons: time goes on when power is cut. */
  let earlierCycles = 0;
  let powerCycles = 0;
  let milliseconds = 0;
  let stepping = false;

  const post = (message: WorkerMessage) => port.postMessage(message);
  const answer = (id: number, value: unknown = undefined) => post({ kind: "answer", id, value });
  const cycles = () => earlierCycles + machine.cycles;

  function pushWrites(): void {
    while (writes.length > 0) {
      const { id, bytes } = writes[0];
      const taken = machine.push(bytes);
      if (taken < bytes.length) {
        writes[0] = { id, bytes: bytes.subarray(taken) };
        return;
      }
      writes.shift();
      answer(id);
    }
  }

  function deliver(): void {
    for (let bytes = machine.pop(); bytes.length > 0; bytes = machine.pop()) {
      held.push({ dueCycle: cycles() + latencyCycles, bytes });
    }
    while (held.length > 0 && held[0].dueCycle <= cycles()) {
      post({ kind: "data", bytes: held.shift()!.bytes });
    }
  }

  function powerCycle(): void {
    powerCycles++;
    earlierCycles = cycles();
    machine.powerCycle();
  }

  function step(): void {
    pushWrites();
    const batch = latencyCycles > 0 ? batchCycles / FINE_BATCHES : batchCycles;
    const start = performance.now();
    const end = machine.run(batch, held.length > 0);
    milliseconds += performance.now() - start;
    deliver();
    if (end === "power-cut") powerCycle();
    stepping = end !== "silent" || writes.length > 0 || held.length > 0;
    if (stepping) setImmediate(step);
    else for (const id of drains.splice(0)) answer(id);
  }

  function wake(): void {
    if (stepping) return;
    stepping = true;
    setImmediate(step);
  }

  function stats(): SimulatorStats {
    const seconds = milliseconds / 1000;
    return {
      cycles: cycles(),
      seconds,
      cyclesPerSecond: seconds > 0 ? cycles() / seconds : 0,
      powerCycles,
      flashOperations: machine.flashOperations,
    };
  }

  port.on("message", ({ id, ...request }: WorkerRequest & { readonly id: number }) => {
    switch (request.kind) {
      case "write":
        writes.push({ id, bytes: request.bytes });
        return wake();
      case "drain":
        drains.push(id);
        return wake();
      case "flush":
        for (const write of writes.splice(0)) answer(write.id);
        return answer(id);
      case "stats":
        return answer(id, stats());
      case "poke":
        return answer(id, machine.poke(request.memory, request.address, request.bit));
      case "line":
        return answer(id, machine.setLine(request.clocks));
      case "latency":
        latencyCycles = request.cycles;
        return answer(id);
      case "power-cycle":
        powerCycle();
        wake();
        return answer(id);
      case "power-cut":
        return answer(id, machine.cutPower(request.cut));
      case "fit-flash":
        return answer(id, machine.fitFlash(request.present));
      case "read-flash":
        return answer(id, machine.readFlash(request.offset, request.length));
      case "write-flash":
        return answer(id, machine.writeFlash(request.offset, request.bytes));
    }
  });
  // The gateware's own start-up runs before the first byte arrives.
  wake();
}

if (parentPort) serve(parentPort, workerData);
