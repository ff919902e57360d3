/** What the doctor has seen. Collected in one place (collect.ts), judged in another (checks). */

/** Where a machine keeps what the doctor reads; tests give folders of their own. */
export interface Places {
  readonly dev: string;
  readonly sys: string;
  readonly proc: string;
  /** The group file. */
  readonly group: string;
  /** Folders of programs, separated as in PATH. */
  readonly programs: string;
}

export const machinePlaces = (): Places => ({
  dev: "/dev",
  sys: "/sys",
  proc: "/proc",
  group: "/etc/group",
  // Administrators' folders too: udevadm may lie where a user's PATH does not lead.
  programs: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
});

export interface UsbFacts {
  /** Four lower-case hexadecimal digits each. */
  readonly vendorId: string;
  readonly productId: string;
  readonly product: string | undefined;
  readonly serialNumber: string | undefined;
  /** Which of the device's USB interfaces this port is. */
  readonly interface: number | undefined;
}

export interface AccessFacts {
  readonly exists: boolean;
  /** This process may read and write it. */
  readonly allowed: boolean;
  /** Name of the owning group, its number if it has no name. */
  readonly group: string;
  /** Permission bits. */
  readonly mode: number;
}

export interface Holder {
  readonly pid: number;
  /** Its command line, as far as it can be read. */
  readonly command: string;
}

/** What came back when HELLO was sent. */
export type Answer =
  /** The port did not open, or was lost. */
  | { readonly kind: "closed"; readonly code: string; readonly message: string }
  | { readonly kind: "silent" }
  /** Bytes, but no frame. */
  | { readonly kind: "noise"; readonly bytes: number; readonly sample: string }
  /** The very frames that were sent. */
  | { readonly kind: "echo" }
  | { readonly kind: "version"; readonly version: number }
  /** A reply that is not one of this protocol. */
  | { readonly kind: "refused"; readonly message: string }
  | {
      readonly kind: "device";
      readonly board: string;
      readonly fpga: boolean;
      readonly firmware: number;
      readonly slotState: "empty" | "open" | "committed";
    };

export interface PortFacts {
  readonly path: string;
  /** The name under /dev/serial/by-id, which stays the same wherever the board is plugged in. */
  readonly stablePath: string | undefined;
  readonly usb: UsbFacts | undefined;
  /** Id of the board that it seems to be. */
  readonly board: string | undefined;
  /** undefined where ports are no files. */
  readonly access: AccessFacts | undefined;
  readonly holders: readonly Holder[];
  /** undefined: it was not asked, because it is no port of a known board and was not named. */
  readonly answer: Answer | undefined;
}

export interface BoardFacts {
  readonly id: string;
  readonly name: string;
  readonly vendorId: string;
  readonly productId: string;
  /** Part of the product text by which it differs from others with its USB ids; null if unknown. */
  readonly product: string | null;
  /** USB interface that carries the UART. */
  readonly usbInterface: number | null;
}

export interface MachineFacts {
  readonly platform: string;
  readonly user: string;
  /** Groups of this process. */
  readonly groups: readonly string[];
  /** Groups that the group file gives the user; they hold from the next login on. */
  readonly memberOf: readonly string[];
  readonly udevadm: string | undefined;
  /** The ports were named, not found. */
  readonly named: boolean;
  readonly baudRate: number;
  /** `firmware` of the gateware that belongs to this nomul. */
  readonly firmware: number;
  readonly boards: readonly BoardFacts[];
  readonly ports: readonly PortFacts[];
}
