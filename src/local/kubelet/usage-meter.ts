/** Follows what one run of a container uses: now, in all, and at its peak. Pure but for what is passed in. */
import type { ContainerStats } from "../../api/core/stats.ts";
import { formatTime } from "../../meta/condition.ts";
import type { Usage } from "./runtime/cgroup-usage.ts";

/** How often containers that run are measured. */
export const sampleMs = 2000;

/** What a run used, up to `time`. */
export type RunUsage = Omit<ContainerStats, "name">;

interface Sample {
  readonly usage: Usage;
  readonly atMs: number;
}

const nanosInMs = 1e6;
const none: Usage = { cpuNanos: 0, memoryBytes: 0, workingSetBytes: 0, mostMemoryBytes: 0 };

export class UsageMeter {
  readonly #start: number;
  readonly #limitBytes: number | undefined;
  #last: Sample;
  #nanoCores = 0;
  #peakNanoCores = 0;
  #peakBytes = 0;
  #samples = 0;

  constructor(start: Date, limitBytes: number | undefined) {
    this.#start = start.getTime();
    this.#limitBytes = limitBytes;
    this.#last = { usage: none, atMs: this.#start };
  }

  sample(usage: Usage, now: Date): void {
    const atMs = now.getTime();
    // A clock that stood still or was put back says nothing about speed.
    if (atMs > this.#last.atMs) {
      this.#nanoCores = Math.round(
        ((usage.cpuNanos - this.#last.usage.cpuNanos) / (atMs - this.#last.atMs) / nanosInMs) * 1e9,
      );
      this.#peakNanoCores = Math.max(this.#peakNanoCores, this.#nanoCores);
    }
    this.#peakBytes = Math.max(this.#peakBytes, usage.workingSetBytes);
    this.#samples++;
    this.#last = { usage, atMs };
  }

  /** The last sample. The memory of processes that have ended is gone: what the kernel counted as the most stands in for a run too short to be measured. */
  finish(usage: Usage, now: Date, outOfMemory: boolean): RunUsage {
    const isShort = this.#samples < 2;
    if (isShort || outOfMemory) this.#peakBytes = Math.max(this.#peakBytes, usage.mostMemoryBytes);
    this.sample({ ...usage, memoryBytes: 0, workingSetBytes: 0 }, now);
    this.#nanoCores = 0;
    return { ...this.now(), finishTime: formatTime(now) };
  }

  now(): RunUsage {
    const { usage, atMs } = this.#last;
    const time = formatTime(new Date(atMs));
    return {
      startTime: formatTime(new Date(this.#start)),
      cpu: {
        time,
        usageNanoCores: this.#nanoCores,
        usageCoreNanoSeconds: usage.cpuNanos,
        peakNanoCores: this.#peakNanoCores,
      },
      memory: {
        time,
        usageBytes: usage.memoryBytes,
        workingSetBytes: usage.workingSetBytes,
        ...(this.#limitBytes !== undefined && {
          availableBytes: Math.max(0, this.#limitBytes - usage.workingSetBytes),
        }),
        peakBytes: this.#peakBytes,
      },
    };
  }
}

/** One account of several runs, in the order in which they ran: use adds up, the peak is the highest. */
export function addRuns(runs: readonly RunUsage[]): RunUsage | undefined {
  const [first, last] = [runs[0], runs.at(-1)];
  if (!first || !last) return undefined;
  const most = (of: (run: RunUsage) => number) => Math.max(...runs.map(of));
  return {
    ...last,
    startTime: first.startTime,
    cpu: {
      ...last.cpu,
      usageCoreNanoSeconds: runs.reduce((sum, { cpu }) => sum + cpu.usageCoreNanoSeconds, 0),
      peakNanoCores: most(({ cpu }) => cpu.peakNanoCores),
    },
    memory: { ...last.memory, peakBytes: most(({ memory }) => memory.peakBytes) },
  };
}
