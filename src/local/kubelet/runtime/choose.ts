/** Picks the best way to run pods that this machine and this user allow, and says why nothing better. */
import { type Bridge, openBridge } from "../network/bridge.ts";
import { machineSpace, openUserSpace } from "../network/space.ts";
import { machineTree } from "./cgroup-hierarchies.ts";
import { openCgroups } from "./cgroups.ts";
import { checkNamespaces, namespaceRuntime } from "./namespaces.ts";
import { plainRuntime } from "./plain.ts";
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

const isRoot = () => process.getuid?.() === 0;
const limits = () => openCgroups(machineTree());
const firstLine = (error: unknown) => (error as Error).message.split("\n")[0] ?? "";

/** Runs `prepare` on the bridge too, so that what fails there (a name server in the way) counts as no network. */
async function isolated(root: string, prepare: (bridge: Bridge) => Promise<void>): Promise<ChosenRuntime> {
  const asUser = !isRoot();
  await checkNamespaces({ network: true, asUser });
  const bridge = await openBridge(asUser ? await openUserSpace() : machineSpace);
  try {
    await prepare(bridge);
  } catch (error) {
    await bridge.close();
    throw error;
  }
  const outbound = bridge.noWayOut === undefined ? "" : `; pods reach no other machine, for ${bridge.noWayOut}`;
  const reason = `each pod has its own network, mounts and processes${outbound}`;
  return { bridge, runtime: namespaceRuntime({ root, bridge, asUser, reason, cgroups: await limits() }) };
}

async function shared(root: string, why: string): Promise<ChosenRuntime> {
  const asUser = !isRoot();
  try {
    await checkNamespaces({ network: false, asUser });
    const reason = `${why}; container ports are ports of this machine`;
    return { runtime: namespaceRuntime({ root, asUser, reason, cgroups: await limits() }) };
  } catch (error) {
    return plain(root, `${why}; no private mounts either: ${firstLine(error)}`);
  }
}

async function plain(root: string, why: string): Promise<ChosenRuntime> {
  const reason = `${why}; container ports are ports of this machine, and volumes are not mounted`;
  return { runtime: plainRuntime({ root, reason, cgroups: await limits() }) };
}

/** `root` is the kubelet's folder. Rejects only when `namespaces` was asked for and cannot be had. */
export async function chooseRuntime(
  mode: NetworkMode,
  root: string,
  prepare: (bridge: Bridge) => Promise<void>,
): Promise<ChosenRuntime> {
  if (mode === "plain") return plain(root, "asked for");
  if (mode === "shared") return shared(root, "pods share this machine's network, as asked for");
  try {
    return await isolated(root, prepare);
  } catch (error) {
    if (mode === "namespaces")
      throw new Error(`pods cannot have networks of their own here: ${firstLine(error)}`, { cause: error });
    return shared(root, `pods share this machine's network, for they cannot have their own: ${firstLine(error)}`);
  }
}
