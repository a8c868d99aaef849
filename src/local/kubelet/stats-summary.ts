/** The node's answer on `/stats/summary`, put together from what runs now and what ended. Pure but for `machineStats`. */
import { cpus, freemem, totalmem } from "node:os";
import type { PodStats, StatsSummary } from "../../api/core/stats.ts";
import { formatTime } from "../../meta/condition.ts";
import type { KeptRun } from "./usage-files.ts";
import { addRuns } from "./usage-meter.ts";

const nanosInMs = 1e6;

/** What the whole machine uses. */
export function machineStats(nodeName: string, now: Date): StatsSummary["node"] {
  const time = formatTime(now);
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return {
    nodeName,
    cpu: { time, usageCoreNanoSeconds: busyMs * nanosInMs },
    memory: { time, usageBytes: totalmem() - freemem(), availableBytes: freemem() },
  };
}

function podStats(runs: readonly KeptRun[]): readonly PodStats[] {
  const [first] = runs;
  if (!first) return [];
  const containers = [...Map.groupBy(runs, ({ container }) => container)].flatMap(([name, some]) => {
    const sum = addRuns(some.toSorted((a, b) => a.run - b.run).map(({ usage }) => usage));
    return sum ? [{ name, ...sum }] : [];
  });
  const [startTime = ""] = containers.map((container) => container.startTime).sort();
  return [{ podRef: first.pod, startTime, containers }];
}

/** `runs`: every run known, of containers that run and of those that ended. */
export function statsSummary(node: StatsSummary["node"], runs: readonly KeptRun[]): StatsSummary {
  return { node, pods: [...Map.groupBy(runs, ({ pod }) => pod.uid).values()].flatMap(podStats) };
}
