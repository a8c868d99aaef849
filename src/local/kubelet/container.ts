/** One container of a pod from image to exit: what is started, watched and stopped for it. Reports; decides nothing. */
import { join } from "node:path";
import type { Container, ContainerStateTerminated, LifecycleHandler, Pod } from "../../api/core/pod.ts";
import { formatTime } from "../../api/meta/condition.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Environment } from "../contracts.ts";
import { LogWriter } from "./logs.ts";
import { attempt, type ProbeLoop, type ProbeResult, startProbe } from "./probes.ts";
import type { ContainerProcess, ContainerRuntime, ProcessSpec, Sandbox } from "./runtime/types.ts";

export interface Reports {
  started(): void;
  ready(isReady: boolean): void;
  exited(end: ContainerStateTerminated): void;
  event(type: "Normal" | "Warning", reason: string, message: string): void;
}

export interface ContainerStart {
  readonly pod: Pod;
  readonly container: Container;
  readonly sandbox: Sandbox;
  readonly spec: ProcessSpec;
  readonly environment: Environment;
  readonly logFile: string;
  readonly clock: Clock;
}

/** A started container. Made by `startContainer`. */
export class RunningContainer {
  readonly #start: ContainerStart;
  readonly #process: ContainerProcess;
  readonly #reports: Reports;
  readonly #startedAt: string;
  #probes: ProbeLoop[] = [];
  #isOver = false;
  #cause: { readonly reason: string; readonly message: string } | undefined;
  /** Resolves when the process has ended and its log is complete. */
  readonly ended: Promise<void>;

  constructor(start: ContainerStart, process: ContainerProcess, reports: Reports) {
    this.#start = start;
    this.#process = process;
    this.#reports = reports;
    this.#startedAt = formatTime(start.clock.now());
    const log = new LogWriter(
      start.logFile,
      () => start.clock.now(),
      (error) =>
        reports.event(
          "Warning",
          "LogsDropped",
          `log lines of container ${start.container.name} are being dropped: ${error.message}`,
        ),
    );
    const streams = Promise.all([log.attach("stdout", process.stdout), log.attach("stderr", process.stderr)]);
    this.ended = Promise.all([process.exited, streams]).then(([{ code, signal }]) => {
      log.close();
      this.#finish(code, signal);
    });
    this.#startProbes();
    void this.#hook(start.container.lifecycle?.postStart, "FailedPostStartHook");
  }

  get startedAt(): string {
    return this.#startedAt;
  }

  get logFile(): string {
    return this.#start.logFile;
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  exec(argv: readonly string[], options: { readonly tty: boolean; readonly stdin: boolean }) {
    return this.#process.exec(argv, options);
  }

  /** preStop, TERM, and KILL when `graceMs` are over. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#stopProbes();
    const kill = this.#start.clock.after(graceMs, () => this.#process.kill());
    await Promise.race([this.#hook(this.#start.container.lifecycle?.preStop, "FailedPreStopHook"), this.ended]);
    if (!this.#isOver) this.#process.signal("SIGTERM");
    await this.ended;
    kill();
  }

  kill(): void {
    this.#process.kill();
  }

  #finish(exitCode: number, signal: number | undefined): void {
    this.#isOver = true;
    this.#stopProbes();
    const { container, clock } = this.#start;
    const reason = this.#cause?.reason ?? (exitCode === 0 ? "Completed" : "Error");
    this.#reports.exited({
      exitCode,
      ...(signal !== undefined && { signal }),
      reason,
      ...(this.#cause?.message && { message: this.#cause.message }),
      startedAt: this.#startedAt,
      finishedAt: formatTime(clock.now()),
      containerID: `process://${this.#start.pod.metadata.uid}/${container.name}`,
    });
  }

  #stopProbes(): void {
    for (const probe of this.#probes) probe.stop();
    this.#probes = [];
  }

  #target() {
    const { container, sandbox } = this.#start;
    return {
      container,
      ip: sandbox.ip,
      exec: (argv: readonly string[], timeoutMs: number) => this.#execProbe(argv, timeoutMs),
    };
  }

  async #execProbe(argv: readonly string[], timeoutMs: number): Promise<ProbeResult> {
    const session = this.#process.exec(argv, { tty: false, stdin: false });
    let output = "";
    const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-1024));
    session.stdout.on("data", collect);
    session.stderr?.on("data", collect);
    const cancel = this.#start.clock.after(timeoutMs, () => session.kill());
    const code = await session.exitCode;
    cancel();
    return { ok: code === 0, message: output.trim() || `command ended with ${code}` };
  }

  /** Start-up gates the other two; without it the container counts as started at once. */
  #startProbes(): void {
    const { startupProbe } = this.#start.container;
    if (!startupProbe) {
      this.#reports.started();
      this.#startSteady();
      return;
    }
    const loop = startProbe(startupProbe, this.#target(), this.#start.clock, {
      succeeded: () => {
        loop.stop();
        this.#reports.started();
        this.#startSteady();
      },
      failed: (message) => this.#unhealthy("Startup", message),
      attemptFailed: (message) => this.#reports.event("Warning", "Unhealthy", `Startup probe failed: ${message}`),
    });
    this.#probes.push(loop);
  }

  #startSteady(): void {
    const { container, clock } = this.#start;
    const { readinessProbe, livenessProbe } = container;
    if (!readinessProbe) this.#reports.ready(true);
    else {
      const verdicts = {
        succeeded: () => this.#reports.ready(true),
        failed: () => this.#reports.ready(false),
        attemptFailed: (message: string) =>
          this.#reports.event("Warning", "Unhealthy", `Readiness probe failed: ${message}`),
      };
      this.#probes.push(startProbe(readinessProbe, this.#target(), clock, verdicts));
    }
    if (!livenessProbe) return;
    const verdicts = {
      succeeded: () => {},
      failed: (message: string) => this.#unhealthy("Liveness", message),
      attemptFailed: (message: string) =>
        this.#reports.event("Warning", "Unhealthy", `Liveness probe failed: ${message}`),
    };
    this.#probes.push(startProbe(livenessProbe, this.#target(), clock, verdicts));
  }

  #unhealthy(which: string, message: string): void {
    const { container, pod } = this.#start;
    this.#reports.event(
      "Normal",
      "Killing",
      `Container ${container.name} failed ${which.toLowerCase()} probe, will be restarted`,
    );
    this.#cause = { reason: "Error", message: `${which} probe failed: ${message}` };
    void this.stop((pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
  }

  async #hook(handler: LifecycleHandler | undefined, failure: string): Promise<void> {
    if (!handler) return;
    if (handler.sleep) {
      await new Promise<void>((resolve) => this.#start.clock.after((handler.sleep?.seconds ?? 0) * 1000, resolve));
      return;
    }
    const graceSeconds = this.#start.pod.spec.terminationGracePeriodSeconds ?? 30;
    const { ok, message } = await attempt({ ...handler, timeoutSeconds: graceSeconds }, this.#target());
    if (!ok) this.#reports.event("Warning", failure, message);
  }
}

export async function startContainer(
  runtime: ContainerRuntime,
  start: ContainerStart,
  reports: Reports,
): Promise<RunningContainer> {
  return new RunningContainer(start, await runtime.run(start.spec), reports);
}

/** Log file of a container's run. */
export const logFileOf = (root: string, pod: Pod, container: string, run: number): string =>
  join(root, `${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`, container, `${run}.log`);
