import { NomulError } from "../../host/errors.ts";
import type { PackedNetwork } from "./pack.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  staging(): number;
  load(count: number): void;
  infer(inputs: number, outputHalf: number, outputs: number): number;
}

/** The model has no files and no clock: whatever libc asks for is a defect. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`the simulated engine stopped in ${name}`);
    };
  }
  return imports;
}

/** The plain engine's own Verilog, clock by clock. */
export class SimulatedEngine {
  readonly #wasm: Exports;
  #network: PackedNetwork | undefined;

  /** @param module of buildModel */
  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, importsOf(module));
    this.#wasm = instance.exports as unknown as Exports;
    this.#wasm._initialize();
  }

  /** Writes the weight memory. */
  load(network: PackedNetwork): void {
    this.#staging(network.bytes.length).set(network.bytes);
    this.#wasm.load(network.bytes.length);
    this.#network = network;
  }

  /**
   * @param input u8
   * @returns the loaded network's outputs, and the clocks that the engine was busy
   * @throws NomulError E_INTERNAL if it never ended
   */
  infer(input: Uint8Array): { outputs: Int16Array; cycles: number } {
    const { outputHalf, outputs } = this.#network!;
    this.#staging(input.length).set(input);
    const cycles = this.#wasm.infer(input.length, outputHalf, outputs);
    if (cycles === 0) {
      throw new NomulError("E_INTERNAL", "the simulated engine did not end", {
        where: "bench/mac",
        next: "This is a defect of its Verilog or of the packed network.",
      });
    }
    const bytes = this.#staging(2 * outputs);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return {
      outputs: Int16Array.from({ length: outputs }, (_, i) => view.getInt16(2 * i, true)),
      cycles,
    };
  }

  #staging(bytes: number): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, this.#wasm.staging(), bytes);
  }
}
