/** One run of a container: its log, its probes, its hooks, its end. Reports; decides nothing. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Container, ContainerStateTerminated, LifecycleHandler, Pod, Probe } from "../../api/core/pod.ts";
import { formatTime } from "../../meta/condition.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { ExecSession } from "../contracts.ts";
import { errorText } from "../../runtime/log.ts";
import { containerId } from "./container-status.ts";
import { lastLines } from "./logs/read-log.ts";
import { keepRayLogs, rayLogsOf } from "./logs/ray-logs.ts";
import { LogWriter } from "./logs/log-writer.ts";
import type { Dial } from "./network/sockets.ts";
import type { ProbeResult } from "./probe-result.ts";
import { attempt, type ProbeLoop, type ProbeTarget, startProbe, type Verdicts } from "./probes.ts";
import { terminationFile } from "./process-spec.ts";
import { writeUsage } from "./usage-files.ts";
import { type RunUsage, UsageMeter } from "./usage-meter.ts";
import type { ContainerProcess, ContainerRuntime, Exit, ProcessSpec } from "./runtime/types.ts";

export interface Reports {
  started(): void;
  ready(isReady: boolean): void;
  exited(end: ContainerStateTerminated): void;
  event(type: "Normal" | "Warning", reason: string, message: string): void;
}

export interface ContainerStart {
  readonly pod: Pod;
  readonly container: Container;
  readonly spec: ProcessSpec;
  /** How often it was started before. */
  readonly run: number;
  readonly logFile: string;
  readonly clock: Clock;
  readonly dial: Dial;
}

const maxMessageBytes = 4096;
const fallbackBytes = 2048;
const fallbackLines = 80;
const blamedMs = 30_000;

export const graceOf = ({ metadata, spec }: Pod): number =>
  metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;

/** A started container. Made by `startContainer`; its probes and hooks begin with `begin`. */
export class RunningContainer {
  readonly #start: ContainerStart;
  readonly #process: ContainerProcess;
  readonly #reports: Reports;
  readonly startedAt: string;
  readonly logFile: string;
  #probes: ProbeLoop[] = [];
  #isOver = false;
  #isStopping = false;
  #cancelKill = () => {};
  readonly #meter: UsageMeter;
  #memoryKills = 0;
  #memoryKillAt: number | undefined;
  /** Resolves when the process has ended and its log is complete. */
  readonly ended: Promise<void>;

  constructor(start: ContainerStart, process: ContainerProcess, reports: Reports) {
    this.#start = start;
    this.#process = process;
    this.#reports = reports;
    const now = start.clock.now();
    this.startedAt = formatTime(now);
    this.#meter = new UsageMeter(now, start.spec.limits.memoryBytes);
    this.logFile = start.logFile;
    const dropped = (error: Error) =>
      reports.event(
        "Warning",
        "LogsDropped",
        `log lines of container ${start.container.name} are being dropped: ${error.message}`,
      );
    const log = new LogWriter(start.logFile, start.clock, dropped);
    const streams = Promise.all([log.attach("stdout", process.stdout), log.attach("stderr", process.stderr)]);
    this.ended = Promise.all([process.exited, streams]).then(async ([exit]) => {
      log.close();
      await this.#keepRayLogs();
      this.#keepUsage(exit);
      this.#noteKills(exit.memoryKills ?? 0);
      this.#finish(exit);
    });
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  get run(): number {
    return this.#start.run;
  }

  /** What it uses, measured now; undefined where use is not accounted. */
  measure(): RunUsage | undefined {
    this.#noteKills(this.#process.memoryKills());
    const usage = this.#process.usage();
    if (!usage) return undefined;
    this.#meter.sample(usage, this.#start.clock.now());
    return this.#meter.now();
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Starts probes and the postStart hook. */
  begin(): void {
    if (this.#isOver) return;
    this.#startProbes();
    void this.#postStart();
  }

  exec(argv: readonly string[], options: { readonly tty: boolean; readonly stdin: boolean }): Promise<ExecSession> {
    return this.#process.exec(argv, options);
  }

  /** preStop, TERM, and KILL when `graceMs` are over. Called again, it only moves the KILL. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopProbes();
    this.#cancelKill();
    this.#cancelKill = this.#start.clock.after(graceMs, () => this.#process.kill());
    if (!this.#isStopping) {
      this.#isStopping = true;
      const { preStop } = this.#start.container.lifecycle ?? {};
      const hook = this.#hook(preStop).then((failure) => {
        if (failure) this.#reports.event("Warning", "FailedPreStopHook", failure);
      });
      if (preStop) await Promise.race([hook, this.ended]);
      if (!this.#isOver) this.#process.signal("SIGTERM");
    }
    await this.ended;
  }

  kill(): void {
    this.#process.kill();
  }

  /** One that was killed may be a child that the main process outlives: a Ray worker's, a data loader's. */
  #noteKills(count: number): void {
    if (count <= this.#memoryKills) return;
    this.#memoryKills = count;
    this.#memoryKillAt = this.#start.clock.now().getTime();
    this.#reports.event("Warning", "OOMKilling", this.#memoryNote());
  }

  #memoryNote(): string {
    const { container } = this.#start;
    const limit = container.resources?.limits?.["memory"];
    const bound = limit === undefined ? "" : ` (limit ${formatHumanAmount("memory", limit)})`;
    return `a process of container ${container.name} was killed for memory${bound}`;
  }

  async #keepRayLogs(): Promise<void> {
    const { spec, container } = this.#start;
    try {
      await keepRayLogs(join(spec.folder, "tmp"), rayLogsOf(this.logFile));
    } catch (error) {
      const note = `the logs of Ray in container ${container.name} could not be kept: ${errorText(error)}`;
      this.#reports.event("Warning", "LogsDropped", note);
    }
  }

  #keepUsage({ usage, memoryKills }: Exit): void {
    if (usage) writeUsage(this.logFile, this.#meter.finish(usage, this.#start.clock.now(), memoryKills !== undefined));
  }

  /** Whether a failure is owed to memory: the main process fails of a killed child soon, or for a reason of its own. */
  #isOutOfMemory(exit: Exit): boolean {
    const now = this.#start.clock.now().getTime();
    return exit.code !== 0 && this.#memoryKillAt !== undefined && now - this.#memoryKillAt < blamedMs;
  }

  #finish(exit: Exit): void {
    this.#isOver = true;
    this.#stopProbes();
    this.#cancelKill();
    const { container, clock, pod, run } = this.#start;
    const outOfMemory = this.#isOutOfMemory(exit);
    const message = this.#terminationMessage(exit.code) || (outOfMemory ? this.#memoryNote() : "");
    const plain = exit.code === 0 ? "Completed" : "Error";
    this.#reports.exited({
      exitCode: exit.code,
      ...(exit.signal !== undefined && { signal: exit.signal }),
      reason: outOfMemory ? "OOMKilled" : plain,
      ...(message && { message }),
      startedAt: this.startedAt,
      finishedAt: formatTime(clock.now()),
      containerID: containerId(pod, container.name, run),
    });
  }

  #terminationMessage(exitCode: number): string {
    const { spec, container, logFile } = this.#start;
    let written = "";
    try {
      written = readFileSync(terminationFile(spec.folder)).subarray(0, maxMessageBytes).toString();
    } catch {
      // The pod's folder may have been removed with the pod.
    }
    if (written || exitCode === 0 || container.terminationMessagePolicy !== "FallbackToLogsOnError") return written;
    return lastLines(logFile, fallbackLines, fallbackBytes);
  }

  #stopProbes(): void {
    for (const probe of this.#probes) probe.stop();
    this.#probes = [];
  }

  get #target(): ProbeTarget {
    const { container, spec } = this.#start;
    const exec = (argv: readonly string[], timeoutMs: number) => this.#execProbe(argv, timeoutMs);
    return { container, ip: spec.sandbox.ip, dial: this.#start.dial, exec };
  }

  async #execProbe(argv: readonly string[], timeoutMs: number): Promise<ProbeResult> {
    const session = await this.#process.exec(argv, { tty: false, stdin: false });
    let output = "";
    const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-1024));
    session.stdout.on("data", collect);
    session.stderr?.on("data", collect);
    let isLate = false;
    const cancel = this.#start.clock.after(timeoutMs, () => {
      isLate = true;
      session.kill();
    });
    const code = await session.exitCode;
    cancel();
    if (isLate)
      return { ok: false, message: `command timed out: ${argv.join(" ")} timed out after ${timeoutMs / 1000}s` };
    return { ok: code === 0, message: output.trim() || `command ended with ${code}` };
  }

  #loop(kind: "Startup" | "Readiness" | "Liveness", probe: Probe, verdicts: Omit<Verdicts, "attemptFailed">): void {
    const attemptFailed = (message: string) =>
      this.#reports.event("Warning", "Unhealthy", `${kind} probe failed: ${message}`);
    this.#probes.push(startProbe(probe, this.#target, this.#start.clock, { ...verdicts, attemptFailed }));
  }

  /** Start-up gates the other two; without it the container counts as started at once. */
  #startProbes(): void {
    const { startupProbe } = this.#start.container;
    const started = () => {
      this.#stopProbes();
      this.#reports.started();
      this.#startSteady();
    };
    if (!startupProbe) return started();
    this.#loop("Startup", startupProbe, { succeeded: started, failed: () => this.#unhealthy("Startup", startupProbe) });
  }

  #startSteady(): void {
    const { readinessProbe, livenessProbe } = this.#start.container;
    const { ready } = this.#reports;
    if (readinessProbe)
      this.#loop("Readiness", readinessProbe, { succeeded: () => ready(true), failed: () => ready(false) });
    else ready(true);
    if (!livenessProbe) return;
    this.#loop("Liveness", livenessProbe, {
      succeeded: () => {},
      failed: () => this.#unhealthy("Liveness", livenessProbe),
    });
  }

  #unhealthy(which: string, probe: Probe): void {
    const { container, pod } = this.#start;
    const message = `Container ${container.name} failed ${which.toLowerCase()} probe, will be restarted`;
    this.#reports.event("Normal", "Killing", message);
    void this.stop((probe.terminationGracePeriodSeconds ?? graceOf(pod)) * 1000);
  }

  async #postStart(): Promise<void> {
    const failure = await this.#hook(this.#start.container.lifecycle?.postStart);
    if (!failure || this.#isOver) return;
    this.#reports.event("Warning", "FailedPostStartHook", failure);
    void this.stop(graceOf(this.#start.pod) * 1000);
  }

  /** Why the hook failed; undefined when it did not. */
  async #hook(handler: LifecycleHandler | undefined): Promise<string | undefined> {
    if (!handler) return undefined;
    const { clock, pod } = this.#start;
    if (handler.sleep) {
      await pause(clock, handler.sleep.seconds * 1000);
      return undefined;
    }
    const { ok, message } = await attempt({ ...handler, timeoutSeconds: Math.max(1, graceOf(pod)) }, this.#target);
    return ok ? undefined : message || "the hook failed";
  }
}

export async function startContainer(
  runtime: ContainerRuntime,
  start: ContainerStart,
  reports: Reports,
): Promise<RunningContainer> {
  const message = terminationFile(start.spec.folder);
  mkdirSync(dirname(message), { recursive: true });
  writeFileSync(message, "", { mode: 0o666 });
  return new RunningContainer(start, await runtime.run(start.spec), reports);
}

/** Log file of a container's run. */
export const logFileOf = (root: string, pod: Pod, container: string, run: number): string =>
  join(root, `${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`, container, `${run}.log`);
