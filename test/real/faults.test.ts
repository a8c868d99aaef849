/** RayJobs on a real node while things go wrong: the head lost, the operator lost, suspended in the middle of the work. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Job as JobObject } from "../../src/api/batch/job.ts";
import { Job, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { RayCluster, RayJob } from "../../src/api/ray/kinds.ts";
import type { RayJob as RayJobObject } from "../../src/api/ray/types.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { installDefinitions, openCluster, type Operator, type RealCluster, startOperator } from "./cluster.ts";
import { rayJob, submitterPodTemplate } from "./objects.ts";

let cluster: RealCluster;
let operator: Operator;

beforeAll(async () => {
  cluster = await openCluster();
  await installDefinitions(cluster);
  operator = await startOperator();
});
afterAll(async () => {
  await cluster?.close();
  await operator?.stop();
});

/** A command that takes so many seconds on Ray. */
const busy = (seconds: number) => `python -c "import ray, time; ray.init(); time.sleep(${seconds}); print('done')"`;
const ofCluster = (pods: readonly Pod[]) => pods.filter(({ metadata }) => metadata.labels?.["ray.io/cluster"]);
const uids = (objects: readonly { readonly metadata: { readonly uid?: string } }[]) =>
  new Set(objects.map(({ metadata }) => metadata.uid));

/** Waits until Ray itself says that the command runs. */
const started = (name: string) =>
  cluster.until<RayJobObject>(RayJob, name, ({ status }) => status?.jobStatus === "RUNNING");
const ended = (name: string) => cluster.until<RayJobObject>(RayJob, name, ({ status }) => status?.endTime);

// The next operator waits for the lease of the one that died to run out: 15 s.
it("a job is submitted over HTTP, through the API server's proxy, while the operator is replaced", async () => {
  await cluster.create(RayJob, rayJob("over-http", busy(40), { submissionMode: "HTTPMode" }));
  const { status } = await started("over-http");
  const before = uids(ofCluster(await cluster.pods()));
  await operator.kill();
  operator = await startOperator();
  await started("over-http");
  expect(uids(ofCluster(await cluster.pods()))).toEqual(before);
  const after = await ended("over-http");
  expect(after.status).toMatchObject({
    jobStatus: "SUCCEEDED",
    jobDeploymentStatus: "Complete",
    jobId: status?.jobId,
    rayClusterName: status?.rayClusterName,
  });
  expect(before.size).toBe(2);
  const jobs = await cluster.client.list(Job, { namespace: cluster.namespace });
  expect(jobs.items).toEqual([]);
});

it("the head is deleted while the command runs: a new one comes, and the submitter's next try runs the command there", async () => {
  await cluster.create(RayJob, rayJob("headless", busy(15), { submitterPodTemplate }));
  const { status } = await started("headless");
  const { namespace } = cluster;
  const isHead = ({ metadata }: Pod) => metadata.labels?.["ray.io/node-type"] === "head";
  const head = ofCluster(await cluster.pods()).find(
    (pod) => isHead(pod) && pod.metadata.labels?.["ray.io/cluster"] === status?.rayClusterName,
  );
  await cluster.client.delete({ kind: PodKind, namespace, name: head?.metadata.name ?? "" }, { gracePeriodSeconds: 0 });
  const after = await ended("headless");
  expect(after.status).toMatchObject({
    jobStatus: "SUCCEEDED",
    jobDeploymentStatus: "Complete",
    rayClusterName: status?.rayClusterName,
  });
  const submitter = await cluster.client.get<JobObject>({ kind: Job, namespace, name: "headless" });
  expect(submitter.status).toMatchObject({ succeeded: 1, failed: 1 });
});

it("a suspended job gives everything back, and starts anew when it is resumed", async () => {
  await cluster.create(RayJob, rayJob("paused", busy(15), { submissionMode: "HTTPMode" }));
  const ref = { kind: RayJob, namespace: cluster.namespace, name: "paused" };
  await started("paused");
  await cluster.client.patch(ref, { spec: { suspend: true } }, { type: "merge" });
  await cluster.until<RayJobObject>(RayJob, "paused", ({ status }) => status?.jobDeploymentStatus === "Suspended");
  const clusters = await cluster.client.list(RayCluster, { namespace: cluster.namespace });
  expect(clusters.items.filter(({ metadata }) => metadata.name?.startsWith("paused"))).toEqual([]);
  await eventually(
    async () => !(await cluster.pods()).some(({ metadata }) => metadata.name?.startsWith("paused")),
    "the pods are gone",
  );
  await cluster.client.patch(ref, { spec: { suspend: false } }, { type: "merge" });
  expect((await ended("paused")).status).toMatchObject({ jobStatus: "SUCCEEDED", jobDeploymentStatus: "Complete" });
});
