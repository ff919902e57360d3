/** Checks over the whole machine. Each takes the facts and returns what it finds. */
import { exitCodes } from "../errors.ts";
import type { MachineFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { boardsOf, carriesUart } from "./usb.ts";

export function checkPortsExist({ named, ports, platform }: MachineFacts): Finding[] {
  if (named || ports.length > 0) return [];
  const look =
    platform === "linux"
      ? ["Look whether the kernel sees the board: lsusb; sudo dmesg | tail."]
      : ["Look whether the system's device list has the board; its driver may be missing."];
  return [
    {
      name: "no-ports",
      port: undefined,
      problem: "there are no USB serial ports",
      remedy: [
        "Plug the board in, with a cable that has data lines (many only charge).",
        ...look,
        "In a container or a virtual machine, pass the device through: docker run --device /dev/ttyUSB1.",
        "Without a board: --port sim:icebreaker.",
      ],
      exitCode: exitCodes.noDevice,
    },
  ];
}

/** None of the ports that are there belongs to a board that nomul knows. */
export function checkAnyBoard({ named, ports, boards }: MachineFacts): Finding[] {
  if (named || ports.length === 0) return [];
  if (ports.some(({ usb }) => usb && boardsOf(usb, boards).length > 0)) return [];
  return [
    {
      name: "no-board",
      port: undefined,
      problem: `none of the ports has the USB ids of a known board (${boards
        .map((b) => `${b.name} ${b.vendorId}:${b.productId}`)
        .join(", ")}); they were not asked`,
      remedy: [`If one of them is a board all the same, name it: --port ${ports[0].path}.`],
      exitCode: exitCodes.noDevice,
    },
  ];
}

/** serialport lists ports with udevadm; containers often lack it. */
export function checkUdevadm({ platform, udevadm }: MachineFacts): Finding[] {
  if (platform !== "linux" || udevadm !== undefined) return [];
  return [
    {
      name: "no-udevadm",
      port: undefined,
      problem:
        "udevadm is missing, so nomul ports can't list serial ports; --port works all the same",
      remedy: ["sudo apt install udev"],
      exitCode: exitCodes.ok,
    },
  ];
}

/** Several boards with the same ids: which one is meant must be said. */
export function checkAmbiguous({ named, ports, boards }: MachineFacts): Finding[] {
  if (named) return [];
  const ids = new Set(boards.map((board) => `${board.vendorId}:${board.productId}`));
  return [...ids].flatMap((id): Finding[] => {
    const same = ports.filter(
      ({ usb }) =>
        usb &&
        `${usb.vendorId}:${usb.productId}` === id &&
        boardsOf(usb, boards).some((board) => carriesUart(usb, board)),
    );
    if (same.length < 2) return [];
    return [
      {
        name: "several-boards",
        port: undefined,
        problem: `${same.length} boards have the USB ids ${id}`,
        remedy: [
          "Say which one is meant by its path, better by the name that holds its serial number:",
          ...same.map(
            ({ path, stablePath, usb }) =>
              `--port ${stablePath ?? path}  (${path}, serial number ${usb?.serialNumber ?? "none"})`,
          ),
          "Or work on all of them at once: flash and verify take several --port.",
        ],
        exitCode: exitCodes.ambiguous,
      },
    ];
  });
}
