/** Checks of whether a port may be opened: it is there, we may, and nobody else has it. */
import { exitCodes } from "../errors.ts";
import type { Holder, MachineFacts, PortFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

export function checkMissing({ path, access, usb, answer }: PortFacts): Finding[] {
  const absent = access
    ? !access.exists
    : answer?.kind === "closed" && answer.code === "E_PORT_MISSING";
  if (!absent) return [];
  const remedy = usb
    ? [
        "The kernel has the port, this file system has not: in a container pass it through,",
        `docker run --device ${path} (again after every time the board was plugged in).`,
      ]
    : ["nomul ports lists what is there; sim:icebreaker needs no board."];
  return [
    {
      name: "missing",
      port: path,
      problem: "there is no such port",
      remedy,
      exitCode: exitCodes.noDevice,
    },
  ];
}

/** The udev rules that give whoever sits at the machine access to a port, or to all known boards. */
export function udevRules({ usb }: Pick<PortFacts, "usb">, machine: MachineFacts): string[] {
  const ids = usb ? [usb] : machine.boards;
  return [...new Set(ids.map((id) => `${id.vendorId}:${id.productId}`))].map((id) => {
    const [vendorId, productId] = id.split(":");
    return `SUBSYSTEM=="tty", ATTRS{idVendor}=="${vendorId}", ATTRS{idProduct}=="${productId}", MODE="0660", TAG+="uaccess"`;
  });
}

/** Group read and write. */
const GROUP_RW = 0o060;

export function checkPermission(port: PortFacts, machine: MachineFacts): Finding[] {
  const { path, access, answer } = port;
  const refused = answer?.kind === "closed" && answer.code === "E_PORT_PERMISSION";
  const finding = { name: "no-permission", port: path, exitCode: exitCodes.permission } as const;
  if (!access && refused) {
    const problem = "the system refuses to open it";
    const remedy = ["Close the program that has it open: Windows says so for that, too."];
    return [{ ...finding, problem, remedy }];
  }
  if (!access?.exists || (access.allowed && !refused)) return [];
  const { group } = access;
  const mode = access.mode.toString(8).padStart(4, "0");
  if (access.allowed) {
    return [
      {
        ...finding,
        problem: `the file's mode ${mode} allows ${machine.user} to open it, but the system refuses`,
        remedy: [`In a container pass the device itself, not its folder: --device ${path}.`],
      },
    ];
  }
  const problem = `${machine.user} may not open it: group ${group}, mode ${mode}`;
  if (machine.memberOf.includes(group) && !machine.groups.includes(group)) {
    const remedy = [`${machine.user} is in ${group} from the next login on: log out and in again.`];
    return [{ ...finding, problem, remedy }];
  }
  // Joining the group of root would open much more than a port.
  const joining = group !== "root" && (access.mode & GROUP_RW) === GROUP_RW;
  const rules = [
    `${joining ? "Or a" : "A"} udev rule, in /etc/udev/rules.d/70-nomul.rules (the number must be below 73):`,
    ...udevRules(port, machine),
    "sudo udevadm control --reload-rules && sudo udevadm trigger",
  ];
  const join = [
    `sudo usermod -aG ${group} ${machine.user}`,
    "Then log out and in again: groups are read at login.",
  ];
  return [{ ...finding, problem, remedy: joining ? [...join, ...rules] : rules }];
}

const holderText = ({ pid, command }: Holder) => `process ${pid} (${command || "command unknown"})`;

/** A port that is locked, or that somebody else reads so that replies get lost. */
export function checkBusy({ path, holders, answer }: PortFacts): Finding[] {
  const locked = answer?.kind === "closed" && answer.code === "E_PORT_BUSY";
  const unheard = answer?.kind === "silent" || answer?.kind === "noise";
  if (!locked && !(unheard && holders.length > 0)) return [];
  const who = holders.map(holderText).join(", ");
  const remedy =
    holders.length > 0
      ? [`Close it, or: kill ${holders.map((holder) => holder.pid).join(" ")}`]
      : [`Another user's process has it: sudo fuser -v ${path} tells which.`];
  const problem = locked
    ? `the port is in use${who && ` by ${who}`}`
    : `${who} has the port open too and may take the replies`;
  return [{ name: "busy", port: path, problem, remedy, exitCode: exitCodes.permission }];
}
