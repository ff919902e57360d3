import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { AccessFacts, Places } from "./facts.ts";

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Lines `name:password:gid:member,member`. */
function readGroups({ group }: Places): Group[] {
  if (!existsSync(group)) return [];
  return readFileSync(group, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter((parts) => parts.length >= 4)
    .map(([name, , gid, members]) => ({ name, gid: Number(gid), members: members.split(",") }));
}

const nameOf = (gid: number, groups: readonly Group[]) =>
  groups.find((group) => group.gid === gid)?.name ?? String(gid);

/** Groups of this process, by name. */
export function processGroups(places: Places): string[] {
  const groups = readGroups(places);
  const gids = [process.getgid?.(), ...(process.getgroups?.() ?? [])];
  return [...new Set(gids.filter((gid) => gid !== undefined).map((gid) => nameOf(gid, groups)))];
}

/** Groups that the group file lists a user in. */
export const groupsOfUser = (user: string, places: Places): string[] =>
  readGroups(places)
    .filter((group) => group.members.includes(user))
    .map((group) => group.name);

export function accessFacts(path: string, places: Places): AccessFacts {
  if (!existsSync(path)) return { exists: false, allowed: false, group: "", mode: 0 };
  const { gid, mode } = statSync(path);
  let allowed = true;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    allowed = false;
  }
  return { exists: true, allowed, group: nameOf(gid, readGroups(places)), mode: mode & 0o777 };
}

/** Where a program is. @returns undefined if it is in none of the folders */
export function findProgram(name: string, { programs }: Places): string | undefined {
  return programs
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Names of a folder, none if there is no such folder or it may not be read. */
export function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
