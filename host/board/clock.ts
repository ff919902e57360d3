/** The clock facts of a board that this file judges. */
export interface ClockFacts {
  readonly hz: number;
  readonly generator: "pin" | "pll-pad" | "pll-core" | "hfosc";
  readonly pin: string | null;
  readonly pinHz: number | null;
}

/** Parameters of an iCE40 PLL in simple feedback: out = in (divf + 1) / (2^divq (divr + 1)). */
export interface PllSettings {
  readonly divr: number;
  readonly divf: number;
  readonly divq: number;
  readonly filterRange: number;
}

// Lattice, iCE40 sysCLOCK PLL Design and Usage Guide: ranges of the phase detector's input and of the VCO.
const PFD_HZ = [10e6, 133e6];
const VCO_HZ = [533e6, 1066e6];
/** Upper ends of the phase detector's input for filter ranges 1 to 5; 6 above. */
const FILTER_HZ = [17e6, 26e6, 44e6, 66e6, 101e6];

const within = (value: number, [low, high]: number[]) => value >= low && value <= high;

/** Settings that make exactly `outHz` out of `inHz`; undefined if there are none. */
export function pllSettings(inHz: number, outHz: number): PllSettings | undefined {
  for (let divr = 0; divr < 16; divr++) {
    const pfd = inHz / (divr + 1);
    if (!within(pfd, PFD_HZ)) continue;
    const filter = FILTER_HZ.findIndex((end) => pfd < end);
    const filterRange = filter < 0 ? FILTER_HZ.length + 1 : filter + 1;
    for (let divq = 1; divq <= 6; divq++) {
      const vco = outHz * 2 ** divq;
      const divf = vco / pfd - 1;
      if (!within(vco, VCO_HZ) || !Number.isInteger(divf) || divf > 127) continue;
      return { divr, divf, divq, filterRange };
    }
  }
  return undefined;
}

const HFOSC_HZ = [48e6, 24e6, 12e6, 6e6];

/** CLKHF_DIV of SB_HFOSC: 48 MHz / 2^n; -1 for any other rate. */
export const hfoscDivider = (hz: number): number => HFOSC_HZ.indexOf(hz);

/** What is wrong with how a board says its clock is made, or undefined. */
export function clockProblem(clock: ClockFacts, device: string): string | undefined {
  const { generator, hz, pin, pinHz } = clock;
  if (generator === "hfosc") {
    if (pin !== null || pinHz !== null) return "is the oscillator inside: pin and pinHz are null";
    if (device !== "up5k") return `is not in ${device}`;
    return hfoscDivider(hz) < 0 ? "makes 48, 24, 12 or 6 MHz only" : undefined;
  }
  if (pin === null || pinHz === null) return "needs clock.pin and clock.pinHz";
  if (generator === "pin") return pinHz === hz ? undefined : "leaves clock.pinHz as it is";
  return pllSettings(pinHz, hz) ? undefined : `cannot make exactly ${hz} Hz of ${pinHz} Hz`;
}
