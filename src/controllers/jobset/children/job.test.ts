import { expect, it } from "vitest";
import type { JobSet, JobSetSpec } from "../../../api/jobset/types.ts";
import { desiredJob } from "./job.ts";
import { childOf, makeJobSet, makeReplicatedJob, makeWorld } from "../model.test-support.ts";
import { viewJobSet } from "../view.ts";

const prefixed = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [`jobset.sigs.k8s.io/${key}`, value]));

it("builds the Job of a coordinated, grouped, restarted JobSet whole", () => {
  const jobSet: JobSet = {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: "train", namespace: "default", uid: "U", labels: { team: "not passed on" } },
    spec: {
      coordinator: { replicatedJob: "driver" },
      replicatedJobs: [
        makeReplicatedJob("driver"),
        {
          name: "workers",
          replicas: 2,
          groupName: "g1",
          template: {
            metadata: { labels: { on: "job" }, annotations: { note: "job" } },
            spec: {
              backoffLimit: 0,
              template: {
                metadata: { labels: { on: "pod" }, annotations: { note: "pod" } },
                spec: { containers: [{ name: "main", image: "busybox" }] },
              },
            },
          },
        },
      ],
    },
    status: { restarts: 3 },
  };
  const own = prefixed({
    "jobset-name": "train",
    "jobset-uid": "U",
    "replicatedjob-name": "workers",
    "replicatedjob-replicas": "2",
    "global-replicas": "3",
    "job-index": "1",
    "job-global-index": "2",
    "job-key": "f7cd59a344a70b9510e91bf1b6f8a70533d949ef",
    "restart-attempt": "3",
    "group-name": "g1",
    "group-replicas": "2",
    "job-group-index": "1",
    coordinator: "train-driver-0-0.train",
  });
  expect(childOf(jobSet, "workers", 1)).toEqual({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "train-workers-1",
      namespace: "default",
      labels: { on: "job", ...own },
      annotations: { note: "job", ...own },
      ownerReferences: [
        {
          apiVersion: "jobset.x-k8s.io/v1alpha2",
          kind: "JobSet",
          name: "train",
          uid: "U",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: 0,
      completionMode: "Indexed",
      suspend: false,
      template: {
        metadata: {
          labels: { on: "pod", ...own, ...prefixed({ priority: "0" }) },
          annotations: { note: "pod", ...own },
        },
        spec: { containers: [{ name: "main", image: "busybox" }], restartPolicy: "OnFailure", subdomain: "train" },
      },
    },
  });
});

const podOf = (spec: JobSetSpec) => childOf(makeJobSet({ spec }), "w").spec.template.spec;

it.each<[string, JobSetSpec, string | undefined]>([
  ["the JobSet's name as subdomain", {}, "js"],
  ["the subdomain asked for", { network: { subdomain: "net" } }, "net"],
  ["no subdomain without host names", { network: { enableDNSHostnames: false } }, undefined],
])("gives pods %s", (_, spec, subdomain) => {
  expect(podOf(spec).subdomain).toBe(subdomain);
});

it("suspends by the JobSet, whatever the template says", () => {
  const replicatedJobs = [makeReplicatedJob("w", {}, { suspend: true })];
  expect(childOf(makeJobSet({ spec: { replicatedJobs } }), "w").spec.suspend).toBe(false);
  expect(childOf(makeJobSet({ spec: { suspend: true } }), "w").spec.suspend).toBe(true);
});

it("counts single restarts in a label of their own, behind the gate", () => {
  const jobSet = makeJobSet({
    status: {
      replicatedJobsStatus: [
        { name: "w", ready: 0, succeeded: 0, failed: 0, active: 0, suspended: 0, jobRestarts: [2] },
      ],
    },
  });
  const label = "jobset.sigs.k8s.io/job-restart-attempt";
  expect(childOf(jobSet, "w").metadata.labels?.[label]).toBeUndefined();
  expect(childOf(jobSet, "w", 0, { restartJob: true }).metadata.labels?.[label]).toBe("2");
});

it("mounts the claims that its containers name", () => {
  const container = { name: "main", volumeMounts: [{ name: "data", mountPath: "/data" }] };
  const replicatedJobs = [
    makeReplicatedJob(
      "w",
      {},
      { template: { spec: { containers: [container], volumes: [{ name: "tmp", emptyDir: {} }] } } },
    ),
  ];
  const volumeClaimPolicies = [{ templates: [{ metadata: { name: "data" } }, { metadata: { name: "unused" } }] }];
  expect(podOf({ replicatedJobs, volumeClaimPolicies }).volumes).toEqual([
    { name: "tmp", emptyDir: {} },
    { name: "data", persistentVolumeClaim: { claimName: "data-js" } },
  ]);
});

const exclusive = "alpha.jobset.sigs.k8s.io/exclusive-topology";
const byLabel = "alpha.jobset.sigs.k8s.io/node-selector";

it("keeps Jobs with an exclusive topology together and apart from others of their priority", () => {
  const jobSet = makeJobSet({ metadata: { annotations: { [exclusive]: "zone" } } });
  const job = childOf(jobSet, "w");
  const own = job.metadata.labels?.["jobset.sigs.k8s.io/job-key"];
  expect(job.metadata.annotations?.[exclusive]).toBe("zone");
  expect(job.metadata.labels?.[exclusive]).toBeUndefined();
  expect(job.spec.template.metadata?.annotations?.[exclusive]).toBe("zone");
  expect(job.spec.template.spec.affinity).toEqual({
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: { matchExpressions: [{ key: "jobset.sigs.k8s.io/job-key", operator: "In", values: [own] }] },
          topologyKey: "zone",
          namespaceSelector: {},
        },
      ],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: {
            matchExpressions: [
              { key: "jobset.sigs.k8s.io/job-key", operator: "Exists" },
              { key: "jobset.sigs.k8s.io/job-key", operator: "NotIn", values: [own] },
              { key: "jobset.sigs.k8s.io/priority", operator: "In", values: ["0"] },
            ],
          },
          topologyKey: "zone",
          namespaceSelector: {},
        },
      ],
    },
  });
});

it("takes the topology of the Job template before that of the JobSet", () => {
  const replicatedJobs = [{ ...makeReplicatedJob("w") }].map((job) => ({
    ...job,
    template: { ...job.template, metadata: { annotations: { [exclusive]: "rack" } } },
  }));
  const jobSet = makeJobSet({ spec: { replicatedJobs }, metadata: { annotations: { [exclusive]: "zone" } } });
  expect(childOf(jobSet, "w").spec.template.metadata?.annotations?.[exclusive]).toBe("rack");
});

it("selects nodes labelled ahead of time instead, when asked to", () => {
  const job = childOf(makeJobSet({ metadata: { annotations: { [exclusive]: "zone", [byLabel]: "true" } } }), "w");
  expect(job.spec.template.spec).toMatchObject({
    nodeSelector: { "alpha.jobset.sigs.k8s.io/namespaced-job": "ns_js-w-0" },
    tolerations: [{ key: "alpha.jobset.sigs.k8s.io/no-schedule", operator: "Exists", effect: "NoSchedule" }],
  });
  expect(job.spec.template.spec.affinity).toBeUndefined();
});

it("leaves the node-selector annotation alone without an exclusive topology", () => {
  const job = childOf(makeJobSet({ metadata: { annotations: { [byLabel]: "true" } } }), "w");
  expect(job.spec.template.spec.nodeSelector).toBeUndefined();
  expect(job.metadata.annotations?.[byLabel]).toBeUndefined();
});

it.each<[string, Readonly<Record<string, unknown>>, string]>([
  ["its class", { priorityClassName: "high" }, "1000"],
  ["the default class", {}, "7"],
  ["the template itself", { priority: 3 }, "3"],
])("labels pods with the priority of %s", (_, pod, priority) => {
  const priorityClass = (name: string, value: number, globalDefault = false) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    globalDefault,
  });
  const template = { spec: { containers: [{ name: "main" }], ...pod } };
  const jobSet = makeJobSet({ spec: { replicatedJobs: [makeReplicatedJob("w", {}, { template })] } });
  const world = makeWorld({ priorityClasses: [priorityClass("high", 1000), priorityClass("usual", 7, true)] });
  const view = viewJobSet(jobSet, world, {});
  const [placed] = view.replicatedJobs;
  if (!placed) throw new Error("no replicated job");
  expect(desiredJob(view, placed, 0).spec.template.metadata?.labels?.["jobset.sigs.k8s.io/priority"]).toBe(priority);
});
