/**
 * Brings one pod to where its spec wants it and keeps its status true: looks (planPod), acts, reports
 * (derivePodStatus), one step at a time. All decisions are in plan-pod.ts and derive-status.ts.
 */
import { join } from "node:path";
import type { Container, ContainerStateTerminated, Pod, PodStatus } from "../../api/core/pod.ts";
import type { Client } from "../../kube/client.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { EventRecorder } from "../../runtime/event-recorder.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import { graceOf, logFileOf, type RunningContainer, startContainer } from "./container.ts";
import { derivePodStatus } from "./derive-status.ts";
import { ConfigError } from "./env.ts";
import { rewriteHosts } from "./etc-files.ts";
import { discard, type Folders } from "./folders.ts";
import { ImagePull, type ImagePuller } from "./image-pull.ts";
import { deadlineLeft, isOver, planPod, type Step } from "./plan-pod.ts";
import { removePodObject, writePodStatus } from "./pod-writes.ts";
import { hostnameOf, type NodeSettings, type PodPlace, processSpec, sandboxSpec } from "./process-spec.ts";
import type { KeptRun } from "./usage-files.ts";
import type { ContainerRuntime, Sandbox } from "./runtime/types.ts";
import {
  backoffMs,
  type ContainerRecord,
  ended,
  initialState,
  lostMessage,
  newRecord,
  type PodState,
  starting,
  withContainer,
  withNewSandbox,
} from "./state.ts";

export interface KubeletContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly images: ImagePuller;
  readonly node: NodeSettings;
  readonly folders: Folders;
}

const sandboxRetryMs = 5000;
const configRetryMs = 5000;
const startRetryMs = 10_000;
const syncRetryMs = 1000;
const quickStartMs = 1000;

export class PodWorker {
  readonly #context: KubeletContext;
  readonly #running = new Map<string, RunningContainer>();
  readonly #pull: ImagePull;
  readonly #finished: () => void;
  readonly #abort = new AbortController();
  #pod: Pod;
  #state: PodState;
  #sandbox: Sandbox | undefined;
  #busy = false;
  #again = false;
  #closed = false;
  #stopAt: number | undefined;
  #startingSince: number | undefined;
  #cancelHeld = () => {};
  #cancelRequeue = () => {};

  constructor(context: KubeletContext, pod: Pod, finished: () => void) {
    this.#context = context;
    this.#pod = pod;
    this.#finished = finished;
    this.#state = initialState(pod, context.clock.now());
    this.#pull = new ImagePull(context.images, context.clock, (type, reason, message) =>
      this.#event(type, reason, message),
    );
  }

  /** The pod object changed. */
  update(pod: Pod): void {
    const isNewer = Number(pod.metadata.resourceVersion) >= Number(this.#pod.metadata.resourceVersion);
    if (isNewer) this.#pod = pod;
    if (this.#pod.metadata.deletionTimestamp) {
      this.#abort.abort();
      this.#shortenGrace();
    }
    this.sync();
  }

  container(name: string): RunningContainer | undefined {
    return this.#running.get(name);
  }

  /** What its containers use, measured now. */
  measure(): readonly KeptRun[] {
    const { name = "", namespace = "", uid = "" } = this.#pod.metadata;
    return [...this.#running].flatMap(([container, running]) => {
      const usage = running.measure();
      return usage ? [{ pod: { name, namespace, uid }, container, run: running.run, usage }] : [];
    });
  }

  /** Names of the cluster changed: pods without a name server are told. */
  refreshNames(): void {
    const { node } = this.#context;
    if (!this.#sandbox || !node.mounts || node.hasNameServer) return;
    const names = node.hostNames(this.#pod.metadata.namespace ?? "default");
    rewriteHosts(this.#pod, this.#place.folder, { ip: this.#sandbox.ip, hostname: hostnameOf(this.#pod), names });
  }

  /** Ends every process without reporting it: the kubelet itself is stopping, or the object is gone. */
  async shutdown(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    this.#cancelRequeue();
    this.#cancelHeld();
    const grace = Math.min(graceMs, graceOf(this.#pod) * 1000);
    const names = [...this.#running.keys()];
    await Promise.all([...this.#running.values()].map((container) => container.stop(grace)));
    if (graceMs > 0 && names.length > 0) await this.#tellLost(names);
    await this.#sandbox?.destroy();
  }

  /** Writes how containers ended that the node has stopped: nobody else will know. What becomes of the pod is decided by the next kubelet. */
  async #tellLost(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const record = this.#record(name);
      if (record.run.phase !== "exited") continue;
      const end = { ...record.run.end, message: lostMessage };
      this.#state = withContainer(this.#state, name, { ...record, run: { phase: "exited", end } });
    }
    const { client, clock, runtime } = this.#context;
    const { initContainerStatuses, containerStatuses } = derivePodStatus(
      this.#pod,
      this.#state,
      { hostIp: runtime.hostIp },
      clock.now(),
    );
    const status = { ...this.#pod.status, initContainerStatuses, containerStatuses } as PodStatus;
    await writePodStatus(client, this.#pod, status);
  }

  /** Removes what the pod had on this machine, its logs apart. */
  removeFolder(): void {
    discard(this.#place.folder, this.#context.folders.trash);
  }

  /** Plans and acts (the kubelet's syncPod); calls that come meanwhile lead to one more. */
  sync(): void {
    this.#again = true;
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    // Not within this turn: what changes at one go is one report.
    queueMicrotask(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#step();
      }
    } catch (error) {
      this.#context.log.warn("pod sync failed; retrying", { pod: this.#pod.metadata.name, error: errorText(error) });
      this.#context.clock.after(syncRetryMs, () => this.sync());
    } finally {
      this.#busy = false;
    }
    if (this.#again && !this.#closed) this.sync();
  }

  async #step(): Promise<void> {
    const now = this.#context.clock.now();
    if (deadlineLeft(this.#pod, now) === 0 && !this.#state.ending && !isOver(this.#pod)) {
      const message = "Pod was active on the node longer than the specified deadline";
      this.#state = { ...this.#state, ending: { reason: "DeadlineExceeded", message } };
      this.#abort.abort();
    }
    const plan = planPod(this.#pod, this.#state, now);
    for (const step of plan.steps) await this.#act(step);
    this.#cancelRequeue();
    if (plan.requeueAfterMs !== undefined)
      this.#cancelRequeue = this.#context.clock.after(plan.requeueAfterMs, () => this.sync());
    if (this.#again || this.#closed) return;
    const held = this.#heldMs(now.getTime());
    if (held === 0) return this.#report();
    this.#cancelHeld();
    this.#cancelHeld = this.#context.clock.after(held, () => this.sync());
  }

  /** How long there is nothing new to say: containers that start at once are told of when they run. */
  #heldMs(now: number): number {
    const isStarting = Object.values(this.#state.containers).some(({ run }) => run.phase === "starting");
    if (!isStarting) return 0;
    this.#startingSince ??= now;
    return Math.max(0, this.#startingSince + quickStartMs - now);
  }

  async #act(step: Step): Promise<void> {
    if (step.do === "sandbox") return this.#makeSandbox();
    if (step.do === "start") return this.#begin(step.container);
    if (step.do === "stop") return this.#stop(step.containers);
    if (step.do === "remove") return this.#removeObject();
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    this.#state = { ...this.#state, sandbox: "gone" };
    await sandbox?.destroy();
    this.removeFolder();
    this.#again = true;
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.record(this.#pod, { type, reason, message, action: reason });
  }

  get #place(): PodPlace {
    return { pod: this.#pod, folder: join(this.#context.folders.run, this.#pod.metadata.uid ?? "") };
  }

  async #makeSandbox(): Promise<void> {
    try {
      const sandbox = await this.#context.runtime.createSandbox(sandboxSpec(this.#place));
      this.#sandbox = sandbox;
      this.#state = withNewSandbox(this.#state, this.#pod, sandbox.ip);
      void sandbox.gone.then(() => this.#sandboxLost(sandbox));
      if (this.#closed) await sandbox.destroy();
      this.#again = true;
    } catch (error) {
      const message = errorText(error);
      this.#state = { ...this.#state, sandboxError: message, sandbox: "starting" };
      this.#event("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${message}`);
      this.#context.clock.after(sandboxRetryMs, () => {
        this.#state = { ...this.#state, sandbox: "none" };
        this.sync();
      });
    }
  }

  #sandboxLost(sandbox: Sandbox): void {
    if (this.#closed || this.#sandbox !== sandbox || this.#state.sandbox !== "ready") return;
    this.#event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    for (const container of this.#running.values()) container.kill();
    this.#state = { ...this.#state, sandbox: "starting" };
    void Promise.all([...this.#running.values()].map((container) => container.ended)).then(async () => {
      await sandbox.destroy();
      this.#sandbox = undefined;
      this.#state = { ...this.#state, sandbox: "none" };
      this.sync();
    });
  }

  /** What is left of the pod's grace period: it is one for all containers, from the first stop on. */
  #graceLeft(): number {
    const now = this.#context.clock.now().getTime();
    this.#stopAt = Math.min(this.#stopAt ?? Number.POSITIVE_INFINITY, now + graceOf(this.#pod) * 1000);
    return Math.max(0, this.#stopAt - now);
  }

  #shortenGrace(): void {
    if (this.#stopAt === undefined) return;
    const grace = this.#graceLeft();
    for (const container of this.#running.values()) if (container.isStopping) void container.stop(grace);
  }

  /** Tells containers to end; their ends call for the next sync. One that is only starting is given up. */
  #stop(names: readonly string[]): void {
    this.#abort.abort();
    const grace = this.#graceLeft();
    for (const name of names) {
      const container = this.#running.get(name);
      if (!container || container.isStopping) continue;
      this.#event("Normal", "Killing", `Stopping container ${name}`);
      void container.stop(grace);
    }
  }

  async #removeObject(): Promise<void> {
    await this.#report();
    this.removeFolder();
    await removePodObject(this.#context.client, this.#pod);
    this.#closed = true;
    this.#finished();
  }

  #record(name: string): ContainerRecord {
    return this.#state.containers[name] ?? newRecord;
  }

  #set(name: string, record: ContainerRecord): void {
    this.#state = withContainer(this.#state, name, record);
    this.sync();
  }

  #waiting(name: string, reason: string, message: string, retryMs: number): void {
    const until = this.#context.clock.now().getTime() + retryMs;
    this.#set(name, { ...this.#record(name), run: { phase: "waiting", reason, message, until } });
  }

  /** Starts a container without holding up the others: the image may take minutes. */
  #begin(container: Container): void {
    const { name } = container;
    this.#state = withContainer(this.#state, name, starting(this.#record(name)));
    void this.#start(container).catch((error: unknown) => {
      const message = errorText(error);
      const isConfig = error instanceof ConfigError;
      this.#event("Warning", "Failed", `Error: ${message}`);
      if (isConfig) this.#waiting(name, "CreateContainerConfigError", message, configRetryMs);
      else this.#waiting(name, "RunContainerError", message, startRetryMs);
    });
  }

  async #start(container: Container): Promise<void> {
    const { name } = container;
    const { clock, runtime, node, folders } = this.#context;
    const pulled = await this.#pull.run(container, this.#abort.signal);
    if (!("environment" in pulled)) return this.#waiting(name, pulled.reason, pulled.message, pulled.retryMs);
    const { environment } = pulled;
    const run = this.#record(name).restarts;
    const sandbox = this.#sandbox;
    if (!sandbox || this.#abort.signal.aborted) return this.#waiting(name, "ContainerCreating", "", 0);
    const spec = await processSpec({ place: this.#place, container, environment, sandbox, run }, node);
    if (this.#abort.signal.aborted) return this.#waiting(name, "ContainerCreating", "", 0);
    const logFile = logFileOf(folders.logs, this.#pod, name, run);
    const start = { pod: this.#pod, container, spec, run, logFile, clock, dial: runtime.dial };
    const running = await startContainer(runtime, start, this.#reportsOf(name));
    this.#running.set(name, running);
    this.#event("Normal", "Started", `Started container ${name}`);
    if (!running.isRunning) return;
    const { startedAt } = running;
    const begun = { phase: "running", startedAt, started: false, ready: false } as const;
    this.#set(name, { ...this.#record(name), imageId: environment.id, run: begun });
    running.begin();
    if (this.#closed) running.kill();
  }

  #reportsOf(name: string) {
    const change = (update: { readonly started?: boolean; readonly ready?: boolean }) => {
      const record = this.#record(name);
      if (record.run.phase !== "running") return;
      const next = { ...record.run, ...update };
      if (next.started !== record.run.started || next.ready !== record.run.ready)
        this.#set(name, { ...record, run: next });
    };
    return {
      started: () => change({ started: true }),
      ready: (ready: boolean) => change({ ready }),
      exited: (end: ContainerStateTerminated) => this.#exited(name, end),
      event: (type: "Normal" | "Warning", reason: string, message: string) => this.#event(type, reason, message),
    };
  }

  #exited(name: string, end: ContainerStateTerminated): void {
    const record = ended(this.#record(name), end);
    this.#running.delete(name);
    this.#set(name, record);
    if (backoffMs(record.crashes) === 0 || end.exitCode === 0 || this.#closed) return;
    const { name: pod, namespace, uid } = this.#pod.metadata;
    this.#event(
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${name} in pod ${pod}_${namespace}(${uid})`,
    );
  }

  async #report(): Promise<void> {
    this.#startingSince = undefined;
    const { client, clock, runtime } = this.#context;
    const status = derivePodStatus(this.#pod, this.#state, { hostIp: runtime.hostIp }, clock.now());
    const written = await writePodStatus(client, this.#pod, status);
    if (!written) return;
    const hasEnded = isOver(written) && !isOver(this.#pod);
    if (Number(written.metadata.resourceVersion) >= Number(this.#pod.metadata.resourceVersion)) this.#pod = written;
    // The status just written may itself call for a step: a pod that has now ended is torn down.
    if (hasEnded) this.#again = true;
  }
}
