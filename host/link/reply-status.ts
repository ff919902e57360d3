import { NomulError } from "../errors.ts";
import { commands, statusCodes } from "../spec/link.ts";
import { type CommandName, type Frame, LINK_VERSION } from "./frame.ts";

/**
 * What a device refuses becomes an error in words.
 * @param where the port
 * @throws NomulError E_LINK_VERSION, E_DEVICE_STATUS
 */
export function checkReply(command: CommandName, reply: Frame, where: string): void {
  if (reply.version !== LINK_VERSION) {
    throw new NomulError(
      "E_LINK_VERSION",
      `the device speaks protocol ${reply.version}, this nomul speaks ${LINK_VERSION}`,
      { where, next: "Program the board with the gateware of this nomul version." },
    );
  }
  if (reply.status === 0) return;
  const status = statusCodes.find((s) => s.value === reply.status);
  const { doc } = commands.find((c) => c.name === command)!;
  throw new NomulError(
    "E_DEVICE_STATUS",
    `${command} was refused: ${status ? `${status.name}, ${status.doc}` : `status ${reply.status}`}`,
    { where, next: `${command}: ${doc}. Ask "nomul verify" what the device holds.` },
  );
}
