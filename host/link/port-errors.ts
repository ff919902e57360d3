import { existsSync } from "node:fs";
import { NomulError } from "../errors.ts";

const permissionRemedy =
  process.platform === "linux"
    ? 'Join the group that owns the port (ls -l shows it; Debian: sudo usermod -aG dialout $USER, then log in again) or add a udev rule with MODE="0660", TAG+="uaccess" for the device.'
    : "Give your user access to the port, or close the program that holds it.";

/**
 * The typed error for a port that did not open.
 * @param error what serialport's binding threw; its message is the only thing that tells the reasons
 *   apart
 */
export function openError(path: string, error: Error): NomulError {
  // A simulator's own errors (unknown board, build failed) say more already.
  if (error instanceof NomulError) return error;
  const { message } = error;
  const detail = { where: path, cause: error };
  if (/lock|busy|in use/i.test(message)) {
    return new NomulError("E_PORT_BUSY", "the port is in use", {
      ...detail,
      next: "Close the program that has it open (terminal, other nomul); on Linux, fuser -v shows it.",
    });
  }
  if (/permission|access denied|EACCES|EPERM/i.test(message)) {
    return new NomulError("E_PORT_PERMISSION", "no permission to open the port", {
      ...detail,
      next: permissionRemedy,
    });
  }
  const missing = /no such|not found|cannot find|unknown error code/i.test(message);
  if (missing || (path.startsWith("/") && !existsSync(path))) {
    return new NomulError("E_PORT_MISSING", "there is no such port", {
      ...detail,
      next: "nomul ports lists what is there; sim:icebreaker needs no board.",
    });
  }
  return new NomulError("E_PORT_MISSING", `the port does not open: ${message}`, {
    ...detail,
    next: "Check that the path is a serial port; nomul ports lists those that are.",
  });
}
