/**
 * The root of a pod: a folder with a mount point for each entry of the machine's own root, so that new folders right
 * below it are the pod's, not the machine's. Made with file calls: forty little processes would take longer than the pod.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Mount } from "./mount-table.ts";

export interface RootFolder {
  readonly folder: string;
  /** What is to be mounted in it. */
  readonly binds: readonly Mount[];
}

const devices =
  /^(null|zero|full|random|urandom|tty|fuse|kvm|kfd|dri|infiniband|pts|mqueue|hugepages|nvidia(ctl|-uvm|-uvm-tools|-modeset|-caps|\d+))$/;
const links = { ptmx: "pts/ptmx", fd: "/proc/self/fd", stdin: "fd/0", stdout: "fd/1", stderr: "fd/2" };

/** Makes a mount point in `root` for a file or folder of the machine; none for what is neither, or gone. */
function mountPoint(root: string, path: string): readonly Mount[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  const target = root + path;
  if (found.isDirectory()) mkdirSync(target, { recursive: true });
  else writeFileSync(target, "");
  return [{ source: path, target }];
}

function deviceFolder(root: string): readonly Mount[] {
  mkdirSync(`${root}/dev/shm`, { recursive: true });
  chmodSync(`${root}/dev/shm`, 0o1777);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, `${root}/dev/${name}`);
  const names = readdirSync("/dev").filter((name) => devices.test(name));
  return names.flatMap((name) => mountPoint(root, `/dev/${name}`));
}

/** Makes `<parent>/root`, afresh. `more`: absolute paths of folders that it has besides the machine's. */
export function makeRootFolder(parent: string, more: readonly string[]): RootFolder {
  const root = join(parent, "root");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const entries = readdirSync("/", { withFileTypes: true }).filter(({ name }) => name !== "dev");
  // The entry that holds this very root comes first: mounts made in it before would be mounted once more with it.
  const holdsRoot = (name: string) => Number(root.startsWith(`/${name}/`));
  const sorted = entries.toSorted((a, b) => holdsRoot(b.name) - holdsRoot(a.name));
  const binds = sorted.flatMap((entry) => {
    if (!entry.isSymbolicLink()) return entry.isDirectory() || entry.isFile() ? mountPoint(root, `/${entry.name}`) : [];
    symlinkSync(readlinkSync(`/${entry.name}`), join(root, entry.name));
    return [];
  });
  const all = [...binds, ...deviceFolder(root)];
  for (const path of more) if (!existsSync(root + path)) mkdirSync(root + path, { recursive: true });
  return { folder: root, binds: all };
}
