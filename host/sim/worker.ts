// Worker thread that steps one simulated board: in batches while something happens, not at all while
// line and engine are silent.
import { parentPort, workerData } from "node:worker_threads";
import { Machine, type MemoryName } from "./machine.ts";

export interface WorkerData {
  readonly path: string;
  /** Clock cycles between two looks at the messages. */
  readonly batchCycles: number;
}

export interface SimulatorStats {
  /** Clock cycles since power-on. Silence is not stepped and not counted. */
  readonly cycles: number;
  /** Time spent stepping. */
  readonly seconds: number;
  readonly cyclesPerSecond: number;
}

export type WorkerRequest =
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  | { readonly kind: "drain" }
  | { readonly kind: "flush" }
  | { readonly kind: "stats" }
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

function serve(port: NonNullable<typeof parentPort>, { path, batchCycles }: WorkerData): void {
  const machine = new Machine(path);
  const writes: Write[] = [];
  const drains: number[] = [];
  let milliseconds = 0;
  let stepping = false;

  const post = (message: WorkerMessage) => port.postMessage(message);
  const answer = (id: number, value: unknown = undefined) => post({ kind: "answer", id, value });

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

  function step(): void {
    pushWrites();
    const start = performance.now();
    const silent = machine.run(batchCycles);
    milliseconds += performance.now() - start;
    for (let bytes = machine.pop(); bytes.length > 0; bytes = machine.pop()) {
      post({ kind: "data", bytes });
    }
    stepping = !silent || writes.length > 0;
    if (stepping) setImmediate(step);
    else for (const id of drains.splice(0)) answer(id);
  }

  function wake(): void {
    if (stepping) return;
    stepping = true;
    setImmediate(step);
  }

  port.on("message", ({ id, ...request }: WorkerRequest & { readonly id: number }) => {
    if (request.kind === "write") {
      writes.push({ id, bytes: request.bytes });
      wake();
    } else if (request.kind === "drain") {
      drains.push(id);
      wake();
    } else if (request.kind === "flush") {
      for (const write of writes.splice(0)) answer(write.id);
      answer(id);
    } else if (request.kind === "stats") {
      const seconds = milliseconds / 1000;
      const cyclesPerSecond = seconds > 0 ? machine.cycles / seconds : 0;
      answer(id, { cycles: machine.cycles, seconds, cyclesPerSecond } satisfies SimulatorStats);
    } else {
      answer(id, machine.poke(request.memory, request.address, request.bit));
    }
  });
  // The gateware's own start-up runs before the first byte arrives.
  wake();
}

if (parentPort) serve(parentPort, workerData);
