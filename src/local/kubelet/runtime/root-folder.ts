/**
 * The root of a pod: a mount point for each entry of the machine's own root, so that new folders right below it are the
 * pod's, not the machine's. Made once as a skeleton, over which each pod has a layer of its own: forty mount points for
 * every pod would take longer than the pod.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Mount } from "./mount-table.ts";

export interface Skeleton {
  readonly folder: string;
  /** Machine paths that have a mount point in it, in the order in which they are to be mounted. */
  readonly paths: readonly string[];
}

export interface RootFolder {
  /** An empty folder, to be covered with the skeleton. */
  readonly folder: string;
  readonly skeleton: string;
  /** For an overlay over the skeleton. */
  readonly upper: string;
  readonly work: string;
  /** What is to be mounted in it then. */
  readonly binds: readonly Mount[];
  /** Absolute paths in it of folders that the machine does not have. */
  readonly topFolders: readonly string[];
}

const devices =
  /^(null|zero|full|random|urandom|tty|fuse|kvm|kfd|dri|infiniband|pts|mqueue|hugepages|nvidia(ctl|-uvm|-uvm-tools|-modeset|-caps|\d+))$/;
const links = { ptmx: "pts/ptmx", fd: "/proc/self/fd", stdin: "fd/0", stdout: "fd/1", stderr: "fd/2" };

/** What the machine has now, of that which a root is made from. */
function machineEntries() {
  const top = readdirSync("/", { withFileTypes: true }).filter(({ name }) => name !== "dev");
  const linked = top
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => ({ name, to: readlinkSync(`/${name}`) }));
  const mounted = top.filter((entry) => entry.isDirectory() || entry.isFile()).map(({ name }) => `/${name}`);
  const inDev = readdirSync("/dev").filter((name) => devices.test(name));
  return { linked, mounted, inDev: inDev.map((name) => `/dev/${name}`) };
}

type Entries = ReturnType<typeof machineEntries>;

/** Makes a mount point in `root` for a file or folder of the machine; false where that is gone. */
function mountPoint(root: string, path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) mkdirSync(root + path, { recursive: true });
  else if (found) writeFileSync(root + path, "");
  return found !== undefined;
}

function makeSkeleton(parent: string, own: readonly string[], { linked, mounted, inDev }: Entries): Skeleton {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "root-"));
  chmodSync(folder, 0o755);
  for (const path of [...own, "/dev/shm"]) mkdirSync(folder + path, { recursive: true });
  chmodSync(`${folder}/dev/shm`, 0o1777);
  for (const { name, to } of linked) symlinkSync(to, join(folder, name));
  for (const [name, to] of Object.entries(links)) symlinkSync(to, `${folder}/dev/${name}`);
  // The entry that holds the pods' roots comes first: mounts made in it before would be mounted once more with it.
  const holdsRoots = (path: string) => Number(parent.startsWith(`${path}/`));
  const sorted = mounted.toSorted((a, b) => holdsRoots(b) - holdsRoots(a));
  return { folder, paths: [...sorted, ...inDev].filter((path) => mountPoint(folder, path)) };
}

/** Skeletons below `parent`, with the folders `own`; a new one when the machine's root has changed, for the old may be in use. */
export function skeletons(parent: string, own: readonly string[]): () => Skeleton {
  let made: { readonly from: string; readonly skeleton: Skeleton } | undefined;
  return () => {
    const entries = machineEntries();
    const from = JSON.stringify(entries);
    if (made?.from !== from) made = { from, skeleton: makeSkeleton(parent, own, entries) };
    return made.skeleton;
  };
}

/** A root in a fresh folder below `parent`. `topFolders`: absolute paths of folders that it has besides the machine's. */
export function makeRootFolder(parent: string, { folder, paths }: Skeleton, topFolders: readonly string[]): RootFolder {
  mkdirSync(parent, { recursive: true });
  const place = mkdtempSync(join(parent, "root-"));
  const at = (name: string) => join(place, name);
  for (const name of ["root", "upper", "work"]) mkdirSync(at(name));
  chmodSync(at("upper"), 0o755);
  const root = at("root");
  const binds = paths.map((path) => ({ source: path, target: root + path }));
  return { folder: root, skeleton: folder, upper: at("upper"), work: at("work"), binds, topFolders };
}
