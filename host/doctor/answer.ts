/** Checks of what is at the other end of a port: a device of ours, of this version, with an image. */
import { exitCodes } from "../errors.ts";
import { LINK_VERSION } from "../link/frame.ts";
import type { MachineFacts, PortFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { boardsOf, carriesUart } from "./usb.ts";

const rates = (baudRate: number) =>
  `nomul's gateware answers at the rate it was built for (boards/*.json: baud.gateware); asked at ${baudRate}. Another: --baud RATE.`;

/** A board's other channel never answers: say where its UART is. */
function otherInterface({ usb }: PortFacts, { boards }: MachineFacts): string[] {
  if (!usb) return [];
  return boardsOf(usb, boards)
    .filter((board) => !carriesUart(usb, board))
    .map(
      (board) =>
        `This is USB interface ${usb.interface}; the UART of ${board.name} is on interface ${board.usbInterface}: take the board's other port.`,
    );
}

export function checkAnswers(port: PortFacts, machine: MachineFacts): Finding[] {
  const { path: where, answer } = port;
  const exitCode = exitCodes.noDevice;
  const program = "Program the board with nomul's gateware (docs/gateware.md).";
  switch (answer?.kind) {
    case "silent": {
      const problem = "nothing answers";
      const remedy = [...otherInterface(port, machine), program, rates(machine.baudRate)];
      return [{ name: "silent", port: where, problem, remedy, exitCode }];
    }
    case "noise": {
      const problem = `something answers that is not nomul: ${answer.bytes} bytes, "${answer.sample}"`;
      const remedy = [
        "Readable text: the board runs another program, or this is another device.",
        "Unreadable: most likely another line rate.",
        program,
        rates(machine.baudRate),
      ];
      return [{ name: "not-nomul", port: where, problem, remedy, exitCode }];
    }
    case "echo": {
      const problem = "the port returns what is sent to it";
      const remedy = [
        "RX and TX are joined, or the other end is a terminal that echoes: check the wiring.",
      ];
      return [{ name: "echo", port: where, problem, remedy, exitCode }];
    }
    case "closed": {
      const told = ["E_PORT_MISSING", "E_PORT_PERMISSION", "E_PORT_BUSY"].includes(answer.code);
      if (told && !(answer.code === "E_PORT_MISSING" && port.access?.exists)) return [];
      const remedy = ["Check that it is a serial port, and plug the board in again."];
      const { message } = answer;
      return [{ name: "unusable", port: where, problem: message, remedy, exitCode }];
    }
    default:
      return [];
  }
}

const hex = (crc: number) => crc.toString(16).padStart(8, "0");

export function checkVersion(port: PortFacts, { firmware }: MachineFacts): Finding[] {
  const { path, answer } = port;
  const finding = {
    name: "wrong-version",
    port: path,
    remedy: [
      "Program the board with the gateware of this nomul, or install the nomul it was made by.",
    ],
    exitCode: exitCodes.version,
  } as const;
  if (answer?.kind === "version") {
    const problem = `the device speaks protocol ${answer.version}, this nomul speaks ${LINK_VERSION}`;
    return [{ ...finding, problem }];
  }
  if (answer?.kind === "refused") return [{ ...finding, problem: answer.message }];
  if (answer?.kind !== "device") return [];
  if (port.board !== undefined && port.board !== answer.board) {
    const problem = `the device says it is "${answer.board}", its USB ids say "${port.board}"`;
    return [{ ...finding, name: "wrong-board", problem }];
  }
  if (!answer.fpga || answer.firmware === firmware) return [];
  const problem = `gateware ${hex(answer.firmware)}, this nomul's is ${hex(firmware)}`;
  return [{ ...finding, problem }];
}

/** Notes: a device without an image is sound, it only has nothing to run. */
export function checkImage({ path, answer }: PortFacts): Finding[] {
  if (answer?.kind !== "device" || answer.slotState === "committed") return [];
  const empty = answer.slotState === "empty";
  return [
    {
      name: empty ? "no-image" : "unfinished-transfer",
      port: path,
      problem: empty
        ? "the device holds no image"
        : "a transfer broke off: the device runs nothing until it is completed",
      remedy: [`nomul flash IMAGE --port ${path}${empty ? "" : "  (sends only what is missing)"}`],
      exitCode: exitCodes.ok,
    },
  ];
}
