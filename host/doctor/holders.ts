import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { entries } from "./access.ts";
import type { Holder, Places } from "./facts.ts";

/** Characters of a command line that are shown. */
const COMMAND_MAX = 80;

function commandLine(folder: string): string {
  try {
    const words = readFileSync(join(folder, "cmdline"), "utf8")
      .replace(/[\0\s]+/g, " ")
      .trim();
    return words.length > COMMAND_MAX ? `${words.slice(0, COMMAND_MAX)}…` : words;
  } catch {
    return "";
  }
}

function isLinkTo(link: string, target: string): boolean {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false; // closed meanwhile
  }
}

/**
 * Other processes that have a file open (Linux: /proc/<pid>/fd). Processes of other users are only
 * seen by root.
 */
export function findHolders(path: string, { proc }: Places): Holder[] {
  let target: string;
  try {
    target = realpathSync(path);
  } catch {
    return [];
  }
  return entries(proc)
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const folder = join(proc, pid, "fd");
      return entries(folder).some((fd) => isLinkTo(join(folder, fd), target));
    })
    .map((pid) => ({ pid: Number(pid), command: commandLine(join(proc, pid)) }))
    .sort((a, b) => a.pid - b.pid);
}
