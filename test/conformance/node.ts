/** A whole embedded cluster in a temporary folder, with images that are this machine, for tests of what pods do on it. */
import { mkdtempSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { Event as EventKind, Node as NodeKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Container, Pod, PodSpec } from "../../src/api/core/pod.ts";
import type { PodStats, StatsSummary } from "../../src/api/core/stats.ts";
import type { Kind, KubeObject, ObjectMeta } from "../../src/meta/object.ts";
import type { Client } from "../../src/kube/client.ts";
import { isNotFound } from "../../src/kube/errors.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/log.ts";
import { apiAddresses, type Cluster, startCluster } from "../../src/local/cluster.ts";
import type { ImageStore } from "../../src/local/contracts.ts";
import { loadCredentials } from "../../src/local/credentials.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { removeTree } from "../../src/local/kubelet/folders.ts";
import type { NetworkMode } from "../../src/local/kubelet/kubelet.ts";

/** Every image is this machine, but for `broken/...`, which cannot be pulled. */
const machineImages: ImageStore = {
  isPresent: async (reference) => !reference.startsWith("broken/"),
  async pull(reference) {
    if (reference.startsWith("broken/")) throw new Error("it is broken");
    return { id: `${reference}@test`, env: { PATH: process.env["PATH"] ?? "", FROM_IMAGE: "yes" } };
  },
};

export interface TestNode {
  readonly client: Client;
  /** What the cluster keeps is in here. */
  readonly dataDir: string;
  readonly network: Cluster["network"];
  create(
    kind: Kind,
    metadata: ObjectMeta & { readonly name: string },
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** A pod with one container `main` that runs `script` in a shell, and never restarts unless `spec` says so. */
  run(name: string, script: string, spec?: Partial<PodSpec>, main?: Partial<Container>): Promise<void>;
  /** Waits until `holds` of the pod, and answers the pod. */
  until(name: string, holds: (pod: Pod) => unknown): Promise<Pod>;
  ended(name: string): Promise<Pod>;
  gone(name: string): Promise<void>;
  /** Waits until the pod's log has `text`: a container that runs has not yet done what its script begins with. */
  logged(name: string, text: string): Promise<void>;
  logs(name: string, query?: Readonly<Record<string, string>>): Promise<string>;
  /** `reason: note` of every event about the pod. */
  events(name: string): Promise<readonly string[]>;
  /** The only node's condition of that type. */
  condition(type: string): Promise<Condition>;
  /** What the node says of the use of the pod's containers. */
  stats(name: string): Promise<PodStats | undefined>;
  remove(name: string, gracePeriodSeconds?: number): Promise<void>;
  /** Stops the cluster and starts it again on what it left. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const namespace = "default";

interface NodeOptions {
  readonly mode: NetworkMode;
  readonly dataDir: string;
  readonly clock?: Clock;
}

async function start({ mode, dataDir, clock }: NodeOptions): Promise<Cluster> {
  return startCluster({
    dataDir,
    ...(clock && { clock }),
    credentials: await loadCredentials(dataDir, apiAddresses, new Date()),
    port: 0,
    log: silentLogger,
    version: "test",
    network: mode,
    images: machineImages,
    visibility: { home: homedir(), hidden: [dataDir], kept: [] },
    baseEnv: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/" },
    definitions: [],
    controllers: () => [],
  });
}

async function textOf(client: Client, pod: string, query: Readonly<Record<string, string>>): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  let text = "";
  for await (const bytes of client.transport.stream({ method: "GET", path, query }))
    text += Buffer.from(bytes).toString();
  return text;
}

interface PodEvent extends KubeObject {
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly name?: string };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface ObservedNode extends KubeObject {
  readonly status?: { readonly conditions: readonly Condition[] };
}

/** Starts the cluster in a new folder named so and something random; rejects when `mode` cannot be had here. */
export async function startTestNode(
  mode: NetworkMode,
  folder = "windlass-node-",
  more: Pick<NodeOptions, "clock"> = {},
): Promise<TestNode> {
  const dataDir = mkdtempSync(join(tmpdir(), folder));
  const options = { mode, dataDir, ...more };
  let cluster = await start(options);
  const refOf = (name: string) => ({ kind: PodKind, namespace, name });
  const find = async (name: string): Promise<Pod | undefined> => {
    try {
      return await cluster.client.get<Pod>(refOf(name));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const wait = async (name: string, holds: (pod: Pod | undefined) => unknown): Promise<Pod | undefined> => {
    let pod: Pod | undefined;
    const isSo = async () => {
      pod = await find(name);
      return Boolean(holds(pod));
    };
    await eventually(isSo, () => `pod ${name} is as awaited; its status: ${JSON.stringify(pod?.status, null, 1)}`);
    return pod;
  };
  const node: TestNode = {
    dataDir,
    get client() {
      return cluster.client;
    },
    get network() {
      return cluster.network;
    },
    async create(kind, metadata, fields) {
      const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version;
      await cluster.client.create(kind, {
        apiVersion,
        kind: kind.kind,
        metadata: { namespace, ...metadata },
        ...fields,
      });
    },
    async run(name, script, spec = {}, main = {}) {
      const container = { name: "main", image: "machine", command: ["bash", "-c", script], ...main };
      await node.create(
        PodKind,
        { name, labels: { app: name } },
        { spec: { restartPolicy: "Never", containers: [container], ...spec } },
      );
    },
    until: (name, holds) => wait(name, (pod) => pod && holds(pod)) as Promise<Pod>,
    ended: (name) => node.until(name, ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed"),
    gone: async (name) => void (await wait(name, (pod) => pod === undefined)),
    async logged(name, text) {
      await node.until(name, (pod) => pod.status?.containerStatuses?.[0]?.state?.running);
      await eventually(async () => (await node.logs(name)).includes(text), `pod ${name} has printed ${text}`);
    },
    logs: (name, query = {}) => textOf(cluster.client, name, query),
    async events(name) {
      const { items } = await cluster.client.list<PodEvent>(EventKind, { namespace });
      return items.filter(({ regarding }) => regarding?.name === name).map(({ reason, note }) => `${reason}: ${note}`);
    },
    async condition(type) {
      const { items } = await cluster.client.list<ObservedNode>(NodeKind, {});
      const found = items[0]?.status?.conditions.find((condition) => condition.type === type);
      if (!found) throw new Error(`the node has no condition ${type}`);
      return found;
    },
    async stats(name) {
      const path = "/api/v1/nodes/local/proxy/stats/summary";
      const { body } = await cluster.client.transport.request({ method: "GET", path });
      return (body as StatsSummary).pods.find(({ podRef }) => podRef.name === name);
    },
    async remove(name, gracePeriodSeconds) {
      await cluster.client.delete(refOf(name), { ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }) });
    },
    async restart() {
      await cluster.stop();
      cluster = await start(options);
    },
    async stop() {
      await cluster.stop();
      await removeTree(dataDir);
    },
  };
  return node;
}
