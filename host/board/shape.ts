/** Checks one value; `path` names it in errors. Returns it typed. */
export type Check<T> = (value: unknown, path: string) => T;

export type TypeOf<C> = C extends Check<infer T> ? T : never;

/** A value that does not have the shape. `key` is its dotted path. */
export class ShapeError extends Error {
  readonly key: string;

  constructor(key: string, problem: string) {
    super(`${key} ${problem}`);
    this.key = key;
  }
}

export const text: Check<string> = (value, path) => {
  if (typeof value === "string" && value !== "") return value;
  throw new ShapeError(path, "must be a text that is not empty");
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value === "boolean") return value;
  throw new ShapeError(path, "must be true or false");
};

export const matching =
  (pattern: RegExp, meaning: string): Check<string> =>
  (value, path) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw new ShapeError(path, `must be ${meaning}`);
  };

export const oneOf =
  <const T extends readonly (string | number)[]>(...allowed: T): Check<T[number]> =>
  (value, path) => {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    throw new ShapeError(path, `must be one of ${allowed.join(", ")}`);
  };

export const integer =
  (min: number, max: number): Check<number> =>
  (value, path) => {
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) {
      return Number(value);
    }
    throw new ShapeError(path, `must be an integer from ${min} to ${max}`);
  };

/** `null` states that the fact is unknown; leaving the key out would hide that. */
export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === null ? null : check(value, path);

/** A list that may be empty. */
export const listOf =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, "must be a list");
    return value.map((item, i) => check(item, `${path}[${i}]`));
  };

export const list =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value, path) => {
    if (Array.isArray(value) && value.length > 0) return listOf(check)(value, path);
    throw new ShapeError(path, "must be a list that is not empty");
  };

const fieldsOf = (value: unknown, path: string): Record<string, unknown> => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ShapeError(path || "the file", "must be an object");
};

const join = (path: string, key: string) => (path ? `${path}.${key}` : key);

/** Text values under keys that only the caller can judge. */
export const texts: Check<Readonly<Record<string, string>>> = (value, path) => {
  const fields = fieldsOf(value, path);
  return Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, text(v, join(path, k))]));
};

/** Exactly these keys: a missing key is an error, an unknown key too (it may be a misspelt one). */
export const object =
  <T extends Record<string, Check<unknown>>>(
    checks: T,
  ): Check<{ readonly [K in keyof T]: TypeOf<T[K]> }> =>
  (value, path) => {
    const fields = fieldsOf(value, path);
    for (const key of Object.keys(fields)) {
      if (!Object.hasOwn(checks, key)) throw new ShapeError(join(path, key), "is not a known key");
    }
    const entries = Object.entries(checks).map(([key, check]) => {
      if (!Object.hasOwn(fields, key)) throw new ShapeError(join(path, key), "is missing");
      return [key, check(fields[key], join(path, key))];
    });
    return Object.fromEntries(entries);
  };
