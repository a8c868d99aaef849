/**
 * The operator with exactly the rights of config/rbac: on a real API server under a ServiceAccount that has them, on the
 * embedded one behind a transport that refuses everything else. Its lease, a RayJob, a JobSet and experiments are run.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { podReader } from "../../src/cli/pods/pod-reader.ts";
import { PersistentVolumeClaim, Pod as PodKind, Role, Secret, ServiceAccount } from "../../src/api/core/kinds.ts";
import * as core from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { crd as experimentCrd } from "../../src/api/experiment/crd.ts";
import { Experiment as ExperimentKind } from "../../src/api/experiment/kinds.ts";
import type { Experiment } from "../../src/api/experiment/types.ts";
import { jobSetCrd } from "../../src/api/jobset/crd.ts";
import type { Kind, KubeObject } from "../../src/meta/object.ts";
import { allRayGates } from "../../src/api/ray/gates.ts";
import { crds as rayCrds } from "../../src/api/ray/crd.ts";
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import { crd as sweepCrd } from "../../src/api/sweep/crd.ts";
import { Sweep as SweepKind } from "../../src/api/sweep/kinds.ts";
import { controllers } from "../../src/controllers/index.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { createHttpsTransport } from "../../src/kube/https-transport.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { LeaderElector } from "../../src/runtime/leader-election.ts";
import { silentLogger } from "../../src/runtime/log.ts";
import { createManager, type Manager } from "../../src/runtime/manager.ts";
import type { AnyControllerSpec } from "../../src/runtime/spec.ts";
import { countingTransport } from "../../src/testing/counting-transport.ts";
import { assertDeclared, declaredTransport } from "../../src/testing/declared-transport.ts";
import { replicatedJob, Subject as JobSetSubject } from "./jobset-bench.ts";
import { spec as clusterSpec } from "./ray-cluster-bench.ts";
import { FakeRay, JobSubject, type RayJobBench } from "./ray-job-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, define, find, JobBench, realKubeconfig, startBench } from "./workloads-bench.ts";

const gates = { inPlaceRestart: true, restartJob: true, elasticJobSet: true };
let bench: RayJobBench;
let manager: Manager;
let elector: LeaderElector;
/** Made outside the namespace. */
let leftovers: readonly KubeObject[] = [];

const kindNamed = (name: string): Kind => (core as Readonly<Record<string, Kind>>)[name] as Kind;

/** The objects of the file, for the bench's namespace. */
function operatorObjects(namespace: string): readonly KubeObject[] {
  const text = readFileSync(new URL("../../config/rbac/operator-of-a-namespace.yaml", import.meta.url), "utf8");
  const here = text
    .replaceAll("namespace: windlass", `namespace: ${namespace}`)
    .replaceAll("-of-windlass", `-of-${namespace}`);
  return parseAllDocuments(here).map((document) => document.toJS() as KubeObject);
}

/** As the ServiceAccount of the operator. */
async function asOperator({ client, namespace }: Bench, kubeconfig: string): Promise<Transport> {
  const objects = operatorObjects(namespace);
  for (const object of objects) await client.create(kindNamed(object.kind), object);
  leftovers = objects.filter(({ metadata }) => metadata.namespace === undefined);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/windlass-operator/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const { body: answer } = await client.transport.request({ method: "POST", path, body });
  const { token } = (answer as { readonly status: { readonly token: string } }).status;
  const { server, ca, servername } = (await loadKubeconfig({ path: kubeconfig })).transport;
  const where = { server, ...(ca && { ca }), ...(servername && { servername }) };
  return createHttpsTransport({ ...where, token, userAgent: "windlass/conformance" });
}

const specs = (ray: FakeRay, transport: Transport): readonly AnyControllerSpec[] =>
  controllers({
    ray: rayOperatorOptions("conformance", {}, allRayGates),
    rayClient: ray.factory,
    jobSetGates: gates,
    experiment: {
      platform: { storage: { outputs: "s3://bucket/runs", s3: { credentials: { AWS_ACCESS_KEY_ID: "key" } } } },
      pods: podReader(createClient(transport)),
    },
  });

let check = () => {};

beforeAll(async () => {
  const plain = await startBench("rights");
  for (const crd of [experimentCrd, sweepCrd, jobSetCrd(gates), ...rayCrds]) await define(plain.client, crd);
  for (const kind of [ExperimentKind, SweepKind])
    await eventually(async () => (await plain.client.list(kind)).items !== undefined, `${kind.kind} is served`);
  const ray = new FakeRay();
  const direct = realKubeconfig ? await asOperator(plain, realKubeconfig) : plain.client.transport;
  const declared = declaredTransport(direct, specs(ray, direct));
  check = () => assertDeclared(declared);
  const transport = realKubeconfig ? direct : declared;
  const client = createClient(transport, { fieldManager: "windlass" });
  const { namespace } = plain;
  const about = { client, clock: systemClock, random: Math.random, log: silentLogger };
  elector = new LeaderElector({ ...about, namespace, name: "windlass-operator", identity: "conformance" });
  manager = createManager({ client, namespace, trims: true, lead: () => elector.acquire() }, specs(ray, transport));
  await manager.start();
  bench = { ...plain, ray, asked: countingTransport(transport) };
});
afterAll(async () => {
  await manager?.stop();
  await elector?.release();
  for (const { kind, metadata } of leftovers)
    await bench.client.delete({ kind: kindNamed(kind), name: metadata.name ?? "" });
  await bench?.stop();
});

it("runs a RayJob with an autoscaler, whose rights it may give away", async () => {
  const subject = new JobSubject(bench, "ray");
  await subject.create({
    rayClusterSpec: clusterSpec({ enableInTreeAutoscaling: true }),
    shutdownAfterJobFinishes: true,
  });
  const job = await subject.runs();
  const { rayClusterName: name = "" } = job.status ?? {};
  expect((await bench.client.get({ kind: Role, namespace: bench.namespace, name })).kind).toBe("Role");
  expect((await bench.client.get({ kind: ServiceAccount, namespace: bench.namespace, name })).metadata.name).toBe(name);
  subject.says(job, "SUCCEEDED");
  await subject.endSubmitter();
  await subject.is("Complete");
  await subject.told("CreatedRayCluster");
});

it("starts the RayJob of a RayCronJob", async () => {
  const { client, namespace } = bench;
  await client.create(RayCronJobKind, {
    apiVersion: "ray.io/v1",
    kind: "RayCronJob",
    metadata: { name: "often", namespace },
    spec: { schedule: "@every 1s", jobTemplate: { clusterSelector: { "ray.io/cluster": "nowhere" } } },
  } as KubeObject);
  const labelSelector = "ray.io/cronjob-name=often";
  await eventually(
    async () => (await client.list(RayJobKind, { namespace, labelSelector })).items.length > 0,
    "it has one",
  );
  await client.delete({ kind: RayCronJobKind, namespace, name: "often" });
});

it("runs a JobSet, and restarts it", async () => {
  const subject = new JobSetSubject(bench, "set");
  await subject.create({ failurePolicy: { maxRestarts: 1 }, replicatedJobs: [replicatedJob("w")] });
  await subject.hasJobs("w-0");
  await subject.end("w-0", 1);
  await subject.until("has restarted", ({ status }) => status?.restarts === 1);
  await eventually(async () => {
    await subject.reap();
    return subject.end("w-0").then(() => true);
  }, "its second attempt ends");
  await subject.until("has completed", ({ status }) => status?.terminalState === "Completed");
});

const manifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: pytorch
  image: none
  command: "python3 main.py"
  storage: { sharedVolume: { mountPoint: /scratch, sizeGB: 1 } }
  types: { worker: { count: 1, resources: { cpus: 1, ramRatio: 2 } } }
`;

it("runs an experiment with a volume and a bucket, and asks its pods why it failed", async () => {
  const { client, namespace } = bench;
  const ref = { kind: ExperimentKind, namespace, name: "failing" };
  const metadata = { name: ref.name, namespace };
  await client.create(ExperimentKind, {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata,
    spec: { manifest },
  });
  const labelSelector = "jobset.sigs.k8s.io/jobset-name=failing";
  const pod = await eventually(async () => {
    const { items } = await client.list<Pod>(PodKind, { namespace, labelSelector });
    if (!items[0]) throw new Error(JSON.stringify((await client.get<Experiment>(ref)).status));
    return items[0];
  }, "it has a pod");
  expect(await find(client, { kind: PersistentVolumeClaim, namespace, name: "failing-shared" })).toBeDefined();
  expect((await client.list(Secret, { namespace })).items.map((secret) => secret.metadata.name).join()).toContain(
    "failing",
  );
  await new JobBench(bench, pod.metadata.labels?.["batch.kubernetes.io/job-name"] ?? "").end(pod, 3);
  const { status } = await eventually(async () => {
    const now = await client.get<Experiment>(ref);
    return now.status?.state === "Failed" && now;
  }, "it has failed");
  expect(status?.message).toContain("exit code 3");
});

it("was refused nothing", () => check());

it("may not do more than that", async () => {
  const path = `/api/v1/namespaces/${bench.namespace}/secrets`;
  const { status } = await bench.asked.request({ method: "DELETE", path });
  expect(status).toBe(403);
});
