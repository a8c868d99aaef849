/**
 * Which files of a control group hold the limits of a container: one tree in version 2, a tree for each controller in
 * version 1. Reads which version a machine has; makes nothing.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cpuInVersion1, memoryInVersion1, type UsageReader, usageInVersion2 } from "./cgroup-usage.ts";
import type { Limits } from "./types.ts";

export interface Hierarchy {
  /** Where the tree is. */
  readonly mountPoint: string;
  /** Folders in which groups may be made, the best first. */
  readonly parents: readonly string[];
  /** Version 2: what is written into `cgroup.subtree_control` so that groups have the controllers. */
  readonly handDown?: string;
  /** Files without which a group limits nothing. */
  readonly needed: readonly string[];
  /** In the order in which they are to be written. */
  readonly files: (limits: Limits) => Readonly<Record<string, string>>;
  /** File that counts the processes ended for want of memory. */
  readonly killsIn?: string;
  /** What a group of it tells about use. */
  readonly usage?: UsageReader;
}

/** Where control groups are mounted, and the text of `/proc/self/cgroup`. */
export interface Tree {
  readonly mountPoint: string;
  readonly own: string;
}

export class NoControlGroups extends Error {}

const periodUs = 100_000;
// The kernel takes no quota below a millisecond.
const quotaUs = (cpuMillis: number) => Math.max(1000, (cpuMillis * periodUs) / 1000);

/** A container that may take no more memory may take no swap instead; one that is out of memory ends as a whole. */
export const filesOfVersion2 = ({ memoryBytes, cpuMillis }: Limits): Readonly<Record<string, string>> => ({
  "memory.max": memoryBytes === undefined ? "max" : String(memoryBytes),
  "memory.swap.max": memoryBytes === undefined ? "max" : "0",
  "memory.oom.group": "1",
  "cpu.max": cpuMillis === undefined ? "max" : `${quotaUs(cpuMillis)} ${periodUs}`,
});

/** `memsw` is memory and swap together, and must never be below the memory. */
export const memoryFilesOfVersion1 = ({ memoryBytes }: Limits): Readonly<Record<string, string>> =>
  memoryBytes === undefined
    ? {}
    : { "memory.limit_in_bytes": String(memoryBytes), "memory.memsw.limit_in_bytes": String(memoryBytes) };

export const cpuFilesOfVersion1 = ({ cpuMillis }: Limits): Readonly<Record<string, string>> =>
  cpuMillis === undefined
    ? {}
    : { "cpu.cfs_period_us": String(periodUs), "cpu.cfs_quota_us": String(quotaUs(cpuMillis)) };

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

/** This process's own group in a hierarchy, as `/proc/self/cgroup` says; version 2 has no controllers in its line. */
function ownGroup(own: string, controller: string): string {
  const line = own.split("\n").find((text) => text.split(":")[1]?.split(",").includes(controller));
  return line?.split(":").slice(2).join(":") ?? "/";
}

/** Not within a group that has processes of its own: version 2 forbids controllers there. */
const version2 = ({ mountPoint, own }: Tree): Hierarchy => ({
  mountPoint,
  parents: [...new Set([mountPoint, join(mountPoint, dirname(ownGroup(own, ""))).replace(/\/$/, "")])],
  handDown: "+memory +cpu",
  needed: ["memory.max", "cpu.max"],
  files: filesOfVersion2,
  killsIn: "memory.events",
  usage: usageInVersion2,
});

function version1({ mountPoint, own }: Tree): readonly Hierarchy[] {
  const inTree = (name: string) => {
    const root = join(mountPoint, name);
    return [...new Set([root, join(root, ownGroup(own, name)).replace(/\/$/, "")])];
  };
  return [
    {
      mountPoint: join(mountPoint, "memory"),
      parents: inTree("memory"),
      needed: ["memory.limit_in_bytes", "memory.oom_control"],
      files: memoryFilesOfVersion1,
      killsIn: "memory.oom_control",
      usage: memoryInVersion1,
    },
    {
      mountPoint: join(mountPoint, "cpu"),
      parents: inTree("cpu"),
      needed: ["cpu.cfs_quota_us"],
      files: cpuFilesOfVersion1,
    },
    // Mostly another name of the tree above.
    {
      mountPoint: join(mountPoint, "cpuacct"),
      parents: inTree("cpuacct"),
      needed: ["cpuacct.usage"],
      files: () => ({}),
      usage: cpuInVersion1,
    },
  ];
}

/** Throws NoControlGroups, saying what is missing. */
export function hierarchiesOf(tree: Tree): readonly Hierarchy[] {
  const offered = textOf(join(tree.mountPoint, "cgroup.controllers"))?.split(/\s/);
  if (offered) {
    const missing = ["memory", "cpu"].filter((name) => !offered.includes(name));
    if (missing.length > 0) throw new NoControlGroups(`no ${missing.join(" and ")} controller in ${tree.mountPoint}`);
    return [version2(tree)];
  }
  const hasVersion1 = ["memory", "cpu", "cpuacct"].every(
    (name) => textOf(join(tree.mountPoint, name, "cgroup.procs")) !== undefined,
  );
  if (!hasVersion1) throw new NoControlGroups(`no control groups for memory and cpu below ${tree.mountPoint}`);
  return version1(tree);
}

/** What this machine has. */
export const machineTree = (): Tree => ({ mountPoint: "/sys/fs/cgroup", own: textOf("/proc/self/cgroup") ?? "" });
