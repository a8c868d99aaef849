/** How soon 500 pods are there again after one has failed, and how much of that any controller would take. */
import { Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { jobSetNameLabel, restartAttemptLabel } from "../../src/api/jobset/labels.ts";
import type { KubeObject } from "../../src/meta/object.ts";
import type { Figure } from "../figure.ts";
import { median } from "../median.ts";
import { createJob, createJobSet, createService, follow, type Ground, hasCondition, jobSpec } from "./ground.ts";

const jobs = 10;
const podsPerJob = 50;
const pods = jobs * podsPerJob;
const rounds = 5;
const goal = 1.2;

/** The pods are for no scheduler: what is measured is how soon they are gone and made again, not how soon they run. */
const spec = jobSpec(podsPerJob, { schedulerName: "nobody" });

type Labels = Readonly<Record<string, string>>;

/** Until 500 pods that were not there before have such labels. */
async function morePods(ground: Ground, isOurs: (labels: Labels) => boolean) {
  const { items } = await ground.client.list<Pod>(PodKind, { namespace: ground.namespace });
  const old = new Set(items.map(({ metadata }) => metadata.uid));
  const counts = ({ metadata }: Pod) => isOurs(metadata.labels ?? {}) && !old.has(metadata.uid);
  return follow<Pod>(ground, { kind: PodKind, count: pods, what: "pods made again", counts });
}

async function failOnePod({ client, namespace }: Ground, labelSelector: string): Promise<void> {
  const { items } = await client.list<Pod>(PodKind, { namespace, labelSelector });
  const name = items[0]?.metadata.name ?? "";
  const ref = { kind: PodKind, namespace, name };
  await client.patch(ref, { status: { phase: "Failed" } }, { type: "merge", subresource: "status" });
}

const ofAttempt = (number: number) => (labels: Labels) =>
  labels[jobSetNameLabel] === "restarted" && labels[restartAttemptLabel] === String(number);

async function restartJobSet(ground: Ground, attempt: number): Promise<number> {
  const again = await morePods(ground, ofAttempt(attempt));
  await failOnePod(ground, `${jobSetNameLabel}=restarted,${restartAttemptLabel}=${attempt - 1}`);
  return again.reached;
}

async function startJobSet(ground: Ground): Promise<void> {
  const first = await morePods(ground, ofAttempt(0));
  const replicatedJobs = [{ name: "workers", replicas: jobs, template: { spec } }];
  await createJobSet(ground, "restarted", { failurePolicy: { maxRestarts: rounds }, replicatedJobs });
  await first.reached;
}

const large = Array.from({ length: jobs }, (_, at) => `large-${at}`);
const group = "large";
const isOfGroup = (labels: Labels) => labels["group"] === group;

/** The steps of a restart and no controller: a Job has failed, all are deleted, each is made again when it is gone. */
async function restartByHand(ground: Ground): Promise<number> {
  const { client, namespace } = ground;
  const again = await morePods(ground, isOfGroup);
  const counts = (job: KubeObject) => job.metadata.deletionTimestamp === undefined && hasCondition("Failed")(job);
  const failed = await follow(ground, { kind: JobKind, count: 1, what: "failed Jobs", counts });
  await failOnePod(ground, `job=${large[0]}`);
  await failed.reached;
  const { items } = await client.list(JobKind, { namespace });
  const olds = items.filter(({ metadata }) => large.includes(metadata.name ?? ""));
  const all = olds.map(async ({ metadata: { name = "", uid } }) => {
    const isGone = (job: KubeObject, isDeleted: boolean) => isDeleted && job.metadata.uid === uid;
    const gone = await follow(ground, { kind: JobKind, count: 1, what: "deleted Jobs", counts: isGone });
    await client.delete({ kind: JobKind, namespace, name }, { propagationPolicy: "Foreground" });
    await gone.reached;
    await createJob(ground, name, group, spec);
  });
  await Promise.all(all);
  return again.reached;
}

async function startJobs(ground: Ground): Promise<void> {
  const first = await morePods(ground, isOfGroup);
  await createService(ground, group);
  await Promise.all(large.map((name) => createJob(ground, name, group, spec)));
  await first.reached;
}

/** `alone`: where the same is done by hand, in turn with the JobSet. */
export async function restarts(ground: Ground, alone: Ground): Promise<readonly Figure[]> {
  await startJobSet(ground);
  await startJobs(alone);
  const [ours, byHand]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await restartJobSet(ground, round));
    byHand.push(await restartByHand(alone));
  }
  const value = median(ours);
  const ratio = value / median(byHand);
  return [
    { name: `a pod fails to all ${pods} of the JobSet made again`, value, unit: "s", goal: "", reached: true },
    { name: "… to the same steps by hand", value: ratio, unit: "x", goal: `≤ ${goal} x`, reached: ratio <= goal },
  ];
}
