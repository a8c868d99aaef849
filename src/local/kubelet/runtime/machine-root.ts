/** What this machine has right below its root, and which of its devices containers get. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export interface MachineRoot {
  /** Absolute paths of folders. */
  readonly entries: readonly string[];
  /** The same, of which containers see nothing. */
  readonly empty: readonly string[];
  readonly links: readonly { readonly at: string; readonly to: string }[];
  readonly devices: readonly string[];
  /** What of /run is not private to those who run there. */
  readonly ofRun: readonly string[];
}

/** None with which a process could reach a disk or the memory of others. */
const devices =
  /^(null|zero|full|random|urandom|tty|fuse|kvm|kfd|dri|infiniband|hugepages|nvidia(ctl|-uvm|-uvm-tools|-modeset|-caps|\d+))$/;

/** How names are resolved, and what some systems keep there of their libraries. */
const ofRun = [
  "systemd/resolve",
  "resolvconf",
  "NetworkManager",
  "nvidia-persistenced",
  "opengl-driver",
  "current-system",
];

/** As it is now: disks may come and go. Of mounts that do not answer, containers see an empty folder. */
export function machineRoot(silent: readonly string[]): MachineRoot {
  const top = readdirSync("/", { withFileTypes: true });
  const folders = top.filter((entry) => entry.isDirectory()).map(({ name }) => `/${name}`);
  return {
    entries: folders.filter((path) => !silent.includes(path)),
    empty: folders.filter((path) => silent.includes(path)),
    links: top
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => ({ at: `/${name}`, to: readlinkSync(`/${name}`) })),
    devices: readdirSync("/dev")
      .filter((name) => devices.test(name))
      .map((name) => `/dev/${name}`),
    ofRun: ofRun.map((name) => `/run/${name}`).filter((path) => existsSync(path)),
  };
}

/** Folders that every container has, whether the machine does or not. */
const always = ["/proc", "/sys", "/dev", "/run", "/tmp", "/home", "/root", "/windlass/app", "/windlass/etc"];

function makeSkeleton(parent: string, { entries, empty, links }: MachineRoot): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "root-"));
  chmodSync(folder, 0o755);
  for (const path of [...entries, ...empty, ...always]) mkdirSync(folder + path, { recursive: true });
  for (const { at, to } of links) symlinkSync(to, folder + at);
  return folder;
}

/**
 * Answers a folder with a mount point for all that a container sees right below its root: it is the layer below the
 * container's own. Made below `parent`, and anew when the machine's root has changed, for the old may be in use.
 */
export function skeletons(parent: string): (machine: MachineRoot) => string {
  let made: { readonly from: string; readonly folder: string } | undefined;
  return (machine) => {
    const from = JSON.stringify([machine.entries, machine.empty, machine.links]);
    if (made?.from !== from) made = { from, folder: makeSkeleton(parent, machine) };
    return made.folder;
  };
}
