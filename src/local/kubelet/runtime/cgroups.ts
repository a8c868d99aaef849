/**
 * Memory and CPU limits through control groups, where this process may make them. Each run of a container gets a group
 * of its own; the process that starts it steps into the group first. Which files hold the limits: cgroup-hierarchies.ts.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../../machinery/shell-words.ts";
import { errorText } from "../../../runtime/log.ts";
import { type Hierarchy, hierarchiesOf, NoControlGroups, type Tree } from "./cgroup-hierarchies.ts";
import { joinUsage, type Usage } from "./cgroup-usage.ts";
import { command, tool } from "./processes.ts";
import type { Exit, Limits } from "./types.ts";

export interface Cgroup {
  /** One in each tree; what is to run in the group enters all of them first. */
  readonly folders: readonly string[];
  /** What a container is to see of them, by where it looks. */
  readonly views: Readonly<Record<string, string>>;
  /** What its processes have used; undefined once the group is gone. */
  usage(): Usage | undefined;
  /** How many of its processes the kernel has ended for want of memory. */
  memoryKills(): number;
  /** Removes the group once its processes have ended: how it ended, and what it used. */
  finish(): Pick<Exit, "memoryKills" | "usage">;
}

export interface Cgroups {
  readonly enforced: boolean;
  readonly reason: string;
  /** Undefined where limits are not enforced. */
  create(id: string, limits: Limits): Cgroup | undefined;
  close(): void;
}

/** A hierarchy with the folder in which the groups of this kubelet are. */
interface Opened {
  readonly hierarchy: Hierarchy;
  readonly base: string;
}

const ourName = `windlass-${process.pid}`;

/** Put before a command, makes it run in the groups. */
export const inGroups = (folders: readonly string[]): readonly string[] => [
  tool("sh"),
  "-c",
  `${folders.map((folder) => `echo 0 >${quote(join(folder, "cgroup.procs"))}`).join(" && ")} && exec "$@"`,
  "windlass",
];

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // Already so, or a file that this kernel does not have (swap): what must hold was tried by `open`.
  }
}

function removeGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, or its last process is still ending; an empty group costs nothing.
  }
}

function removeWithGroupsInside(base: string): void {
  // Clusters of one process share it.
  if (!existsSync(base)) return;
  for (const entry of readdirSync(base, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(base, entry.name));
  removeGroup(base);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** What kubelets that were killed left behind. */
function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^windlass-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeWithGroupsInside(join(parent, name));
  }
}

/** Makes the base in `parent` with the controllers handed down, and proves that limits hold and processes can enter. */
async function openIn(parent: string, hierarchy: Hierarchy): Promise<Opened> {
  const base = join(parent, ourName);
  const probe = join(base, "probe");
  removeStale(parent);
  if (hierarchy.handDown) tryWrite(join(parent, "cgroup.subtree_control"), hierarchy.handDown);
  mkdirSync(base, { recursive: true });
  try {
    if (hierarchy.handDown) writeFileSync(join(base, "cgroup.subtree_control"), hierarchy.handDown);
    mkdirSync(probe, { recursive: true });
    for (const name of hierarchy.needed) readFileSync(join(probe, name));
    const [shell = "", ...args] = [...inGroups([probe]), "true"];
    await command(shell, ...args);
    removeGroup(probe);
    return { hierarchy, base };
  } catch (error) {
    removeWithGroupsInside(base);
    throw error;
  }
}

/** In the first of its parents where that is possible. */
async function open(hierarchy: Hierarchy): Promise<Opened> {
  let why: unknown;
  for (const parent of hierarchy.parents) {
    try {
      return await openIn(parent, hierarchy);
    } catch (error) {
      why ??= error;
    }
  }
  throw why;
}

const killsIn = (file: string): number => {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

function create(opened: readonly Opened[], id: string, limits: Limits): Cgroup {
  const groups = opened.map(({ hierarchy, base }) => ({ hierarchy, folder: join(base, id) }));
  for (const { hierarchy, folder } of groups) {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(hierarchy.files(limits))) tryWrite(join(folder, name), text);
  }
  const usage = () => joinUsage(groups.map(({ hierarchy, folder: at }) => hierarchy.usage?.(at) ?? {}));
  const memoryKills = () =>
    groups.reduce(
      (sum, { hierarchy, folder: at }) => sum + (hierarchy.killsIn ? killsIn(join(at, hierarchy.killsIn)) : 0),
      0,
    );
  return {
    folders: groups.map(({ folder }) => folder),
    views: Object.fromEntries(groups.map(({ hierarchy, folder }) => [hierarchy.mountPoint, folder])),
    usage,
    memoryKills,
    finish() {
      const end = { memoryKills: memoryKills(), usage: usage() };
      for (const { folder } of groups) removeGroup(folder);
      return { ...(end.usage && { usage: end.usage }), ...(end.memoryKills > 0 && { memoryKills: end.memoryKills }) };
    },
  };
}

const noCgroups = (why: string): Cgroups => ({
  enforced: false,
  reason: `memory and CPU limits are used for scheduling but not enforced: ${why}`,
  create: () => undefined,
  close: () => {},
});

const closeAll = (opened: readonly Opened[]): void => {
  for (const { base } of opened) removeWithGroupsInside(base);
};

/** Limits as the tree allows; never rejects: where none can be enforced, the reason says why. */
export async function openCgroups(tree: Tree): Promise<Cgroups> {
  const opened: Opened[] = [];
  try {
    for (const hierarchy of hierarchiesOf(tree)) opened.push(await open(hierarchy));
    return {
      enforced: true,
      reason: "memory and CPU limits are enforced with control groups",
      create: (id, limits) => create(opened, id, limits),
      close: () => closeAll(opened),
    };
  } catch (error) {
    closeAll(opened);
    const isNone = error instanceof NoControlGroups;
    return noCgroups(isNone ? error.message : `cannot create control groups: ${errorText(error).split("\n")[0]}`);
  }
}
