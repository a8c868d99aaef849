/** Picks the best way to run pods that this machine and this user allow, and says why nothing better. */
import { type Bridge, openBridge } from "../network/bridge.ts";
import { machineSpace, openUserSpace } from "../network/space.ts";
import { machineTree } from "./cgroup-hierarchies.ts";
import { openCgroups } from "./cgroups.ts";
import { type Helper, openHelper } from "./helper.ts";
import type { Visibility } from "./mount-steps.ts";
import { checkNamespaces, namespaceRuntime } from "./namespaces.ts";
import { plainRuntime } from "./plain.ts";
import type { SilentMounts } from "./silent-mounts.ts";
import type { ContainerRuntime } from "./types.ts";

/**
 * `namespaces`: an address for every pod, or fail. `shared`: the machine's network, with mounts of their own where that
 * is possible. `plain`: no namespaces at all, as on macOS. `auto`: the first that works.
 */
export type NetworkMode = "auto" | "namespaces" | "shared" | "plain";

export interface ChosenRuntime {
  readonly runtime: ContainerRuntime;
  readonly bridge?: Bridge;
}

export interface RuntimeOptions {
  readonly mode: NetworkMode;
  /** The kubelet's folder. */
  readonly root: string;
  readonly visibility: Visibility;
  readonly silentMounts: SilentMounts;
  /** Runs on the bridge too, so that what fails there (a name server in the way) counts as no network. */
  readonly prepare: (bridge: Bridge) => Promise<void>;
}

const isRoot = () => process.getuid?.() === 0;
const limits = () => openCgroups(machineTree());
const firstLine = (error: unknown) => (error as Error).message.split("\n")[0] ?? "";

/** A helper that can do what is wanted, or none. */
async function checked(helper: Helper, network: boolean): Promise<Helper> {
  try {
    if (process.platform !== "linux") throw new Error(`${process.platform} has no namespaces`);
    await checkNamespaces(helper, network);
    return helper;
  } catch (error) {
    await helper.close();
    throw error;
  }
}

async function isolated({ visibility, silentMounts, root, prepare }: RuntimeOptions): Promise<ChosenRuntime> {
  const helper = await checked(openHelper({ enter: [], asUser: !isRoot() }), true);
  if (!isRoot()) await helper.close();
  const space = isRoot() ? machineSpace(helper) : await openUserSpace();
  const bridge = await openBridge(space);
  try {
    await prepare(bridge);
  } catch (error) {
    await bridge.close();
    throw error;
  }
  const outbound = bridge.noWayOut === undefined ? "" : `; pods cannot reach other machines: ${bridge.noWayOut}`;
  const reason = `each pod has its own network, mounts and processes${outbound}`;
  return {
    bridge,
    runtime: namespaceRuntime({
      helper: space.helper,
      bridge,
      reason,
      cgroups: await limits(),
      visibility,
      silentMounts,
      root,
    }),
  };
}

async function shared({ visibility, silentMounts, root }: RuntimeOptions, why: string): Promise<ChosenRuntime> {
  try {
    const helper = await checked(openHelper({ enter: [], asUser: !isRoot() }), false);
    const reason = `${why}; container ports are ports of this machine`;
    const cgroups = await limits();
    return { runtime: namespaceRuntime({ helper, reason, cgroups, visibility, silentMounts, root }) };
  } catch (error) {
    return plain(root, `${why}; pods share its mounts, too: ${firstLine(error)}`);
  }
}

async function plain(root: string, why: string): Promise<ChosenRuntime> {
  const reason = `${why}; container ports are ports of this machine, volumes are not mounted, and pods can read and write everything that you can`;
  return { runtime: plainRuntime({ root, reason, cgroups: await limits() }) };
}

/** Rejects only when `namespaces` was asked for and cannot be had. */
export async function chooseRuntime(options: RuntimeOptions): Promise<ChosenRuntime> {
  const { mode, root } = options;
  if (mode === "plain") return plain(root, "as configured");
  if (mode === "shared") return shared(options, "pods share this machine's network, as configured");
  try {
    return await isolated(options);
  } catch (error) {
    if (mode === "namespaces")
      throw new Error(`cannot create pod networks on this machine: ${firstLine(error)}`, { cause: error });
    return shared(
      options,
      `pods share this machine's network because pod networks cannot be created: ${firstLine(error)}`,
    );
  }
}
