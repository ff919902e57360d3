import { NomulError } from "../errors.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1000,
  KiB: 1024,
  MB: 1e6,
  MiB: 1 << 20,
};

/** "128KiB" → 131072. @throws NomulError E_USAGE */
export function byteSize(name: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (number !== undefined && factor !== undefined) return Math.floor(Number(number) * factor);
  throw new NomulError("E_USAGE", `"${text}" is no number of bytes`, {
    where: name,
    next: "Give for example 131072, 128KiB or 64kB.",
  });
}
