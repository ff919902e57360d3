import type { Diagnosis } from "../doctor/doctor.ts";
import type { MachineFacts, PortFacts } from "../doctor/facts.ts";

function portLine({ path, usb, board, answer }: PortFacts, { boards }: MachineFacts): string {
  const name = boards.find((b) => b.id === board)?.name ?? usb?.product;
  const ids = usb && `${usb.vendorId}:${usb.productId}`;
  const serial = usb?.serialNumber && `serial number ${usb.serialNumber}`;
  const about = [name, ids, serial].filter((text) => text).join(", ");
  const said =
    answer === undefined
      ? "not asked"
      : answer.kind === "device"
        ? `${answer.board} answers`
        : "no device of nomul's answers";
  return `${path}: ${about && `${about}; `}${said}`;
}

/** A diagnosis for people: the ports, then each problem with its remedy. */
export function doctorText({ ok, findings, facts }: Diagnosis): string {
  const blocks = findings.map(({ name, port, problem, remedy, exitCode }) => {
    const head = `${exitCode === 0 ? "note" : "problem"} ${name}${port ? ` at ${port}` : ""}: ${problem}`;
    return [head, ...remedy.map((step) => `    ${step}`)].join("\n");
  });
  const ports = facts.ports.map((port) => portLine(port, facts)).join("\n");
  const verdict = ok ? "Nothing is wrong." : "";
  return [ports, ...blocks, verdict].filter((block) => block !== "").join("\n\n");
}
