/** Keeps the Node object: made or brought up to date at start, its heartbeat renewed now and then. */
import { arch, release, type as osType } from "node:os";
import { Node as NodeKind } from "../../api/core/kinds.ts";
import { formatTime } from "../../meta/condition.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { isAlreadyExists } from "../../kube/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { EventRecorder } from "../../runtime/event-recorder.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { Capacity } from "./capacity.ts";
import { desiredNode } from "./node-object.ts";
import type { ContainerRuntime } from "./runtime/types.ts";

const heartbeatMs = 60_000;

export interface RegisterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly nodeName: string;
  readonly version: string;
  readonly capacity: Capacity;
  readonly runtime: ContainerRuntime;
}

interface NodeWithStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly Readonly<Record<string, unknown>>[] };
}

/** Events about what pods on this node have to do without. */
function tellWhatIsMissing({ recorder, runtime }: RegisterOptions, node: KubeObject): void {
  const tell = (reason: string, message: string) =>
    recorder.record(node, { type: "Normal", reason, message, action: "Registering" });
  if (runtime.mode === "shared") tell("SharedNetwork", runtime.reason);
  if (!runtime.limits.enforced) tell("LimitsNotEnforced", runtime.limits.reason);
}

export interface Registration {
  /** Says that the pods' network is broken, and how; undefined: that it is as it was at first. */
  networkBroken(why: string | undefined): void;
  /** About the node. */
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  /** A heartbeat now. */
  beat(): void;
  stop(): void;
}

/** Writes the node as this machine is now; one that is there keeps what others wrote on it. */
async function writeNode({ client, clock, capacity, runtime, ...options }: RegisterOptions): Promise<NodeWithStatus> {
  const ref = { kind: NodeKind, name: options.nodeName };
  const facts = {
    name: options.nodeName,
    ip: runtime.hostIp,
    capacity,
    network: { mode: runtime.mode, reason: runtime.reason },
    mounts: runtime.mounts,
    version: options.version,
    osImage: osType(),
    kernel: release(),
    architecture: arch() === "x64" ? "amd64" : arch(),
    limits: runtime.limits,
  };
  const node = desiredNode(facts, clock.now());
  try {
    await client.create(NodeKind, node);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { labels, annotations } = node.metadata;
    await client.patch(ref, { metadata: { labels, annotations } }, { type: "merge" });
  }
  return client.patch(ref, { status: node["status"] }, { type: "merge", subresource: "status" });
}

/** Resolves when the node is there, with a heartbeat from now on. */
export async function registerNode(options: RegisterOptions): Promise<Registration> {
  const { client, clock, log, nodeName } = options;
  const ref = { kind: NodeKind, name: nodeName };
  const written = await writeNode(options);
  tellWhatIsMissing(options, written);
  const conditions = written.status?.conditions ?? [];
  let broken: string | undefined;
  const beat = async () => {
    cancel();
    const lastHeartbeatTime = formatTime(clock.now());
    const network = broken !== undefined && { status: "False", reason: "Broken", message: broken };
    const status = {
      conditions: conditions.map((condition) => ({
        ...condition,
        ...(condition["type"] === "WindlassNetwork" && network),
        lastHeartbeatTime,
      })),
    };
    await client.patch(ref, { status }, { type: "merge", subresource: "status" }).catch((error: unknown) => {
      log.warn("heartbeat not written", { error: errorText(error) });
    });
    cancel = clock.after(heartbeatMs, () => void beat());
  };
  let cancel = clock.after(heartbeatMs, () => void beat());
  return {
    networkBroken(why) {
      if (why === broken) return;
      broken = why;
      void beat();
    },
    event: (type, reason, message) => options.recorder.record(written, { type, reason, message, action: reason }),
    beat: () => void beat(),
    stop: () => cancel(),
  };
}
