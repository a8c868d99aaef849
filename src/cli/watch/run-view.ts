/**
 * What `windlass run` shows while an experiment runs: a line a step, a line a change of the pods, the log, and on a
 * terminal one live line at the bottom. Writes only; decides nothing.
 */
import { asCalled } from "../program/called-as.ts";
import { stripVTControlCharacters } from "node:util";
import type { Pod } from "../../api/core/pod.ts";
import { isPodReady } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus, StepStatus } from "../../api/experiment/types.ts";
import { buildNews, nothingTold } from "./build-news.ts";
import { formatAge } from "../../machinery/duration.ts";
import { roleOf } from "../experiments/find.ts";
import type { LogLine } from "../logs/log-stream.ts";
import { withoutLog } from "./ray-message.ts";
import { explainPods } from "../why/explain-pod.ts";
import { isPassing } from "../why/finding.ts";
import { brief } from "../why/render.ts";
import { hasColor, type Io, paint, type Style } from "../program/io.ts";
import { lastState, LiveLine } from "../terminal/live-line.ts";

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

const marks: Readonly<Record<StepStatus["state"], readonly [string, Style]>> = {
  Pending: ["·", "dim"],
  Active: ["▸", "blue"],
  Done: ["✓", "green"],
  Skipped: ["-", "dim"],
  Failed: ["✗", "red"],
};

/** `head 1/1 · cpu-small 1/2 · submitter 0/1`: pods that are ready (or have succeeded) per part. */
function podSummary(pods: readonly Pod[]): string {
  const parts = new Map<string, { ready: number; all: number }>();
  for (const pod of pods) {
    const part = parts.get(roleOf(pod)) ?? { ready: 0, all: 0 };
    parts.set(roleOf(pod), part);
    part.all++;
    if (isPodReady(pod) || pod.status?.phase === "Succeeded") part.ready++;
  }
  return [...parts].map(([role, { ready, all }]) => `${role} ${ready}/${all}`).join(" · ");
}

/** Why a step failed is told once, at the end of the experiment. */
function stepLine(step: StepStatus): string {
  const took =
    step.startTime && step.endTime ? ` ${formatAge(Date.parse(step.endTime) - Date.parse(step.startTime))}` : "";
  // What a build that went well has to say is a warning.
  const warning = step.state === "Done" && step.name === "Building" && step.message ? `\n  ! ${step.message}` : "";
  return `${step.name}${took}${warning}`;
}

export class RunView {
  readonly #io: Io;
  readonly #liveLine: LiveLine;
  readonly #seen = new Map<string, string>();
  #live = "";
  #attempts = 1;
  /** What the program has written of a line whose end has not come. */
  #part = "";
  /** Pods whose log was printed, with the last line of it. */
  readonly #shown = new Map<string, string>();
  #frame = 0;
  #said = "";
  #told = nothingTold;
  /** Lines that wait for the user's answer; undefined while nothing is asked. */
  #held: string[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(io: Io) {
    this.#io = io;
    this.#liveLine = new LiveLine(io);
    if (io.isTTY) {
      this.#timer = setInterval(() => this.#drawLive(), 120);
      this.#timer.unref();
    }
  }

  /** Prints a line above the live one; colours that a program wrote are dropped where none are wanted. */
  line(text: string): void {
    if (this.#held) {
      this.#held.push(text);
      return;
    }
    this.#clearLive();
    this.#io.stdout.write(`${hasColor(this.#io) ? text : stripVTControlCharacters(text)}\n`);
    this.#drawLive();
  }

  /** Prints a line of the log. One without its end is shown as it grows, where there is a live line. */
  log(pod: string, { text, isPart }: LogLine): void {
    this.#shown.set(pod, text);
    this.#part = isPart ? lastState(text) : "";
    if (isPart) this.#drawLive();
    else this.line(lastState(text));
  }

  hasShownLog(pod: string): boolean {
    return this.#shown.has(pod);
  }

  /** A message may end with the last line of a pod's log: without it, where that was printed. */
  withoutShown(message: string): string {
    const last = [...this.#shown.values()]
      .map((line) => line.trim())
      .find((line) => line && message.endsWith(`: ${line}`));
    return last === undefined ? message : message.slice(0, -`: ${last}`.length);
  }

  /** Prints a message of this program: the commands in it are named as the user called them. */
  say(text: string): void {
    this.line(asCalled(this.#io, text));
  }

  steps(experiment: Experiment): void {
    this.#attempt(experiment.status ?? {});
    for (const step of experiment.status?.steps ?? []) {
      const before = this.#seen.get(step.name);
      this.#seen.set(step.name, step.state);
      if (before === step.state || step.state === "Pending" || step.state === "Skipped" || step.name === "Finished")
        continue;
      // A step that began and ended between two looks is told once, by its end.
      const [mark, style] = marks[step.state];
      if (step.state === "Active" && this.#io.isTTY) continue;
      this.line(`${paint(this.#io, style, mark)} ${stepLine(step)}`);
    }
  }

  /** A new attempt is told once, with how the one before failed. */
  #attempt({ attempt = 1, maxAttempts, lastFailure }: ExperimentStatus): void {
    const before = this.#attempts;
    this.#attempts = Math.max(before, attempt);
    if (attempt <= before) return;
    const why = lastFailure ? `: ${withoutLog(lastFailure)}` : "";
    const text = `attempt ${attempt - 1} of ${maxAttempts} failed, starting attempt ${attempt}${why}`;
    this.line(`${paint(this.#io, "yellow", "↻")} ${text}`);
  }

  /**
   * The live line: where the experiment is, its pods, and the first reason why something waits; while an environment is
   * made, for how long that has been and what the installer says (`build`, the log of it). Without a terminal, lines of
   * what is new.
   */
  progress(experiment: Experiment, pods: readonly Pod[], build?: readonly string[]): void {
    const step = experiment.status?.step ?? "Waiting";
    const began = experiment.status?.steps?.find(({ name }) => name === step)?.startTime;
    const wait = experiment.status?.step === "Running" ? undefined : explainPods(pods)[0];
    const reason = wait
      ? `${wait.where}: ${brief(wait)}`
      : (experiment.status?.steps?.find((s) => s.name === step)?.message ?? "");
    const elapsedMs = began ? Date.now() - Date.parse(began) : 0;
    const building = build !== undefined && began ? [formatAge(elapsedMs), build.at(-1)?.trim()] : [];
    this.#live = [step, podSummary(pods), reason, ...building].filter(Boolean).join(" · ");
    if (this.#io.isTTY) return this.#drawLive();
    if (build !== undefined) this.#building(build, elapsedMs);
    if (wait && !isPassing(wait) && reason !== this.#said) {
      this.#said = reason;
      this.#io.stdout.write(`  ${podSummary(pods)}; ${reason}\n`);
    }
  }

  #building(build: readonly string[], elapsedMs: number): void {
    const { news, ...told } = buildNews(build, elapsedMs, this.#told);
    this.#told = told;
    for (const text of news) this.line(`  ${text}`);
  }

  /** Takes the live line away for good. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clearLive();
    this.#live = "";
    this.#part = "";
  }

  /** Keeps the terminal to `work`, which asks the user something; what was printed meanwhile comes after it. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#clearLive();
    this.#held = [];
    try {
      return await work();
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const text of held) this.line(text);
    }
  }

  #clearLive(): void {
    if (!this.#held) this.#liveLine.clear();
  }

  #drawLive(): void {
    if (this.#held) return;
    if (this.#part) return this.#liveLine.draw(this.#part);
    if (!this.#live) return;
    this.#frame = (this.#frame + 1) % spinner.length;
    this.#liveLine.draw(`${spinner[this.#frame]} ${this.#live}`, "dim");
  }
}
