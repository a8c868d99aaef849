/**
 * Memory and CPU limits through control groups (version 2), where this process may make them. Each run of a container
 * gets a group of its own; the process that starts it steps into the group first.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { quote } from "./quote.ts";
import { command, tool } from "./processes.ts";
import type { Limits } from "./types.ts";

export interface Cgroup {
  /** Put before a command, makes it run in the group. */
  readonly prefix: readonly string[];
  /** Removes the group once its processes have ended; whether the kernel had to end one for want of memory. */
  finish(): Promise<boolean>;
}

export interface Cgroups {
  readonly enforced: boolean;
  readonly reason: string;
  /** Undefined where limits are not enforced. */
  create(id: string, limits: Limits): Promise<Cgroup | undefined>;
  close(): Promise<void>;
}

const mountPoint = "/sys/fs/cgroup";
const cpuPeriodUs = 100_000;
const controllers = ["memory", "cpu"];

const prefixOf = (folder: string): readonly string[] => [
  tool("sh"),
  "-c",
  `echo 0 >${quote(join(folder, "cgroup.procs"))} && exec "$@"`,
  "windlass",
];

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // Already so, or not ours to change: the check that follows decides.
  }
}

/** A group's limits, as the kernel takes them. */
export function limitFiles({ memoryBytes, cpuMillis }: Limits): Readonly<Record<string, string>> {
  return {
    "memory.max": memoryBytes === undefined ? "max" : String(memoryBytes),
    "memory.oom.group": "1",
    "cpu.max": cpuMillis === undefined ? "max" : `${Math.max(1000, (cpuMillis * cpuPeriodUs) / 1000)} ${cpuPeriodUs}`,
  };
}

/** Makes `parent/windlass-<pid>` with the controllers handed down, and proves that processes can enter. */
async function open(parent: string): Promise<string> {
  tryWrite(join(parent, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
  const base = join(parent, `windlass-${process.pid}`);
  const probe = join(base, "probe");
  mkdirSync(base, { recursive: true });
  try {
    const offered = readFileSync(join(base, "cgroup.controllers"), "utf8").split(/\s/);
    const missing = controllers.filter((name) => !offered.includes(name));
    if (missing.length > 0) throw new Error(`no ${missing.join(" and ")} controller in ${parent}`);
    writeFileSync(join(base, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
    mkdirSync(probe, { recursive: true });
    const [shell = "", ...args] = [...prefixOf(probe), "true"];
    await command(shell, ...args);
    rmdirSync(probe);
    return base;
  } catch (error) {
    for (const folder of [probe, base]) removeGroup(folder);
    throw error;
  }
}

function removeGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, or its last process is still ending; an empty group costs nothing.
  }
}

const wasOutOfMemory = (folder: string): boolean => {
  try {
    return /^oom_kill [1-9]/m.test(readFileSync(join(folder, "memory.events"), "utf8"));
  } catch {
    return false;
  }
};

function create(base: string, id: string, limits: Limits): Cgroup {
  const folder = join(base, id);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(limitFiles(limits))) tryWrite(join(folder, name), text);
  return {
    prefix: prefixOf(folder),
    async finish() {
      const outOfMemory = wasOutOfMemory(folder);
      removeGroup(folder);
      return outOfMemory;
    },
  };
}

export const noCgroups = (reason: string): Cgroups => ({
  enforced: false,
  reason,
  create: async () => undefined,
  close: async () => {},
});

/** The first place where groups can be made: the root of the tree, else beside our own group. */
export async function openCgroups(): Promise<Cgroups> {
  let why = "this machine has no control groups of version 2";
  try {
    readFileSync(join(mountPoint, "cgroup.controllers"));
    const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
    for (const parent of new Set([mountPoint, dirname(join(mountPoint, own))])) {
      try {
        const base = await open(parent);
        return {
          enforced: true,
          reason: "memory and CPU limits are enforced with control groups",
          create: async (id, limits) => create(base, id, limits),
          close: async () => removeGroup(base),
        };
      } catch (error) {
        why = (error as Error).message;
      }
    }
  } catch {
    // Not mounted: the reason stands.
  }
  return noCgroups(`memory and CPU limits are accounted by the scheduler, not enforced: ${why}`);
}
