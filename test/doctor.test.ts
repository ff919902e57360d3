/** The doctor on real files: folders laid out as /dev and /sys, pseudo-terminals, other processes. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import { processGroups } from "../host/doctor/access.ts";
import { type Diagnosis, diagnose, judgeFacts } from "../host/doctor/doctor.ts";
import type { Places } from "../host/doctor/facts.ts";
import { findHolders } from "../host/doctor/holders.ts";
import { cobsDecode, cobsEncode } from "../host/link/cobs.ts";
import { encodeFrame } from "../host/link/frame.ts";
import { openDevice } from "../host/link/open-device.ts";
import { packageRoot } from "../host/package-root.ts";
import { doctorText } from "../host/report/doctor.ts";
import { type ServedPty, servePty } from "../host/sim/pty.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const noPython = spawnSync("python3", ["--version"]).error !== undefined;

let folder: string;
let places: Pick<Places, "dev" | "sys" | "group" | "programs">;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nomul-doctor-"));
  const at = (name: string) => join(folder, name);
  places = { dev: at("dev"), sys: at("sys"), group: at("group"), programs: at("bin") };
  for (const path of [places.dev, places.sys, places.programs]) mkdirSync(path);
  writeFileSync(places.group, "root:x:0:\ndialout:x:20:member,other\n");
  writeFileSync(join(places.programs, "udevadm"), "");
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill();
  rmSync(folder, { recursive: true });
});

interface Usb {
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serial?: string;
  readonly interface?: number;
}

/** Lays out one USB serial port as the kernel and udev do. @param target what its device file is */
function plugIn(name: string, target: string | undefined, usb: Usb = {}): string {
  const { vendorId = "0403", productId = "6010", serial = "ib1", interface: number = 1 } = usb;
  const device = join(places.sys, "devices", `usb-${serial}`);
  const channel = join(device, `1-1:1.${number}`);
  mkdirSync(join(channel, name), { recursive: true });
  const files = { idVendor: vendorId, idProduct: productId, serial, product: "iCEBreaker V1.0e" };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(device, file), `${text}\n`);
  writeFileSync(join(channel, "bInterfaceNumber"), `0${number}\n`);
  const tty = join(places.sys, "class", "tty", name);
  mkdirSync(tty, { recursive: true });
  symlinkSync(join(channel, name), join(tty, "device"));
  const path = join(places.dev, name);
  const byId = join(places.dev, "serial", "by-id");
  mkdirSync(byId, { recursive: true });
  if (target !== undefined) symlinkSync(target, path);
  symlinkSync(path, join(byId, `usb-${serial}-if0${number}-port0`));
  return path;
}

const names = ({ findings }: Diagnosis) => findings.map((finding) => finding.name);
const find = ({ findings }: Diagnosis, name: string) => {
  const finding = findings.find((f) => f.name === name);
  expect(finding, `a finding called ${name} among ${findings.map((f) => f.name)}`).toBeDefined();
  return finding!;
};

describe.skipIf(!linux)("a machine's ports (Linux: sysfs)", () => {
  test("should be missed when there are none", async () => {
    const result = await diagnose({ places });
    expect([names(result), result.exitCode, result.ok]).toEqual([["no-ports"], 3, false]);
    expect(doctorText(result)).toContain("sim:icebreaker");
  });

  test("should be seen without udevadm, whose absence is only a note", async () => {
    rmSync(join(places.programs, "udevadm"));
    plugIn("ttyACM0", "/dev/null", { vendorId: "1234", productId: "5678" });
    const result = await diagnose({ places });
    expect(names(result)).toEqual(["no-board", "no-udevadm"]);
    expect(find(result, "no-udevadm")).toMatchObject({
      exitCode: 0,
      remedy: ["sudo apt install udev"],
    });
  });

  test("should not be touched when no known board has their USB ids", async () => {
    const path = plugIn("ttyACM0", "/dev/null", { vendorId: "1234", productId: "5678" });
    const result = await diagnose({ places });
    expect([names(result), result.exitCode]).toEqual([["no-board"], 3]);
    expect(result.facts.ports[0]).toMatchObject({ path, answer: undefined });
    expect(find(result, "no-board").remedy.join()).toContain(`--port ${path}`);
    expect(doctorText(result)).toContain("not asked");
  });

  test("should be passed into a container when the kernel has them and /dev has not", async () => {
    const path = plugIn("ttyUSB1", undefined);
    const result = await diagnose({ places });
    expect([names(result), result.exitCode]).toEqual([["missing"], 3]);
    expect(find(result, "missing").remedy.join(" ")).toContain(`docker run --device ${path}`);
  });

  test("should not be asked on the channel that carries no UART", async () => {
    const path = plugIn("ttyUSB0", "/dev/null", { interface: 0 });
    expect((await diagnose({ places })).facts.ports[0].answer).toBeUndefined();
    const result = await diagnose({ ports: [path], places });
    expect(result.facts.ports[0].answer).toMatchObject({ kind: "closed" });
    expect(find(result, "unusable")).toMatchObject({ exitCode: 3, port: path });
  });

  test("should be called by group, user and udev rule when they may not be opened", async () => {
    plugIn("ttyUSB1", "/dev/null");
    const { facts } = await diagnose({ places });
    const [port] = facts.ports;
    const asked = (
      access: { group: string; mode: number },
      user: { user: string; groups: string[]; memberOf: string[] },
    ) => {
      const closed = { kind: "closed", code: "E_PORT_PERMISSION", message: "no" } as const;
      const shut = { exists: true, allowed: false, ...access };
      return judgeFacts({ ...facts, ...user, ports: [{ ...port, access: shut, answer: closed }] });
    };
    const outsider = { user: "outsider", groups: ["users"], memberOf: [] };
    const result = asked({ group: "dialout", mode: 0o660 }, outsider);
    expect([names(result), result.exitCode]).toEqual([["no-permission"], 5]);
    const { remedy, problem } = result.findings[0];
    expect(problem).toBe("outsider may not open it: group dialout, mode 0660");
    expect(remedy[0]).toBe("sudo usermod -aG dialout outsider");
    expect(remedy).toContain(
      'SUBSYSTEM=="tty", ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6010", MODE="0660", TAG+="uaccess"',
    );
    // In the group already, but logged in before that.
    const member = { user: "member", groups: ["users"], memberOf: ["dialout"] };
    expect(asked({ group: "dialout", mode: 0o660 }, member).findings[0].remedy).toEqual([
      "member is in dialout from the next login on: log out and in again.",
    ]);
    // Nobody is told to join root, nor a group that may not open the port either.
    for (const access of [
      { group: "root", mode: 0o660 },
      { group: "tty", mode: 0o620 },
    ]) {
      const text = asked(access, outsider).findings[0].remedy.join("\n");
      expect(text).not.toContain("usermod");
      expect(text).toContain("70-nomul.rules");
    }
  });

  test("should be owned by groups as the group file calls them", () => {
    writeFileSync(places.group, `own:x:${process.getgid?.()}:\n`);
    expect(processGroups({ ...places, proc: "/proc" })).toContain("own");
  });
});

/** A pseudo-terminal whose other end is no nomul device. Prints its path; ends when it is killed. */
const foreign = `
import os, sys, time, tty
mode, reply = sys.argv[1], bytes.fromhex(sys.argv[2])
master, slave = os.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
os.close(slave)
while True:
    try:
        data = os.read(master, 65536)
        if mode == "echo": os.write(master, data)
        if mode == "reply": os.write(master, reply)
    except OSError:
        time.sleep(0.01)  # nobody has it open
`;

/** Opens a terminal and keeps it, with the lock that serialport takes. */
const holder = `
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "lock": fcntl.flock(fd, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`;

/** Runs a script until the test's end; resolves with the first line it prints. */
function python(script: string, ...args: string[]): Promise<{ pid: number; line: string }> {
  const child = spawn("python3", ["-c", script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout.once("data", (b) => resolve({ pid: child.pid!, line: String(b).trim() }));
  });
}

const hex = (text: string | Uint8Array) => Buffer.from(text as string).toString("hex");

describe.skipIf(!linux || noPython)("what is at a port (Linux, needs python3)", () => {
  test("should be told apart: nothing", async () => {
    const { line } = await python(foreign, "silent", "");
    const result = await diagnose({ ports: [line], places });
    expect([names(result), result.exitCode]).toEqual([["silent"], 3]);
    expect(find(result, "silent").remedy.join()).toContain("1000000");
  });

  test("should be told apart: nothing, because it is the board's other channel", async () => {
    const { line } = await python(foreign, "silent", "");
    const path = plugIn("ttyUSB0", line, { interface: 0 });
    // The port's name leads to sysfs, so the terminal must be found under that name.
    const { facts } = await diagnose({ places });
    const port = { ...facts.ports[0], path, answer: { kind: "silent" } as const };
    const result = judgeFacts({ ...facts, named: true, ports: [port] });
    expect(find(result, "silent").remedy[0]).toContain(
      "interface 0; the UART of iCEBreaker 1.0 is on interface 1",
    );
  });

  test("should be told apart: another program", async () => {
    const { line } = await python(foreign, "reply", hex("login: \u0007"));
    const result = await diagnose({ ports: [line], places });
    expect([names(result), result.exitCode]).toEqual([["not-nomul"], 3]);
    expect(find(result, "not-nomul").problem).toContain('"login: ·');
  });

  test("should be told apart: the line's own echo", async () => {
    const { line } = await python(foreign, "echo", "");
    const result = await diagnose({ ports: [line], places });
    expect([names(result), result.exitCode]).toEqual([["echo"], 3]);
  });

  test("should be told apart: another version of the protocol", async () => {
    const reply = { command: 1, status: 1, session: 0, sequence: 0, argument: 0 };
    const body = cobsDecode(encodeFrame({ ...reply, data: new Uint8Array(0) }).subarray(1, -1))!;
    body[0] = (2 << 5) | 1;
    new DataView(body.buffer).setUint32(body.length - 4, crc32c(body.subarray(0, -4)), true);
    const wire = Uint8Array.of(0, ...cobsEncode(body), 0);
    const { line } = await python(foreign, "reply", hex(wire));
    const result = await diagnose({ ports: [line], places });
    expect([names(result), result.exitCode]).toEqual([["wrong-version"], 6]);
    expect(find(result, "wrong-version").problem).toContain("protocol 2, this nomul speaks 1");
  });

  test("should be another process that has locked the port, with pid and command", async () => {
    const { line: path } = await python(foreign, "silent", "");
    const { pid } = await python(holder, path, "lock");
    const result = await diagnose({ ports: [path], places });
    expect([names(result), result.exitCode]).toEqual([["busy"], 5]);
    const { problem, remedy } = find(result, "busy");
    expect(problem).toMatch(new RegExp(`in use by process ${pid} \\(.*python3 -c import fcntl`));
    expect(remedy).toEqual([`Close it, or: kill ${pid}`]);
  });

  test("should be another process that listens without a lock", async () => {
    const { line: path } = await python(foreign, "silent", "");
    const { pid } = await python(holder, path, "share");
    const result = await diagnose({ ports: [path], places });
    expect(names(result).sort()).toEqual(["busy", "silent"]);
    expect(find(result, "busy").problem).toContain(`process ${pid} (`);
    expect(result.exitCode).toBe(5);
  });

  test("should be held by nobody once the process has ended", async () => {
    const { line: path } = await python(foreign, "silent", "");
    const { pid } = await python(holder, path, "share");
    const places = { dev: "", sys: "", group: "", programs: "", proc: "/proc" };
    expect(findHolders(path, places).map((h) => h.pid)).toEqual([pid]);
    const child = children.pop()!;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    expect(findHolders(path, places)).toEqual([]);
  });

  const nomul = (args: string[], user: { uid?: number; gid?: number } = {}) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const cli = join(packageRoot, "dist/host/cli/main.js");
      const options = { cwd: "/", ...user };
      execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });

  test.skipIf(!root)(
    "should be a port that this user may not open (needs root)",
    async () => {
      const { line: path } = await python(foreign, "silent", "");
      chownSync(path, 0, 20);
      chmodSync(path, 0o660);
      const args = ["doctor", "--port", path, "--json"];
      const { code, stdout, stderr } = await nomul(args, { uid: 65534, gid: 65534 });
      expect(stderr).toBe("");
      const result: Diagnosis = JSON.parse(stdout);
      expect([names(result), code]).toEqual([["no-permission"], 5]);
      expect(find(result, "no-permission").remedy[0]).toMatch(/^sudo usermod -aG \w+ \w+$/);
    },
    60_000,
  );

  test("should be said by the command, as text and as JSON, with the exit code", async () => {
    const absent = await nomul(["doctor", "--port", "/dev/ttyNONE", "--json"]);
    expect(absent.code).toBe(3);
    expect(names(JSON.parse(absent.stdout))).toEqual(["missing"]);
    const sim = await nomul(["doctor", "--port", "sim:icebreaker"]);
    expect(sim.code).toBe(0);
    expect(sim.stdout).toContain("icebreaker answers");
    expect(sim.stdout).toContain("note no-image");
    expect(sim.stdout).toContain("Nothing is wrong.");
  }, 60_000);
});

describe.skipIf(!linux || noPython)("boards that answer (simulators, Linux, need python3)", () => {
  let ptys: ServedPty[] = [];

  beforeAll(async () => {
    ptys = [await servePty("icebreaker"), await servePty("icebreaker")];
  });

  afterAll(async () => {
    for (const pty of ptys) await pty.close();
  });

  test("should be sound, with a note of what they hold", async () => {
    const path = plugIn("ttyUSB1", ptys[0].path);
    plugIn("ttyUSB0", "/dev/null", { interface: 0 });
    const empty = await diagnose({ places });
    expect([names(empty), empty.exitCode, empty.ok]).toEqual([["no-image"], 0, true]);
    expect(empty.facts.ports.find((p) => p.path === path)).toMatchObject({
      board: "icebreaker",
      answer: { kind: "device", board: "icebreaker" },
    });
    const device = await openDevice(path);
    await device.begin(64, 32);
    await device.close();
    const open = await diagnose({ places });
    expect([names(open), open.exitCode]).toEqual([["unfinished-transfer"], 0]);
    const again = await openDevice(path);
    const zeros = new Uint8Array(64);
    await again.data(0, zeros);
    await again.commit(crc32c(zeros));
    await again.close();
    expect(names(await diagnose({ places }))).toEqual([]);
  });

  test("should be told apart by serial number when there are several", async () => {
    const paths = [
      plugIn("ttyUSB1", ptys[0].path, { serial: "ib1" }),
      plugIn("ttyUSB3", ptys[1].path, { serial: "ib2" }),
    ];
    const result = await diagnose({ places });
    expect(result.exitCode).toBe(4);
    const text = find(result, "several-boards").remedy.join("\n");
    for (const [i, path] of paths.entries()) {
      expect(text).toContain(
        `by-id/usb-ib${i + 1}-if01-port0  (${path}, serial number ib${i + 1})`,
      );
    }
    // Named, nothing is ambiguous.
    expect((await diagnose({ ports: paths, places })).exitCode).toBe(0);
  });

  test("should have this nomul's gateware and be the board that USB says", async () => {
    plugIn("ttyUSB1", ptys[0].path);
    const { facts } = await diagnose({ places });
    const other = judgeFacts({ ...facts, firmware: (facts.firmware ^ 1) >>> 0 });
    expect([find(other, "wrong-version").exitCode, other.exitCode]).toEqual([6, 6]);
    const ports = facts.ports.map((port) => ({ ...port, board: "another" }));
    expect(find(judgeFacts({ ...facts, ports }), "wrong-board").problem).toContain('"icebreaker"');
  });
});
