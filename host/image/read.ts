import { createHash } from "node:crypto";
import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import type { Program } from "../reference/program.ts";
import { imageConstants, imageHeader, imageMagic } from "../spec/image.ts";
import { placeFields } from "../spec/layout.ts";
import { decodeInput, inputBytes } from "./input.ts";
import type { Manifest } from "./manifest.ts";
import type { StepPlan } from "./plan.ts";
import { readDevicePart } from "./read-device.ts";
import { readRecord } from "./record.ts";

export interface GoldenVector {
  /** [D] of the first layer */
  readonly input: Int16Array;
  /** [M] of the last layer */
  readonly output: Int16Array;
}

/** A table image that has been checked from end to end. */
export interface TableImage {
  readonly program: Program;
  /** Where the file places each step; another writer may place them otherwise than planProgram. */
  readonly steps: readonly StepPlan[];
  /** Program and tables, exactly as a device holds them. */
  readonly device: Uint8Array;
  readonly deviceCrc: number;
  /** Byte of the device part where its table section starts. */
  readonly tableOffset: number;
  readonly arenaElements: number;
  readonly manifest: Manifest;
  readonly golden: readonly GoldenVector[];
  readonly totalBytes: number;
  /** Hex; names the image in reports. */
  readonly sha256: string;
}

const corrupt = (field: string, message: string, name: string) =>
  new NomulError("E_IMAGE_CORRUPT", `${field}: ${message}`, {
    where: name,
    next: "Write the image again with nomul fit, or copy it again in binary mode.",
  });

function checkedHeader(bytes: Uint8Array, name: string) {
  const magicFits = imageMagic.every((b, i) => i >= bytes.length || bytes[i] === b);
  if (!magicFits || bytes.length === 0) {
    throw new NomulError("E_IMAGE_FORMAT", "magic: this is not a nomul table image", {
      where: name,
      next: "Give a *.nomul file written by nomul fit.",
    });
  }
  if (bytes.length < imageHeader.bytes) {
    throw new NomulError(
      "E_IMAGE_TRUNCATED",
      `header: ${bytes.length} bytes, the header alone has ${imageHeader.bytes}`,
      { where: name, next: "Copy the image again." },
    );
  }
  const header = readRecord(imageHeader, bytes);
  if (header.format > imageConstants[0].value) {
    throw new NomulError(
      "E_IMAGE_NEWER",
      `format: version ${header.format}, this nomul reads up to ${imageConstants[0].value}`,
      { where: name, next: "Update nomul, or write the image again with this version." },
    );
  }
  if (header.format === 0) throw corrupt("format", "version 0 does not exist", name);
  if (header.headerBytes !== imageHeader.bytes) {
    throw corrupt("headerBytes", `${header.headerBytes}, expected ${imageHeader.bytes}`, name);
  }
  if (bytes.length < header.totalBytes) {
    throw new NomulError(
      "E_IMAGE_TRUNCATED",
      `totalBytes: the header says ${header.totalBytes}, the file has ${bytes.length}`,
      { where: name, next: "Copy the image again." },
    );
  }
  if (bytes.length > header.totalBytes) {
    throw corrupt("totalBytes", `${header.totalBytes}, the file has ${bytes.length}`, name);
  }
  const parts = header.headerBytes + header.deviceBytes + header.manifestBytes + header.goldenBytes;
  if (parts !== header.totalBytes) {
    throw corrupt("totalBytes", `${header.totalBytes}, but the parts add up to ${parts}`, name);
  }
  return header;
}

function checkSha256(bytes: Uint8Array, expected: readonly number[], name: string): string {
  const field = placeFields(imageHeader).find((f) => f.name === "sha256")!;
  const copy = bytes.slice();
  copy.fill(0, field.offset, field.offset + 32);
  const actual = createHash("sha256").update(copy).digest();
  if (!actual.equals(Uint8Array.from(expected))) {
    throw corrupt("sha256", "the file's contents do not have the SHA-256 in its header", name);
  }
  return actual.toString("hex");
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && "tool" in value) return value as Manifest;
  } catch {
    // Reported below: an image with a valid SHA-256 whose manifest does not parse was written wrongly.
  }
  throw corrupt("manifest", "is not a JSON object with a `tool`", name);
}

function readGolden(
  program: Program,
  bytes: Uint8Array,
  count: number,
  name: string,
): GoldenVector[] {
  const D = program.layers[0].inputs;
  const M = program.layers[program.layers.length - 1].outputs;
  const inBytes = inputBytes(program.inputType, D);
  if (count * (inBytes + 2 * M) !== bytes.length) {
    throw corrupt(
      "goldenBytes",
      `${bytes.length} for ${count} vectors of ${D} inputs and ${M} outputs`,
      name,
    );
  }
  return Array.from({ length: count }, (_, v) => ({
    input: decodeInput(program.inputType, bytes.subarray(v * inBytes, (v + 1) * inBytes)),
    output: decodeInput("i16", bytes.subarray(count * inBytes + v * 2 * M).subarray(0, 2 * M)),
  }));
}

/**
 * Reads and checks a whole table image; nothing in it is used before it has been checked.
 * @param name what errors call the image, usually its path
 * @throws NomulError E_IMAGE_FORMAT, E_IMAGE_TRUNCATED, E_IMAGE_NEWER, E_IMAGE_CORRUPT, each naming
 *   the field
 */
export function readImage(file: Uint8Array, name = "image"): TableImage {
  // A Buffer may be a view into a shared pool, and its slice() does not copy: take plain bytes.
  const bytes = Uint8Array.from(file);
  const header = checkedHeader(bytes, name);
  const sha256 = checkSha256(bytes, header.sha256, name);
  const manifestAt = header.headerBytes + header.deviceBytes;
  const goldenAt = manifestAt + header.manifestBytes;
  const device = bytes.slice(header.headerBytes, manifestAt);
  if (crc32c(device) !== header.deviceCrc) {
    throw corrupt("deviceCrc", "does not fit the device part", name);
  }
  const part = readDevicePart(device, name);
  return {
    ...part,
    device,
    deviceCrc: header.deviceCrc,
    manifest: parseManifest(bytes.subarray(manifestAt, goldenAt), name),
    golden: readGolden(part.program, bytes.subarray(goldenAt), header.goldenCount, name),
    totalBytes: header.totalBytes,
    sha256,
  };
}
