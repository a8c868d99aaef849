/** RayClusters over the wire, on the embedded API server and on a real one: pods come, die, and are replaced. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Ingress,
  Job as JobKind,
  Pod as PodKind,
  Role,
  RoleBinding,
  Secret,
  Service as ServiceKind,
  ServiceAccount,
} from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Service } from "../../src/api/core/service.ts";
import { isConditionTrue } from "../../src/meta/condition.ts";
import type { Kind, UnknownObject } from "../../src/meta/object.ts";
import type { RayCluster } from "../../src/api/ray/types.ts";
import { group, losingPods, type RayClusterBench, spec, startRayClusterBench, Subject } from "./ray-cluster-bench.ts";
import { eventually, quiet } from "../../src/testing/eventually.ts";
import { find } from "./workloads-bench.ts";

let bench: RayClusterBench;
beforeAll(async () => {
  bench = await startRayClusterBench("ray");
});
afterAll(() => bench.stop());

const isOn = (type: string) => (cluster: RayCluster) => isConditionTrue(cluster.status?.conditions, type);

describe("pods", () => {
  test("a head and its workers come up, and the status tells", async () => {
    const subject = new Subject(bench, "up");
    await subject.create(spec());
    await subject.has("head", "0", "1");
    await subject.run();
    const { status } = await subject.isReady();
    const head = await subject.head();
    expect(status).toMatchObject({
      desiredWorkerReplicas: 2,
      readyWorkerReplicas: 2,
      maxWorkerReplicas: 5,
      endpoints: { client: "10001", dashboard: "8265", "gcs-server": "6379", metrics: "8080", serve: "8000" },
      head: {
        podIP: "10.1.2.3",
        podName: head.metadata.name,
        serviceIP: "10.1.2.3",
        serviceName: "up-head-svc",
      },
    });
    const ref = { kind: ServiceKind, namespace: bench.namespace, name: "up-head-svc" };
    expect((await bench.client.get<Service>(ref)).spec).toMatchObject({ clusterIP: "None" });
  });

  test("a worker that fails is replaced in its place, and the cluster stays ready", async () => {
    const subject = new Subject(bench, "worker");
    await subject.create(spec());
    await subject.has("head", "0", "1");
    await subject.run();
    await subject.isReady();
    const before = await subject.worker(0);
    await subject.fail(before);
    const after = await eventually(async () => {
      const pod = await subject.worker(0);
      return pod.metadata.uid !== before.metadata.uid && pod;
    }, "there is another worker");
    expect(after.metadata.name).not.toBe(before.metadata.name);
    expect((await subject.get())?.status?.state).toBe("ready");
  });

  test("a worker that somebody deletes comes back", async () => {
    const subject = new Subject(bench, "deleted");
    await subject.create(spec());
    await subject.has("head", "0", "1");
    const { metadata } = await subject.worker(1);
    await bench.client.delete(
      { kind: PodKind, namespace: bench.namespace, name: metadata.name ?? "" },
      { gracePeriodSeconds: 0 },
    );
    const pods = await subject.has("head", "0", "1");
    expect(pods.some((pod) => pod.metadata.uid === metadata.uid)).toBe(false);
  });

  test("a head that fails is replaced; its workers are not", async () => {
    const subject = new Subject(bench, "head");
    await subject.create(spec());
    const before = await subject.has("head", "0", "1");
    await subject.run();
    await subject.isReady();
    const old = await subject.head();
    await subject.fail(old);
    await eventually(async () => (await subject.head()).metadata.uid !== old.metadata.uid, "there is another head");
    const after = await subject.has("head", "0", "1");
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    expect(after.filter(({ metadata }) => uids.has(metadata.uid))).toHaveLength(2);
    await subject.run();
    await subject.until("has a ready head", isOn("HeadPodReady"));
  });

  test("replicas go up and down", async () => {
    const subject = new Subject(bench, "scale");
    await subject.create(spec());
    await subject.has("head", "0", "1");
    await subject.run();
    await subject.isReady();
    await subject.patch({ spec: { workerGroupSpecs: [group({ replicas: 4 })] } });
    await subject.has("head", "0", "1", "2", "3");
    // The two new ones are not ready: they have the least to lose.
    await subject.patch({ spec: { workerGroupSpecs: [group({ replicas: 2 })] } });
    await subject.has("head", "0", "1");
    await subject.patch({ spec: { workerGroupSpecs: [group({ replicas: 0 })] } });
    await subject.has("head");
    await subject.until("wants no workers", ({ status }) => status?.desiredWorkerReplicas === undefined);
  });

  test("the autoscaler's patch takes the worker it names, no other, and is left as it is", async () => {
    const subject = new Subject(bench, "autoscaled");
    await subject.create(spec({ enableInTreeAutoscaling: true, workerGroupSpecs: [group({ replicas: 3 })] }));
    await subject.has("head", "0", "1", "2");
    for (const kind of [ServiceAccount, Role, RoleBinding]) {
      const ref = { kind, namespace: bench.namespace, name: "autoscaled" };
      expect(await find(bench.client, ref)).toMatchObject({ metadata: { labels: { "ray.io/cluster": "autoscaled" } } });
    }
    const workersToDelete = [(await subject.worker(1)).metadata.name];
    const path = "/spec/workerGroupSpecs/0";
    const choose = [
      { op: "replace", path: `${path}/replicas`, value: 2 },
      { op: "replace", path: `${path}/scaleStrategy`, value: { workersToDelete } },
    ];
    await bench.client.patch(subject.ref, choose, { type: "json" });
    await subject.has("head", "0", "2");
    expect((await subject.get())?.spec.workerGroupSpecs?.[0]).toMatchObject({
      replicas: 2,
      scaleStrategy: { workersToDelete },
    });
    // Fewer replicas alone are no reason: which of them has nothing to do only the autoscaler knows.
    const fewer = [
      { op: "replace", path: `${path}/scaleStrategy`, value: { workersToDelete: [] } },
      { op: "replace", path: `${path}/replicas`, value: 1 },
    ];
    await bench.client.patch(subject.ref, fewer, { type: "json" });
    await subject.until("wants one worker", ({ status }) => status?.desiredWorkerReplicas === 1);
    await subject.has("head", "0", "2");
  });

  test("hosts of a replica come and go together", async () => {
    const subject = new Subject(bench, "hosts");
    await subject.create(spec({ workerGroupSpecs: [group({ replicas: 1, numOfHosts: 2 })] }));
    await subject.has("head", "0", "0");
    const first = await subject.worker(0);
    const replicaOf = ({ metadata }: Pod) => metadata.labels?.["ray.io/worker-group-replica-name"];
    await subject.fail(first);
    const replicas = await eventually(async () => {
      await subject.reap();
      const live = (await subject.pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const names = live.map(replicaOf).filter((name) => name !== undefined);
      return names.length === 2 && !names.includes(replicaOf(first) ?? "") && names;
    }, "there is another replica");
    expect([replicas.length, new Set(replicas).size]).toEqual([2, 1]);
  });
});

describe("life", () => {
  test("suspending takes every pod away, resuming brings them back", async () => {
    const subject = new Subject(bench, "suspend");
    await subject.create(spec());
    await subject.has("head", "0", "1");
    await subject.run();
    await subject.isReady();
    await subject.patch({ spec: { suspend: true } });
    const { status } = await subject.until("is suspended", isOn("RayClusterSuspended"));
    expect([status?.state, await subject.pods()]).toEqual(["suspended", []]);
    await subject.patch({ spec: { suspend: false } });
    await subject.has("head", "0", "1");
    await subject.run();
    await subject.isReady();
  });

  test("with the Recreate strategy a changed template takes every pod along", async () => {
    const subject = new Subject(bench, "recreate");
    const of = spec({ upgradeStrategy: { type: "Recreate" } });
    await subject.create(of);
    const before = await subject.has("head", "0", "1");
    await subject.patch({ spec: { rayVersion: "2.54.0" } });
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    await eventually(async () => {
      const pods = await subject.has("head", "0", "1");
      return pods.every(({ metadata }) => !uids.has(metadata.uid));
    }, "all pods are new");
  });

  test("a broken spec is told in the status; once mended the pods come", async () => {
    const subject = new Subject(bench, "broken");
    await subject.create(spec({ workerGroupSpecs: [group({ minReplicas: 3, maxReplicas: 1 })] }));
    const { status } = await subject.until("says what is wrong", (cluster) => cluster.status?.reason !== undefined);
    expect([status?.reason, await subject.pods()]).toEqual([expect.stringContaining("minReplicas"), []]);
    await subject.patch({ spec: { workerGroupSpecs: [group()] } });
    await subject.has("head", "0", "1");
    await subject.until("is fine", (cluster) => cluster.status?.reason === undefined);
  });

  test("Redis is cleaned before a fault tolerant cluster goes", async () => {
    const subject = new Subject(bench, "tolerant");
    await subject.create(spec({ gcsFaultToleranceOptions: { redisAddress: "redis:6379" } }));
    await subject.has("head", "0", "1");
    await bench.client.delete(subject.ref, {});
    const job = await subject.cleanupJob();
    expect(job.spec.template.metadata?.labels).toMatchObject({ "ray.io/node-type": "redis-cleanup" });
    expect((await subject.get())?.metadata.finalizers).toEqual(["ray.io/gcs-ft-redis-cleanup-finalizer"]);
    await bench.client.patch(
      { kind: JobKind, namespace: bench.namespace, name: job.metadata.name ?? "" },
      { spec: { activeDeadlineSeconds: 1 } },
      { type: "merge" },
    );
    await eventually(async () => {
      await subject.reap();
      return (await subject.get()) === undefined;
    }, "the cluster is gone");
  });

  test("the ingress follows its options, and stays when it is switched off", async () => {
    const subject = new Subject(bench, "ingress");
    const options = { host: "ray.example.com", tls: [{ hosts: ["ray.example.com"], secretName: "cert" }] };
    const { headGroupSpec } = spec();
    await subject.create(spec({ headGroupSpec: { ...headGroupSpec, enableIngress: true, ingressOptions: options } }));
    const ref = { kind: Ingress, namespace: bench.namespace, name: "ingress-head-ingress" };
    const made = await eventually(() => find<UnknownObject>(bench.client, ref), "there is an ingress");
    expect(made["spec"]).toMatchObject({ rules: [{ host: "ray.example.com" }], tls: options.tls });
    const head = (more: object) => subject.patch({ spec: { headGroupSpec: more } });
    await head({ ingressOptions: { host: "other.example.com", tls: null } });
    const now = await eventually(async () => {
      const found = await bench.client.get(ref);
      return JSON.stringify(found).includes("other.example.com") && found;
    }, "it has the other host");
    expect(now["spec"]).not.toHaveProperty("tls");
    await head({ enableIngress: false });
    await subject.has("head", "0", "1");
    expect((await bench.client.get(ref)).metadata.uid).toBe(made.metadata.uid);
  });

  test("a cluster that another controller manages is left alone", async () => {
    const foreign = new Subject(bench, "foreign");
    await foreign.create(spec({ managedBy: "kueue.x-k8s.io/multikueue" }));
    const ours = new Subject(bench, "ours");
    await ours.create(spec());
    await ours.has("head", "0", "1");
    expect(await foreign.pods()).toEqual([]);
  });
});

describe("what is the user's own", () => {
  /** Of the user's making: without our labels, and nobody controls it. */
  const make = (kind: Kind, name: string, more: object = {}) => {
    const metadata = { name, namespace: bench.namespace };
    return bench.client.create<UnknownObject>(kind, { apiVersion: "v1", kind: kind.kind, metadata, ...more });
  };
  const read = (kind: Kind, name: string) => bench.client.get({ kind, namespace: bench.namespace, name });

  test("a secret with the name of the cluster is used as it is", async () => {
    const made = await make(Secret, "secret", { stringData: { auth_token: "mine" } });
    const subject = new Subject(bench, "secret");
    await subject.create(spec({ authOptions: { mode: "token" } }));
    await subject.has("head", "0", "1");
    await subject.run();
    const { status } = await subject.isReady();
    expect(status?.conditions?.find(({ type }) => type === "ReplicaFailure")).toBeUndefined();
    expect(await read(Secret, "secret")).toEqual(made);
  });

  test("an account with the name of the cluster is used as it is", async () => {
    const made = await make(ServiceAccount, "account");
    const subject = new Subject(bench, "account");
    await subject.create(spec({ enableInTreeAutoscaling: true }));
    await subject.has("head", "0", "1");
    expect((await read(ServiceAccount, "account")).metadata.ownerReferences).toEqual(made.metadata.ownerReferences);
  });

  test("an account that the head names is waited for, and its coming is enough", async () => {
    const subject = new Subject(bench, "waits");
    const { headGroupSpec } = spec();
    const template = { spec: { ...headGroupSpec.template.spec, serviceAccountName: "later" } };
    await subject.create(spec({ enableInTreeAutoscaling: true, headGroupSpec: { template } }));
    await subject.until("has a status", ({ status }) => status?.observedGeneration === 1);
    expect(await subject.pods()).toEqual([]);
    await make(ServiceAccount, "later");
    await subject.has("head", "0", "1");
  });
});

test("a pod whose making was not answered is not made twice", async () => {
  const lossy = await startRayClusterBench("ray-lost", { wrap: losingPods });
  try {
    const subject = new Subject(lossy, "lost");
    await subject.create(
      spec({ workerGroupSpecs: [group({ replicas: 1 }), group({ groupName: "wide", replicas: 1, numOfHosts: 2 })] }),
    );
    await subject.until("knows its head", ({ status }) => status?.head?.podName !== undefined);
    await subject.has("head", "0", "0", "0");
    const path = `/api/v1/namespaces/${lossy.namespace}/pods`;
    const made = lossy.asked.requests.filter((request) => request.verb === "POST" && request.path === path);
    const names = made.map(({ body }) => (body as Pod).metadata.name ?? "");
    const pods = (await subject.pods()).map(({ metadata }) => metadata.name ?? "");
    expect(names.toSorted()).toEqual([...pods, ...pods].toSorted());
  } finally {
    await lossy.stop();
  }
});

describe("what the definitions refuse", () => {
  test.each([
    ["another managedBy", { managedBy: "me" }, "must be either 'ray.io/kuberay-operator'"],
    ["an unknown upgrade strategy", { upgradeStrategy: { type: "Rolling" } }, "Unsupported value"],
    ["a head without a template", { headGroupSpec: {} }, "Required value"],
  ])("%s", async (_, broken, message) => {
    const of = { ...spec(), ...broken } as RayCluster["spec"];
    await expect(new Subject(bench, "refused").create(of)).rejects.toThrow(message);
  });

  test("a managedBy that changes", async () => {
    const subject = new Subject(bench, "immutable");
    await subject.create(spec({ managedBy: "kueue.x-k8s.io/multikueue" }));
    const change = subject.patch({ spec: { managedBy: "ray.io/kuberay-operator" } });
    await expect(change).rejects.toThrow("the managedBy field is immutable");
  });
});

test("three pods take nine requests, three of them events, and then there is silence", async () => {
  // Changes that come in one burst are one reconcile.
  const counted = await startRayClusterBench("ray-count", { settleMs: 300 });
  try {
    const subject = new Subject(counted, "three");
    counted.asked.reset();
    await subject.create(spec());
    await subject.has("head", "0", "1");
    await subject.until("has told of its pods", ({ status }) => status?.head?.podName !== undefined);
    await subject.run();
    await subject.isReady();
    await quiet(() => counted.asked.requests.length, 700);
    const base = `/api/v1/namespaces/${counted.namespace}`;
    const own = `/apis/ray.io/v1/namespaces/${counted.namespace}/rayclusters/three/status`;
    const reads = counted.asked.requests.filter(({ verb }) => verb === "GET");
    expect(reads).toEqual([]);
    const told = counted.asked.requests.filter(({ path }) => path.startsWith("/apis/events.k8s.io/"));
    const head = (await subject.head()).metadata.name;
    const names = (await subject.pods()).map(({ metadata }) => metadata.name);
    const notes = told.map(({ verb, body }) => [verb, (body as { readonly note?: string }).note ?? ""] as const);
    const sentences = notes.flatMap(([, note]) => note.split("; "));
    expect(notes.map(([verb]) => verb)).toEqual(["POST", "POST", "POST"]);
    expect(sentences.toSorted()).toEqual(
      [
        `Created head Pod ${counted.namespace}/${head}`,
        "Created service three-head-svc",
        ...names.filter((name) => name !== head).map((name) => `Created worker Pod ${counted.namespace}/${name}`),
      ].toSorted(),
    );
    expect(counted.asked.writes({ events: false }).toSorted()).toEqual([
      `PATCH ${own}`,
      `PATCH ${own}`,
      `POST ${base}/pods`,
      `POST ${base}/pods`,
      `POST ${base}/pods`,
      `POST ${base}/services`,
    ]);
  } finally {
    await counted.stop();
  }
});
