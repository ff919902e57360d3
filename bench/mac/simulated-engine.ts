import { NomulError } from "../../host/errors.ts";
import { PINS } from "./model.ts";
import type { PackedNetwork } from "./pack.ts";

interface Model {
  reset(): void;
  step(inputs: number): number;
}

/** Clocks after which an inference is given up. */
const MOST_CLOCKS = 1 << 20;

/** The plain engine's own Verilog, clock by clock. */
export class SimulatedEngine {
  readonly #model: Model;
  #network: PackedNetwork | undefined;

  /** @param module of buildModel */
  constructor(module: WebAssembly.Module) {
    this.#model = new WebAssembly.Instance(module).exports as unknown as Model;
  }

  /** Power-on, then writes the weight memory. */
  load(network: PackedNetwork): void {
    this.#model.reset();
    network.bytes.forEach((byte, i) => {
      const lane = 1 << (PINS.weightWrite + (i & 7));
      this.#model.step(lane | ((i >> 3) << PINS.address) | (byte << PINS.data));
    });
    this.#network = network;
  }

  /**
   * @param input u8
   * @returns the loaded network's outputs, and the clocks that the engine was busy
   * @throws NomulError E_INTERNAL if it never ended
   */
  infer(input: Uint8Array): { outputs: Int16Array; cycles: number } {
    const { outputHalf, outputs } = this.#network!;
    input.forEach((byte, i) => {
      this.#model.step((1 << PINS.write) | (i << PINS.address) | (byte << PINS.data));
    });
    this.#model.step(1 << PINS.start);
    let cycles = 0;
    while ((this.#model.step(0) >> PINS.busy) & 1) {
      if (++cycles === MOST_CLOCKS) {
        throw new NomulError("E_INTERNAL", "the simulated engine did not end", {
          where: "bench/mac",
          next: "This is a defect of its Verilog or of the packed network.",
        });
      }
    }
    return {
      outputs: Int16Array.from({ length: outputs }, (_, i) => this.#half(outputHalf + i)),
      cycles,
    };
  }

  /** The memory answers at the next clock, and step() gives what was before its own. */
  #half(index: number): number {
    this.#model.step(index << PINS.address);
    return (this.#model.step(0) << 16) >> 16;
  }
}
