/**
 * The process kubelet: runs the pods bound to this node as processes, serves their logs and exec, keeps the Node
 * object, and gives pods names and cluster IPs. Opens nothing to the network but the pods' name server and cluster IPs.
 */
import { join } from "node:path";
import type { Duplex } from "node:stream";
import {
  EndpointSlice as EndpointSliceKind,
  PersistentVolume as VolumeKind,
  PersistentVolumeClaim as ClaimKind,
  Pod as PodKind,
  Service as ServiceKind,
} from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import type { StatsSummary } from "../../api/core/stats.ts";
import { formatTime } from "../../meta/condition.ts";
import type { UnknownObject } from "../../meta/object.ts";
import type { Sleep } from "../../meta/sleeps.ts";
import type { Client } from "../../kube/client.ts";
import { failure, KubeError } from "../../kube/errors.ts";
import { formatAge } from "../../machinery/duration.ts";
import type { Cache } from "../../runtime/cache.ts";
import type { Clock } from "../../runtime/clock.ts";
import { EventRecorder } from "../../runtime/event-recorder.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { ExecOptions, ExecSession, ImageStore, LogOptions, NodeAgent } from "../contracts.ts";
import { type Capacity, machineCapacity } from "./capacity.ts";
import { ClaimFolders } from "./claims.ts";
import { ClusterNames } from "./cluster-names.ts";
import { containerLog } from "./container-log.ts";
import { emptyTrash, prepareFolders } from "./folders.ts";
import type { Bridge } from "./network/bridge.ts";
import { type DnsServer, startDns } from "./network/dns.ts";
import { watchNetwork } from "./network/watch-network.ts";
import { type ServiceProxy, startServiceProxy } from "./network/service-proxy.ts";
import { type KubeletContext, PodWorker } from "./pod-worker.ts";
import { registerNode, type Registration } from "./register.ts";
import { chooseRuntime, type NetworkMode } from "./runtime/choose.ts";
import type { Visibility } from "./runtime/mount-steps.ts";
import { machineSilentMounts } from "./runtime/silent-mounts.ts";
import type { ContainerRuntime } from "./runtime/types.ts";
import { allContainers } from "./state.ts";
import { machineStats, statsSummary } from "./stats-summary.ts";
import { keptRuns } from "./usage-files.ts";
import { sampleMs } from "./usage-meter.ts";

export type { NetworkMode } from "./runtime/choose.ts";

export interface KubeletOptions {
  readonly client: Client;
  /** Must watch; the kubelet declares the kinds that it reads. */
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: Logger;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly nodeName: string;
  /** Folder for pods, logs and claims. */
  readonly rootDir: string;
  readonly images: ImageStore;
  readonly network: NetworkMode;
  /** What the node offers instead of what the machine has. */
  readonly capacity: Partial<Capacity>;
  readonly version: string;
  readonly serviceAccount: { readonly token: string; readonly ca: string };
  /** What containers see of this machine's folders. */
  readonly visibility: Visibility;
  /** Variables every container starts from. */
  readonly baseEnv: Readonly<Record<string, string>>;
}

const shutdownGraceMs = 10_000;
const namesDelayMs = 50;

const badRequest = (message: string) => new KubeError(failure(400, "BadRequest", message));
const readKinds = [PodKind, ServiceKind, EndpointSliceKind, ClaimKind, VolumeKind];

export class Kubelet implements NodeAgent {
  readonly #options: KubeletOptions;
  readonly #names: ClusterNames;
  readonly #workers = new Map<string, PodWorker>();
  #context: KubeletContext | undefined;
  readonly #silentMounts = machineSilentMounts((mount, answers) => this.#tellMount(mount, answers));
  #registration: Registration | undefined;
  #dns: DnsServer | undefined;
  #proxy: ServiceProxy | undefined;
  #stops: (() => void)[] = [];

  constructor(options: KubeletOptions) {
    this.#options = options;
    // Asked for now, so that the cache's sync covers them.
    for (const kind of readKinds) options.cache.storeOf(kind);
    this.#names = new ClusterNames(options.cache, (service: Service) => this.#proxy?.addressOf(service));
  }

  /** How pods run here, and why so; undefined before the start. */
  get network(): Pick<ContainerRuntime, "mode" | "reason"> | undefined {
    return this.#context?.runtime;
  }

  /** Call when the cache is synced. */
  async start(): Promise<void> {
    const { client, cache, clock, log, random, rootDir, nodeName, version } = this.#options;
    const store = cache.storeOf(PodKind);
    const pods = (store.list() as readonly unknown[] as readonly Pod[]).filter((pod) => this.#isOurs(pod));
    const folders = await prepareFolders(rootDir, pods);
    const chosen = await chooseRuntime({
      mode: this.#options.network,
      root: rootDir,
      visibility: this.#options.visibility,
      silentMounts: this.#silentMounts,
      prepare: (bridge) => this.#openNetwork(bridge),
    });
    const { runtime, bridge } = chosen;
    const stores = { claims: cache.storeOf(ClaimKind), volumes: cache.storeOf(VolumeKind) };
    const claims = new ClaimFolders(stores, folders.claims, log);
    this.#stops.push(await claims.start());
    if (runtime.mode === "shared") log.warn("pods share this machine's network", { reason: runtime.reason });
    const capacity = await machineCapacity(rootDir, this.#options.capacity);
    const recorder = new EventRecorder({ client, clock, log, random, controller: "kubelet", instance: nodeName });
    const node = this.#nodeSettings(claims, capacity, { ...runtime, hasNameServer: bridge !== undefined });
    const images = {
      store: this.#options.images,
      progress: (image: string) => (line: string) => log.info("image", { image, line }),
    };
    this.#context = { client, clock, log, recorder, runtime, images, node, folders };
    const registration = await registerNode({ client, clock, log, recorder, nodeName, version, capacity, runtime });
    this.#registration = registration;
    this.#stops.push(() => registration.stop());
    if (bridge) this.#stops.push(this.#watchNetwork(bridge, registration));
    this.#stops.push(
      store.onChange((change, object) => this.#podChanged(object as unknown as Pod, change === "deleted")),
    );
    if (!bridge) this.#stops.push(this.#followNames());
    for (const pod of store.list()) this.#podChanged(pod as unknown as Pod, false);
    this.#stops.push(this.#doChores(folders.trash));
  }

  /** The machine has slept: says so where people look. */
  awake({ from, to }: Sleep): void {
    const times = `${formatTime(new Date(from))} to ${formatTime(new Date(to))}`;
    const message = `this machine slept, or the local cluster was paused, for ${formatAge(to - from)} (${times}); time limits do not count it`;
    this.#options.log.warn("slept", { times });
    this.#registration?.event("Normal", "Slept", message);
    this.#registration?.beat();
  }

  stats(): StatsSummary {
    const running = [...this.#workers.values()].flatMap((worker) => worker.measure());
    const ended = keptRuns(join(this.#options.rootDir, "pods"));
    return statsSummary(machineStats(this.#options.nodeName, this.#options.clock.now()), [...ended, ...running]);
  }

  /** Ends every pod's processes (their objects stay) and takes the network down. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.shutdown(shutdownGraceMs)));
    await this.#context?.recorder.flush();
    await this.#closeNetwork();
    await this.#context?.runtime.close();
  }

  async #openNetwork(bridge: Bridge): Promise<void> {
    const { cache, log } = this.#options;
    this.#dns = await startDns(bridge, bridge.gateway, this.#names.sources, log);
    this.#proxy = startServiceProxy(cache, bridge, log);
    await this.#proxy.settled();
  }

  async #closeNetwork(): Promise<void> {
    await this.#proxy?.close();
    await this.#dns?.close();
  }

  #watchNetwork(bridge: Bridge, { event, networkBroken }: Registration): () => void {
    const { clock, log } = this.#options;
    return watchNetwork(bridge, clock, {
      mended(what) {
        log.warn("network repaired", { what: what.join("; ") });
        event("Warning", "NetworkMended", `repaired the pods' network: ${what.join("; ")}`);
      },
      broken(why) {
        if (why) log.error("network broken", { error: why });
        networkBroken(why);
      },
    });
  }

  #tellMount(mount: string, answers: boolean): void {
    this.#options.log.warn("mount", { mount, answers });
    if (answers) return this.#registration?.event("Normal", "MountAnswers", `${mount} answers again`);
    const message = `the file system mounted at ${mount} does not answer: new pods do not see it until it does`;
    this.#registration?.event("Warning", "MountSilent", message);
  }

  #nodeSettings(
    claims: ClaimFolders,
    capacity: Capacity,
    runtime: { readonly hostIp: string; readonly mounts: boolean; readonly hasNameServer: boolean },
  ): KubeletContext["node"] {
    const { client, serviceAccount, baseEnv } = this.#options;
    const { hostIp, mounts, hasNameServer } = runtime;
    return {
      client,
      claimFolder: (namespace, name, silent) => claims.pathOf(namespace, name, silent),
      silentMounts: () => this.#silentMounts.find(),
      serviceAccount,
      hostIp,
      mounts,
      hasNameServer,
      allocatable: { cpu: capacity.cpu, memory: capacity.memory },
      baseEnv: () => ({ ...baseEnv, ...this.#names.apiVariables() }),
      serviceLinks: (namespace) => this.#names.links(namespace),
      hostNames: (namespace) => (hasNameServer ? [] : this.#names.hostNames(namespace)),
    };
  }

  /** Without a name server every pod's /etc/hosts follows the Services, a moment later. */
  #followNames(): () => void {
    let pending = false;
    return this.#names.onChange(() => {
      if (pending) return;
      pending = true;
      this.#options.clock.after(namesDelayMs, () => {
        pending = false;
        for (const worker of this.#workers.values()) worker.refreshNames();
      });
    });
  }

  /** What is done now and then: peaks are seen only by who looks often, and what pods left is removed. */
  #doChores(trash: string): () => void {
    const { clock, log } = this.#options;
    const work = async () => {
      for (const worker of this.#workers.values()) worker.measure();
      await emptyTrash(trash).catch((error: unknown) => log.warn("folders not removed", { error: errorText(error) }));
      if (!isOver) cancel = clock.after(sampleMs, () => void work());
    };
    let isOver = false;
    let cancel = clock.after(sampleMs, () => void work());
    return () => {
      isOver = true;
      cancel();
    };
  }

  #isOurs(pod: Pod): boolean {
    return pod.spec.nodeName === this.#options.nodeName;
  }

  #podChanged(pod: Pod, gone: boolean): void {
    if (!this.#isOurs(pod) || !this.#context) return;
    const uid = pod.metadata.uid ?? "";
    const known = this.#workers.get(uid);
    if (gone) {
      this.#workers.delete(uid);
      void known?.shutdown(0).then(() => known.removeFolder());
      return;
    }
    if (known) return known.update(pod);
    const worker = new PodWorker(this.#context, pod, () => this.#workers.delete(uid));
    this.#workers.set(uid, worker);
    worker.sync();
  }

  #containerName(pod: Pod, wanted: string | undefined): string {
    const all = allContainers(pod.spec).map(({ name }) => name);
    const preferred = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
    const name = wanted ?? preferred ?? pod.spec.containers[0]?.name ?? "";
    if (!all.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
    return name;
  }

  async *logs(object: UnknownObject, options: LogOptions): AsyncIterable<Uint8Array> {
    const pod = object as unknown as Pod;
    const container = this.#containerName(pod, options.container);
    const running = this.#workers.get(pod.metadata.uid ?? "")?.container(container);
    yield* containerLog(
      { pod, container, running, root: join(this.#options.rootDir, "pods") },
      options,
      this.#options.clock.now(),
    );
  }

  async exec(object: UnknownObject, options: ExecOptions): Promise<ExecSession> {
    const pod = object as unknown as Pod;
    const name = this.#containerName(pod, options.container);
    const container = this.#workers.get(pod.metadata.uid ?? "")?.container(name);
    if (!container?.isRunning) throw badRequest(`container ${name} of pod ${pod.metadata.name} is not running`);
    return container.exec(options.command, { tty: options.tty, stdin: options.stdin });
  }

  async dial(object: UnknownObject, port: number): Promise<Duplex> {
    const { metadata, status } = object as unknown as Pod;
    const host = status?.podIP;
    if (!host || !this.#context) throw badRequest(`pod ${metadata.name} has no address yet`);
    try {
      return await this.#context.runtime.dial(host, port);
    } catch (cause) {
      throw new Error(`cannot connect to port ${port} of pod ${metadata.name}: ${errorText(cause)}`, { cause });
    }
  }
}
