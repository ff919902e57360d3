import { checkAnswers, checkImage, checkVersion } from "./answer.ts";
import { collectFacts } from "./collect.ts";
import { type MachineFacts, machinePlaces, type Places, type PortFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { checkAmbiguous, checkAnyBoard, checkPortsExist, checkUdevadm } from "./machine-checks.ts";
import { checkBusy, checkMissing, checkPermission } from "./permission.ts";

export interface DoctorOptions {
  /** Ports to look at; default: all USB serial ports, of which those of known boards are asked. */
  readonly ports?: readonly string[] | undefined;
  /** Line rate, bits a second. */
  readonly baudRate?: number | undefined;
  /** Where the machine keeps its files; default: where this system does. */
  readonly places?: Partial<Places> | undefined;
}

export interface Diagnosis {
  /** Nothing is wrong; there may be notes. */
  readonly ok: boolean;
  /** The highest of the findings'. */
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  readonly facts: MachineFacts;
}

const machineChecks = [checkPortsExist, checkAnyBoard, checkUdevadm, checkAmbiguous];
const portChecks: readonly ((port: PortFacts, machine: MachineFacts) => Finding[])[] = [
  checkMissing,
  checkPermission,
  checkBusy,
  checkAnswers,
  checkVersion,
  checkImage,
];

/** Judges facts; the same facts always give the same findings. */
export function judgeFacts(facts: MachineFacts): Diagnosis {
  const findings = [
    ...machineChecks.flatMap((check) => check(facts)),
    ...facts.ports.flatMap((port) => portChecks.flatMap((check) => check(port, facts))),
  ];
  const exitCode = Math.max(0, ...findings.map((finding) => finding.exitCode));
  return { ok: exitCode === 0, exitCode, findings, facts };
}

/**
 * Says what is wrong with this machine's ports and how to put it right. Sends HELLO and STATUS to
 * ports of known boards and to named ones, nothing to others; changes nothing.
 */
export async function diagnose({
  ports = [],
  baudRate,
  places,
}: DoctorOptions = {}): Promise<Diagnosis> {
  return judgeFacts(await collectFacts(ports, baudRate, { ...machinePlaces(), ...places }));
}
