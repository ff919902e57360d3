/** What the process ends with (facts: CLI conventions). */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  noDevice: 3,
  ambiguous: 4,
  permission: 5,
  version: 6,
  link: 7,
  verify: 8,
  mismatch: 9,
  signature: 10,
  interrupted: 130,
} as const;

/** Every error code of nomul and the exit code that a command ends with when it is thrown. */
export const errorCodes = {
  E_INTERNAL: exitCodes.internal,
  E_BUILD_FAILED: exitCodes.internal,
  E_TOOL_MISSING: exitCodes.internal,
  E_TIMING: exitCodes.internal,
  E_PROGRAM_FAILED: exitCodes.link,
  E_USAGE: exitCodes.usage,
  E_FILE_MISSING: exitCodes.usage,
  E_FILE_WRITE: exitCodes.usage,
  E_NPY_FORMAT: exitCodes.usage,
  E_NPY_DTYPE: exitCodes.usage,
  E_NPY_ORDER: exitCodes.usage,
  E_NPY_TRUNCATED: exitCodes.usage,
  E_NPY_SHAPE: exitCodes.usage,
  E_SHAPE: exitCodes.usage,
  E_RANGE: exitCodes.usage,
  E_NOT_FINITE: exitCodes.usage,
  E_TOO_MANY_CODEBOOKS: exitCodes.usage,
  E_TOO_FEW_ROWS: exitCodes.usage,
  E_CHECKPOINT: exitCodes.usage,
  E_ACCUMULATOR_OVERFLOW: exitCodes.usage,
  E_BITSTREAM_FORMAT: exitCodes.usage,
  E_IMAGE_FORMAT: exitCodes.usage,
  E_IMAGE_TRUNCATED: exitCodes.usage,
  E_IMAGE_CORRUPT: exitCodes.usage,
  E_IMAGE_TOO_LARGE: exitCodes.usage,
  E_IMAGE_NEWER: exitCodes.version,
  E_BOARD_UNKNOWN: exitCodes.usage,
  E_BOARD_FILE: exitCodes.usage,
  E_BOARD_WRONG: exitCodes.usage,
  E_BOARD_UNFIT: exitCodes.usage,
  E_PORT_MISSING: exitCodes.noDevice,
  E_BAUD: exitCodes.usage,
  E_PORT_BUSY: exitCodes.permission,
  E_PORT_PERMISSION: exitCodes.permission,
  E_PORT_LOST: exitCodes.link,
  E_LINK_TIMEOUT: exitCodes.link,
  E_LINK_VERSION: exitCodes.version,
  E_LINK_REPLY: exitCodes.link,
  E_DEVICE_STATUS: exitCodes.link,
  E_DEVICE_IMAGE: exitCodes.verify,
  E_VERIFY_MEMORY: exitCodes.verify,
  E_NO_SLOTS: exitCodes.usage,
  E_NO_ROLLBACK: exitCodes.verify,
  E_TRIAL_FAILED: exitCodes.verify,
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetail {
  /** File, field, port, step or element the error is about. */
  readonly where?: string | undefined;
  /** What to do about it. */
  readonly next: string;
  readonly cause?: unknown;
}

/** An error a user can act on: what was wrong, where, and what to do next. */
export class NomulError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly next: string;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "NomulError";
    this.code = code;
    this.where = detail.where;
    this.next = detail.next;
  }

  get exitCode(): number {
    return errorCodes[this.code];
  }

  /** The error as one JSON-able object, as `--json` prints it on stderr. */
  toJSON(): { code: ErrorCode; message: string; where: string | undefined; next: string } {
    return { code: this.code, message: this.message, where: this.where, next: this.next };
  }
}
