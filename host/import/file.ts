import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { NomulError } from "../errors.ts";

/** @throws NomulError E_FILE_MISSING */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : `it can't be read (${code})`;
    throw new NomulError("E_FILE_MISSING", why, {
      where: path,
      next: "Check the path.",
      cause: error,
    });
  }
}

/** As `readInput`, unpacked when it is gzip. @throws NomulError E_FILE_MISSING, E_NPY_TRUNCATED */
export function readUnpacked(path: string): Uint8Array {
  const bytes = readInput(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new NomulError("E_NPY_TRUNCATED", "the gzip file is broken or ends too early", {
      where: path,
      next: "Copy or save the file again.",
      cause: error,
    });
  }
}

/** Finds out before long work whether its result can be written. @throws NomulError E_FILE_WRITE */
export function checkWritable(path: string): void {
  const part = `${path}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(part, "");
    rmSync(part);
  } catch (error) {
    throw notWritten(path, error);
  }
}

const notWritten = (path: string, error: unknown) =>
  new NomulError("E_FILE_WRITE", `can't be written (${(error as NodeJS.ErrnoException).code})`, {
    where: path,
    next: "Choose a folder you may write to.",
    cause: error,
  });

/** Writes a whole file or nothing. @throws NomulError E_FILE_WRITE */
export function writeOutput(path: string, bytes: Uint8Array): void {
  const part = `${path}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(part, bytes);
    renameSync(part, path);
  } catch (error) {
    if (existsSync(part)) rmSync(part);
    throw notWritten(path, error);
  }
}
