/**
 * The process kubelet: runs the pods bound to this node as processes, serves their logs and exec, keeps the Node object,
 * and gives pods names and cluster IPs. Opens nothing to the network but the pods' name server and cluster IPs.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { arch, release, type as osType } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import {
  EndpointSlice as EndpointSliceKind,
  Node as NodeKind,
  Pod as PodKind,
  Service as ServiceKind,
} from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { EndpointSlice, Service } from "../../api/core/service.ts";
import type { KubeObject, UnknownObject } from "../../api/meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { failure, isAlreadyExists, KubeError } from "../../kube/errors.ts";
import type { Cache } from "../../runtime/cache.ts";
import type { Clock } from "../../runtime/clock.ts";
import { EventRecorder } from "../../runtime/events.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { ExecOptions, ExecSession, ImageStore, LogOptions, NodeAgent } from "../contracts.ts";
import { logFileOf } from "./container.ts";
import { readLog } from "./logs.ts";
import { type Bridge, openBridge } from "./network/bridge.ts";
import { type DnsServer, startDns } from "./network/dns.ts";
import { type ServiceProxy, startServiceProxy } from "./network/service-proxy.ts";
import { type Capacity, desiredNode } from "./node-object.ts";
import { type KubeletContext, PodWorker } from "./pod-worker.ts";
import { checkNamespaces, namespaceRuntime } from "./runtime/namespaces.ts";
import { sharedRuntime } from "./runtime/shared.ts";
import type { ContainerRuntime } from "./runtime/types.ts";
import { allContainers } from "./state.ts";

export type NetworkMode = "auto" | "namespaces" | "shared";

export interface KubeletOptions {
  readonly client: Client;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly nodeName: string;
  /** Folder for pods, logs and claims. */
  readonly rootDir: string;
  readonly images: ImageStore;
  readonly network: NetworkMode;
  readonly capacity: Capacity;
  readonly version: string;
  readonly serviceAccount: { readonly token: string; readonly ca: string };
  readonly keep: readonly string[];
  readonly baseEnv: Readonly<Record<string, string>>;
}

const heartbeatMs = 60_000;
const shutdownGraceMs = 10_000;
const keptPodLogs = 1000;

async function chooseRuntime(mode: NetworkMode): Promise<{ runtime: ContainerRuntime; bridge?: Bridge }> {
  if (mode === "shared")
    return { runtime: sharedRuntime("asked for with --network shared; container ports are ports of this machine") };
  try {
    await checkNamespaces();
    const bridge = await openBridge();
    return { runtime: namespaceRuntime(bridge), bridge };
  } catch (error) {
    if (mode === "namespaces") throw error;
    const why = errorText(error).split("\n")[0];
    return { runtime: sharedRuntime(`pods share this machine's network, for namespaces cannot be made: ${why}`) };
  }
}

/** Folders of pods and logs kept from long ago are dropped, oldest first. */
function tidyLogs(folder: string): void {
  const kept = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of kept.slice(0, Math.max(0, kept.length - keptPodLogs)))
    rmSync(join(folder, name), { recursive: true, force: true });
}

const badRequest = (message: string) => new KubeError(failure(400, "BadRequest", message));

export class Kubelet implements NodeAgent {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  #context: KubeletContext | undefined;
  #bridge: Bridge | undefined;
  #dns: DnsServer | undefined;
  #proxy: ServiceProxy | undefined;
  #stopWatching = () => {};
  #cancelHeartbeat = () => {};

  constructor(options: KubeletOptions) {
    this.#options = options;
    // Asked for now, so that the cache's sync covers them.
    for (const kind of [PodKind, ServiceKind, EndpointSliceKind]) options.cache.storeOf(kind);
  }

  get runtime(): Pick<ContainerRuntime, "mode" | "reason" | "hostIp"> | undefined {
    return this.#context?.runtime;
  }

  /** Call when the cache is synced. */
  async start(): Promise<void> {
    const { client, cache, clock, log, random, rootDir, images, serviceAccount, keep, baseEnv } = this.#options;
    const { runtime, bridge } = await chooseRuntime(this.#options.network);
    this.#bridge = bridge;
    const folders = { pods: join(rootDir, "pods"), run: join(rootDir, "run"), claims: join(rootDir, "claims") };
    // What a killed predecessor left: its processes are dead, their scratch folders are not.
    rmSync(folders.run, { recursive: true, force: true });
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
    tidyLogs(folders.pods);
    const recorder = new EventRecorder({
      client,
      clock,
      log,
      random,
      controller: "kubelet",
      instance: this.#options.nodeName,
    });
    this.#context = { client, cache, clock, log, recorder, runtime, images, folders, serviceAccount, keep, baseEnv };
    if (bridge) {
      this.#dns = await startDns(bridge.gateway, this.#names(), log);
      this.#proxy = startServiceProxy(cache, bridge, log);
    }
    await this.#register();
    const store = cache.storeOf(PodKind);
    this.#stopWatching = store.onChange((change, object) => this.#podChanged(object as Pod, change === "deleted"));
    for (const pod of store.list()) this.#podChanged(pod as Pod, false);
  }

  /** Ends every pod's processes (their objects stay) and takes the network down. */
  async stop(): Promise<void> {
    this.#stopWatching();
    this.#cancelHeartbeat();
    await Promise.all([...this.#workers.values()].map((worker) => worker.shutdown(shutdownGraceMs)));
    await this.#context?.recorder.flush();
    await this.#proxy?.close();
    await this.#dns?.close();
    await this.#context?.runtime.close();
  }

  #names() {
    const { cache } = this.#options;
    return {
      service: (namespace: string, name: string) =>
        cache.storeOf(ServiceKind).get(namespace, name) as Service | undefined,
      slices: (namespace: string, name: string) =>
        cache
          .storeOf(EndpointSliceKind)
          .list({ namespace, labels: { "kubernetes.io/service-name": name } }) as unknown as readonly EndpointSlice[],
    };
  }

  #podChanged(pod: Pod, gone: boolean): void {
    if (pod.spec.nodeName !== this.#options.nodeName || !this.#context) return;
    const uid = pod.metadata.uid ?? "";
    const known = this.#workers.get(uid);
    if (gone) {
      this.#workers.delete(uid);
      void known?.shutdown(0);
      return;
    }
    if (known) return known.update(pod);
    const worker = new PodWorker(this.#context, pod, () => this.#workers.delete(uid));
    this.#workers.set(uid, worker);
    worker.look();
  }

  async #register(): Promise<void> {
    const { client, clock, nodeName, capacity, version } = this.#options;
    const runtime = this.#context?.runtime;
    const facts = {
      name: nodeName,
      ip: runtime?.hostIp ?? "127.0.0.1",
      capacity,
      network: {
        mode: runtime?.mode ?? "shared",
        reason: `${runtime?.reason ?? ""}${this.#bridge && !this.#bridge.outbound ? "; pods reach this machine only, for neither nft nor iptables is here to let them out" : ""}`,
      },
      version,
      osImage: osType(),
      kernel: release(),
      architecture: arch() === "x64" ? "amd64" : arch(),
      limits: {
        enforced: false,
        reason: "CPU and memory limits are accounted by the scheduler, not enforced on processes",
      },
    } as const;
    const node = desiredNode(facts, clock.now());
    const ref = { kind: NodeKind, name: nodeName };
    try {
      await client.create(NodeKind, node);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { metadata } = node;
      await client.patch(
        ref,
        { metadata: { labels: metadata.labels, annotations: metadata.annotations } },
        { type: "merge" },
      );
    }
    await client.patch(ref, { status: node["status"] }, { type: "merge", subresource: "status" });
    this.#cancelHeartbeat = clock.after(heartbeatMs, () => void this.#heartbeat());
  }

  async #heartbeat(): Promise<void> {
    const { client, clock, log, nodeName } = this.#options;
    const now = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    try {
      const node = await client.get<KubeObject & { status?: { conditions?: readonly object[] } }>({
        kind: NodeKind,
        name: nodeName,
      });
      const conditions = (node.status?.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime: now }));
      await client.patch(
        { kind: NodeKind, name: nodeName },
        { status: { conditions } },
        { type: "merge", subresource: "status" },
      );
    } catch (error) {
      log.warn("heartbeat not written", { error: errorText(error) });
    }
    this.#cancelHeartbeat = clock.after(heartbeatMs, () => void this.#heartbeat());
  }

  #containerName(pod: Pod, wanted: string | undefined): string {
    const all = allContainers(pod.spec).map(({ name }) => name);
    const name =
      wanted ??
      pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"] ??
      pod.spec.containers[0]?.name ??
      "";
    if (!all.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
    return name;
  }

  async *logs(object: UnknownObject, options: LogOptions): AsyncIterable<Uint8Array> {
    const pod = object as unknown as Pod;
    const name = this.#containerName(pod, options.container);
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const status = statuses.find((s) => s.name === name);
    const restarts = status?.restartCount ?? 0;
    if (options.previous && restarts === 0)
      throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
    const running = options.previous ? undefined : this.#workers.get(pod.metadata.uid ?? "")?.container(name);
    const root = this.#context?.folders.pods ?? "";
    const file = running?.logFile ?? logFileOf(root, pod, name, options.previous ? restarts - 1 : restarts);
    if (!existsSync(file)) {
      const why = status?.state?.waiting?.reason ?? "ContainerCreating";
      throw badRequest(`container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
    }
    const source = { file, isRunning: () => running?.isRunning === true, ended: running?.ended ?? Promise.resolve() };
    yield* readLog(source, options, this.#options.clock.now());
  }

  async exec(object: UnknownObject, options: ExecOptions): Promise<ExecSession> {
    const pod = object as unknown as Pod;
    const name = this.#containerName(pod, options.container);
    const container = this.#workers.get(pod.metadata.uid ?? "")?.container(name);
    if (!container?.isRunning) throw badRequest(`container ${name} of pod ${pod.metadata.name} is not running`);
    return container.exec(options.command, { tty: options.tty, stdin: options.stdin });
  }

  async dial(object: UnknownObject, port: number): Promise<Duplex> {
    const pod = object as unknown as Pod;
    const ip = pod.status?.podIP;
    if (!ip) throw badRequest(`pod ${pod.metadata.name} has no address yet`);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: ip, port });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }
}
