/** What 200 JobSets cost their operator, and how much later than the same Jobs made by hand they are there and over. */
import { Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import type { Figure } from "../figure.ts";
import type { OperatorProcess } from "../operator-process.ts";
import { createJob, createJobSet, createService, follow, type Ground, hasCondition, jobSpec } from "./ground.ts";

const jobSets = 200;
const pods = 4;
const inFlight = 20;

/** What the upstream controller took for the same JobSets, on a machine with 2 cores. */
const upstream = { requests: 7.2, cpuMs: 18, mb: 85 };

const names = (from: number) => Array.from({ length: inFlight }, (_, at) => `many-${from + at}`);

/** Makes all, 20 at a time; answers the seconds until all pods are there and all Jobs complete. */
async function watched(ground: Ground, make: (name: string) => Promise<unknown>) {
  const made = await follow(ground, { kind: PodKind, count: jobSets * pods, what: "pods", counts: () => true });
  const until = { kind: JobKind, count: jobSets, what: "complete Jobs", counts: hasCondition("Complete") };
  const complete = await follow(ground, until);
  for (let from = 0; from < jobSets; from += inFlight) await Promise.all(names(from).map(make));
  return { podsMade: await made.reached, complete: await complete.reached };
}

async function byHand(ground: Ground): Promise<number> {
  const { podsMade } = await watched(ground, async (name) => {
    await createService(ground, name);
    await createJob(ground, name, name, jobSpec(pods, { subdomain: name }));
  });
  return podsMade;
}

interface Measured {
  readonly requests: number;
  readonly cpuMs: number;
  readonly podsMade: number;
  readonly podsByHand: number;
  readonly seconds: number;
  /** Seconds after the last Job was complete. */
  readonly later: number;
  readonly mb: number;
}

function figures({ requests, cpuMs, podsMade, podsByHand, seconds, later, mb }: Measured): readonly Figure[] {
  return [
    {
      name: `${jobSets} JobSets of ${pods} pods: requests for each`,
      value: requests,
      unit: "",
      goal: `≤ 5 (upstream: ${upstream.requests})`,
      reached: requests <= 5,
    },
    { name: "… created to all pods made", value: podsMade, unit: "s", goal: "", reached: true },
    {
      name: "… to the same Jobs and Services made by hand",
      value: podsMade / podsByHand,
      unit: "x",
      goal: "",
      reached: true,
    },
    { name: "… created to all completed", value: seconds, unit: "s", goal: "", reached: true },
    { name: "… of which after the last Job was complete", value: later, unit: "s", goal: "< 1 s", reached: later < 1 },
    {
      name: "… CPU of the operator for each",
      value: cpuMs,
      unit: "ms",
      goal: `(upstream: ${upstream.cpuMs} ms)`,
      reached: true,
    },
    {
      name: "… most memory of the operator",
      value: mb,
      unit: "MB",
      goal: `(upstream: ${upstream.mb} MB)`,
      reached: true,
    },
  ];
}

/** `alone`: where the Jobs are made by hand, first. */
export async function completions(
  ground: Ground,
  alone: Ground,
  operator: OperatorProcess,
): Promise<readonly Figure[]> {
  const podsByHand = await byHand(alone);
  const [requestsBefore, cpuBefore] = [await operator.requests(), await operator.cpuSeconds()];
  const until = { kind: JobSetKind, count: jobSets, what: "completed JobSets", counts: hasCondition("Completed") };
  const ended = await follow(ground, until);
  const spec = { replicatedJobs: [{ name: "workers", replicas: 1, template: { spec: jobSpec(pods) } }] };
  const { podsMade, complete } = await watched(ground, (name) => createJobSet(ground, name, spec));
  const seconds = await ended.reached;
  const requests = ((await operator.requests()) - requestsBefore) / jobSets;
  const cpuMs = (((await operator.cpuSeconds()) - cpuBefore) * 1000) / jobSets;
  return figures({ requests, cpuMs, podsMade, podsByHand, seconds, later: seconds - complete, mb: operator.peakMb() });
}
