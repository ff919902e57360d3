import { expect, test } from "vitest";
import { deviceWasm } from "../host/runtime/wasm.ts";

const LIMIT_BYTES = 4096;

test("the device Wasm should be at most 4 KiB, import nothing and start with no memory page", async () => {
  const bytes = deviceWasm();
  expect(bytes.length).toBeLessThanOrEqual(LIMIT_BYTES);
  const module = await WebAssembly.compile(Uint8Array.from(bytes));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const { exports } = await WebAssembly.instantiate(module);
  expect((exports.memory as WebAssembly.Memory).buffer.byteLength).toBe(0);
  // Section 11 is static data, section 8 a start function: neither may exist.
  expect(sectionIds(bytes)).not.toContain(11);
  expect(sectionIds(bytes)).not.toContain(8);
});

function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}
