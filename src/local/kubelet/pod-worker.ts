/**
 * Brings one pod to where its spec wants it and keeps its status true: looks (planPod), acts, reports (derivePodStatus),
 * one step at a time. All decisions are in plan-pod.ts and derive-status.ts.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Container, ContainerStateTerminated, Pod, PodStatus } from "../../api/core/pod.ts";
import { isNotFound } from "../../kube/errors.ts";
import { diffMergePatch } from "../../machinery/patch/merge.ts";
import { parseQuantity, quantityCeil } from "../../machinery/quantity.ts";
import type { Client } from "../../kube/client.ts";
import type { Cache } from "../../runtime/cache.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { EventRecorder } from "../../runtime/events.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { Environment, ImageStore } from "../contracts.ts";
import { logFileOf, type RunningContainer, startContainer } from "./container.ts";
import { derivePodStatus } from "./derive-status.ts";
import { ConfigError, containerCommand, containerEnv } from "./env.ts";
import { readSources } from "./env-sources.ts";
import { deadlineLeft, planPod, type Step } from "./plan-pod.ts";
import type { ContainerRuntime, Sandbox } from "./runtime/types.ts";
import {
  backoffMs,
  type ContainerRecord,
  initialState,
  newRecord,
  type PodState,
  restartBackoff,
  withContainer,
} from "./state.ts";
import { containerBinds, etcBinds, memoryVolumes, serviceAccountBind, type VolumeContext } from "./volumes.ts";

export interface KubeletContext {
  readonly client: Client;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly images: ImageStore;
  /** Pods' folders, logs, claims. */
  readonly folders: { readonly pods: string; readonly run: string; readonly claims: string };
  readonly serviceAccount: { readonly token: string; readonly ca: string };
  /** Folders that containers must see whatever is mounted over /tmp. */
  readonly keep: readonly string[];
  /** Variables every container starts from. */
  readonly baseEnv: Readonly<Record<string, string>>;
}

const imageRetryMs = { first: 10_000, most: 300_000 } as const;

export class PodWorker {
  readonly #context: KubeletContext;
  readonly #running = new Map<string, RunningContainer>();
  readonly #finished: () => void;
  readonly #abort = new AbortController();
  #pod: Pod;
  #state: PodState;
  #sandbox: Sandbox | undefined;
  #busy = false;
  #again = false;
  #isStopping = false;
  #cancelWake = () => {};
  #imageFailures = new Map<string, number>();
  #closed = false;

  constructor(context: KubeletContext, pod: Pod, finished: () => void) {
    this.#context = context;
    this.#pod = pod;
    this.#finished = finished;
    this.#state = initialState(pod, context.clock.now());
  }

  /** The pod object changed. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.look();
  }

  container(name: string): RunningContainer | undefined {
    return this.#running.get(name);
  }

  /** Ends every process at once, without reporting: the kubelet itself is stopping. */
  async shutdown(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    this.#cancelWake();
    const grace = Math.min(graceMs, (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
    await Promise.all([...this.#running.values()].map((container) => container.stop(grace)));
    await this.#sandbox?.destroy();
  }

  /** Plans and acts; calls that come meanwhile lead to one more look. */
  look(): void {
    if (this.#closed) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    void this.#step()
      .catch((error: unknown) => {
        this.#context.log.error("pod not synced", { pod: this.#pod.metadata.name, error: errorText(error) });
        this.#context.clock.after(1000, () => this.look());
      })
      .finally(() => {
        this.#busy = false;
        if (!this.#again) return;
        this.#again = false;
        this.look();
      });
  }

  async #step(): Promise<void> {
    const now = this.#context.clock.now();
    if (deadlineLeft(this.#pod, now) === 0 && !this.#state.ending && !isOver(this.#pod)) {
      this.#state = {
        ...this.#state,
        ending: {
          reason: "DeadlineExceeded",
          message: "Pod was active on the node longer than the specified deadline",
        },
      };
    }
    const plan = planPod(this.#pod, this.#state, now);
    for (const step of plan.steps) await this.#act(step);
    this.#cancelWake();
    if (plan.wakeAfterMs !== undefined)
      this.#cancelWake = this.#context.clock.after(plan.wakeAfterMs + 1, () => this.look());
    if (!this.#closed) await this.#report();
  }

  async #act(step: Step): Promise<void> {
    switch (step.do) {
      case "sandbox":
        return this.#makeSandbox();
      case "start":
        return this.#begin(step.container);
      case "stop-all":
        return this.#stopOnce();
      case "teardown":
        await this.#sandbox?.destroy();
        this.#sandbox = undefined;
        this.#state = { ...this.#state, sandbox: "gone" };
        this.#again = true;
        return;
      case "remove":
        return this.#removeObject();
    }
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.record(this.#pod, { type, reason, message, action: reason });
  }

  get #folder(): string {
    return join(this.#context.folders.run, this.#pod.metadata.uid ?? "");
  }

  async #makeSandbox(): Promise<void> {
    this.#state = { ...this.#state, sandbox: "starting" };
    const { metadata, spec } = this.#pod;
    const hostname = spec.hostname ?? metadata.name ?? "pod";
    const id = (metadata.uid ?? "").replaceAll("-", "").slice(0, 8);
    try {
      const sandbox = await this.#context.runtime.createSandbox({
        id,
        folder: this.#folder,
        hostname: hostname.slice(0, 63),
        tmpfs: memoryVolumes(this.#pod, this.#folder),
      });
      this.#sandbox = sandbox;
      this.#state = { ...this.#state, sandbox: "ready", ip: sandbox.ip, sandboxError: undefined };
      void sandbox.gone.then(() => this.#sandboxLost(sandbox));
      this.#again = true;
    } catch (error) {
      this.#state = { ...this.#state, sandbox: "none", sandboxError: errorText(error) };
      this.#event("Warning", "FailedCreatePodSandBox", errorText(error));
      this.#cancelWake = this.#context.clock.after(5000, () => this.look());
    }
  }

  #sandboxLost(sandbox: Sandbox): void {
    if (this.#closed || this.#sandbox !== sandbox) return;
    this.#sandbox = undefined;
    for (const container of this.#running.values()) container.kill();
    this.#state = { ...this.#state, sandbox: "none" };
    this.look();
  }

  /** Stops all containers without holding up further looks. */
  #stopOnce(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    void this.#stopAll().finally(() => {
      this.#isStopping = false;
      this.look();
    });
  }

  async #stopAll(): Promise<void> {
    const seconds = this.#pod.metadata.deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30;
    const stops = [...this.#running].map(async ([name, container]) => {
      this.#event("Normal", "Killing", `Stopping container ${name}`);
      await container.stop(seconds * 1000);
    });
    await Promise.all(stops);
  }

  async #removeObject(): Promise<void> {
    const { uid, namespace, name = "" } = this.#pod.metadata;
    await this.#report();
    try {
      await this.#context.client.delete(
        { kind: PodKind, namespace, name, uid },
        { gracePeriodSeconds: 0, preconditions: { uid } },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    this.#closed = true;
    rmSync(this.#folder, { recursive: true, force: true });
    this.#finished();
  }

  /** Sets a container's record and looks again. */
  #set(name: string, change: Partial<ContainerRecord>): void {
    this.#state = withContainer(this.#state, name, { ...(this.#state.containers[name] ?? newRecord), ...change });
    this.look();
  }

  #waiting(container: Container, reason: string, message: string, retryMs: number): void {
    const until = this.#context.clock.now().getTime() + retryMs;
    this.#set(container.name, { run: { phase: "waiting", reason, message, until } });
  }

  /** Starts a container without holding up the others: the image may take minutes. */
  async #begin(container: Container): Promise<void> {
    const record = this.#state.containers[container.name] ?? newRecord;
    const isRestart = record.run.phase === "exited";
    this.#state = withContainer(this.#state, container.name, {
      ...record,
      run: { phase: "starting" },
      ...(record.run.phase === "exited" && { last: record.run.end }),
      restarts: record.restarts + (isRestart ? 1 : 0),
    });
    void this.#start(container).catch((error: unknown) => {
      const message = errorText(error);
      const isConfig = error instanceof ConfigError;
      this.#event("Warning", "Failed", `Error: ${message}`);
      this.#waiting(
        container,
        isConfig ? "CreateContainerConfigError" : "RunContainerError",
        message,
        isConfig ? 5000 : 10_000,
      );
    });
  }

  async #image(container: Container): Promise<Environment | undefined> {
    const reference = container.image ?? "";
    const { images } = this.#context;
    try {
      if (!(await images.isPresent(reference))) this.#event("Normal", "Pulling", `Pulling image "${reference}"`);
      const started = this.#context.clock.now().getTime();
      const environment = await images.pull(reference, () => {}, this.#abort.signal);
      const took = this.#context.clock.now().getTime() - started;
      this.#event(
        "Normal",
        "Pulled",
        took < 1000
          ? `Container image "${reference}" already present on machine`
          : `Successfully pulled image "${reference}" in ${(took / 1000).toFixed(1)}s`,
      );
      if (environment.warning && !this.#imageFailures.has(reference))
        this.#event("Warning", "ImageApproximated", environment.warning);
      this.#imageFailures.set(reference, 0);
      return environment;
    } catch (error) {
      if (this.#closed) return undefined;
      const failures = (this.#imageFailures.get(reference) ?? 0) + 1;
      this.#imageFailures.set(reference, failures);
      const message = `Failed to pull image "${reference}": ${errorText(error)}`;
      this.#event("Warning", "Failed", message);
      const retryMs = Math.min(imageRetryMs.first * 2 ** (failures - 1), imageRetryMs.most);
      this.#waiting(container, failures > 1 ? "ImagePullBackOff" : "ErrImagePull", message, retryMs);
      return undefined;
    }
  }

  async #start(container: Container): Promise<void> {
    const environment = await this.#image(container);
    if (!environment || this.#closed || !this.#sandbox || this.#pod.metadata.deletionTimestamp) return;
    const record = this.#state.containers[container.name] ?? newRecord;
    const spec = await this.#processSpec(container, environment, this.#sandbox);
    const logFile = logFileOf(this.#context.folders.pods, this.#pod, container.name, record.restarts);
    const start = {
      pod: this.#pod,
      container,
      sandbox: this.#sandbox,
      spec,
      environment,
      logFile,
      clock: this.#context.clock,
    };
    const running = await startContainer(this.#context.runtime, start, this.#reportsOf(container));
    this.#running.set(container.name, running);
    this.#event("Normal", "Started", `Started container ${container.name}`);
    const { started = false, ready = false } = this.#early.get(container.name) ?? {};
    this.#early.delete(container.name);
    if (!running.isRunning) return;
    this.#set(container.name, {
      imageId: environment.id,
      run: { phase: "running", startedAt: running.startedAt, started, ready },
    });
  }

  /** What probes reported before the container was known to run. */
  readonly #early = new Map<string, { started?: boolean; ready?: boolean }>();

  #reportsOf(container: Container) {
    const { name } = container;
    const change = (update: { started?: boolean; ready?: boolean }) => {
      const record = this.#state.containers[name] ?? newRecord;
      if (record.run.phase !== "running") this.#early.set(name, { ...this.#early.get(name), ...update });
      else this.#set(name, { run: { ...record.run, ...update } });
    };
    return {
      started: () => change({ started: true }),
      ready: (ready: boolean) => change({ ready }),
      exited: (end: ContainerStateTerminated) => this.#exited(name, end),
      event: (type: "Normal" | "Warning", reason: string, message: string) => this.#event(type, reason, message),
    };
  }

  #exited(name: string, end: ContainerStateTerminated): void {
    const record = this.#state.containers[name] ?? newRecord;
    this.#running.delete(name);
    const ranMs = Date.parse(end.finishedAt ?? "") - Date.parse(end.startedAt ?? "");
    const crashes = ranMs >= restartBackoff.resetMs ? 1 : record.crashes + 1;
    this.#set(name, { run: { phase: "exited", end }, crashes });
    if (crashes > 1 && end.exitCode !== 0) {
      this.#event(
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${name} (next start in ${backoffMs(crashes) / 1000}s)`,
      );
    }
  }

  async #processSpec(container: Container, environment: Environment, sandbox: Sandbox) {
    const { client, runtime, baseEnv, keep, folders, serviceAccount } = this.#context;
    const sources = await readSources(client, { pod: this.#pod, container, podIp: sandbox.ip, hostIp: runtime.hostIp });
    const own = containerEnv(this.#pod, container, sources);
    const argv = containerCommand(container, own);
    if (!argv)
      throw new ConfigError(
        `container ${container.name} names no command, and environments without containers have none of their own`,
      );
    const hostname = this.#pod.spec.hostname ?? this.#pod.metadata.name ?? "";
    const volumes: VolumeContext = { folder: this.#folder, claims: folders.claims, sources, serviceAccount };
    const account = serviceAccountBind(this.#pod, container, volumes);
    const binds = [
      ...etcBinds(this.#pod, this.#folder, { ip: sandbox.ip, hostname, nameserver: runtime.hostIp }),
      ...(account ? [account] : []),
      ...containerBinds(this.#pod, container, own, volumes),
    ];
    const record = this.#state.containers[container.name] ?? newRecord;
    return {
      sandbox,
      folder: join(this.#folder, "containers", container.name, String(record.restarts)),
      argv,
      env: { ...baseEnv, HOSTNAME: hostname, ...environment.env, ...own },
      binds,
      keep,
      ...(environment.source && { source: environment.source }),
      ...(container.workingDir && { workingDir: container.workingDir }),
      ...(shmLimit(container) !== undefined && { shmBytes: shmLimit(container) }),
    };
  }

  async #report(): Promise<void> {
    const { client, clock, runtime } = this.#context;
    const status = derivePodStatus(this.#pod, this.#state, { hostIp: runtime.hostIp }, clock.now());
    const patch = diffMergePatch(this.#pod.status ?? {}, status) as Partial<PodStatus> | undefined;
    if (patch === undefined) return;
    const { namespace, name = "" } = this.#pod.metadata;
    try {
      this.#pod = await client.patch<Pod>(
        { kind: PodKind, namespace, name },
        { metadata: { uid: this.#pod.metadata.uid }, status: patch },
        { type: "merge", subresource: "status" },
      );
      // The status just written may itself call for a step: a pod that has now succeeded is torn down.
      if (isOver(this.#pod)) this.#again ||= this.#sandbox !== undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const isOver = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** A container that mounts its own /dev/shm does not need ours to be large. */
function shmLimit(container: Container): number | undefined {
  const own = container.volumeMounts?.some(({ mountPath }) => mountPath === "/dev/shm");
  const memory = container.resources?.limits?.["memory"];
  if (own || memory === undefined) return undefined;
  return Math.min(67_108_864, quantityCeil(parseQuantity(memory)));
}
