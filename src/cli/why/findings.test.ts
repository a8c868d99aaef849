/** Situations and what `why` says of them, as a whole: cause, place, evidence, remedy. */
import { expect, test } from "vitest";
import type { PodStatus } from "../../api/core/pod.ts";
import { explain, type Subject } from "./explain.ts";
import type { NodeLike } from "./explain-schedule.ts";
import type { Finding } from "./finding.ts";
import {
  initializing,
  makeContainer,
  makeEvent,
  makeExperiment,
  makeNode,
  makePod,
  makeSubject,
  ready,
  unschedulable,
} from "./situations.test-support.ts";

const node = makeNode({ cpu: "2", memory: "24684084Ki" });
const subjectOf = (more: Partial<Subject>) => makeSubject({ nodes: [node], ...more });
const withNetwork = (reason: string, message: string): NodeLike => ({
  ...node,
  status: { ...node.status, conditions: [{ type: "WindlassNetwork", status: "False", reason, message }] },
});
const busy = "0/1 nodes are available: 1 Insufficient cpu.";
const ray = (type: string) => ({ labels: { "ray.io/cluster": "r", "ray.io/node-type": type } });
const rayNode = (flags: string) => ({
  containers: [{ name: "ray", env: [{ name: "KUBERAY_GEN_RAY_START_CMD", value: `ray start ${flags}` }] }],
});
const rank = { labels: { "jobset.sigs.k8s.io/jobset-name": "s" } };
const crash = "container ray-head of pod h terminated with exit code 1, 3 times before the command started";

test.each<[string, Partial<Subject>, Finding]>([
  [
    "a crash loop that ended the experiment: its last lines, though the pods are gone",
    {
      experiment: makeExperiment({
        state: "Failed",
        reason: "CrashLoop",
        message: `${crash}, last lines:\nTraceback\nCannot include dashboard`,
      }),
      workloads: [{ apiVersion: "", kind: "RayJob", metadata: { name: "x" }, spec: { suspend: true } }],
    },
    {
      cause: "CrashLoop",
      where: "experiment x",
      evidence: [crash, "last lines it printed:\n  Traceback\n  Cannot include dashboard"],
      remedy: "fix what its last lines report (image, requirements, `rayStartParams`), and run it again",
    },
  ],
  [
    "a time-out of what never came",
    {
      experiment: makeExperiment({
        state: "Failed",
        reason: "Timeout",
        message: "exceeded its timeout of 60 s; it had been waiting (ErrImagePull): pod h: not found",
      }),
    },
    {
      cause: "Timeout",
      where: "experiment x",
      evidence: ["exceeded its timeout of 60 s; it had been waiting (ErrImagePull): pod h: not found"],
      remedy: "fix what it waited for and run it again; more time (`timeout`) helps only if that resolves by itself",
    },
  ],
  [
    "a second attempt",
    {
      experiment: makeExperiment({
        state: "Processing",
        step: "Running",
        attempt: 2,
        maxAttempts: 3,
        lastFailure: "exit code 3",
      }),
      pods: [makePod("a", ready)],
    },
    {
      cause: "Retrying",
      where: "experiment x",
      evidence: ["attempt 2 of 3 is in progress; attempt 1 failed: exit code 3"],
      remedy: "wait if the failure was transient; otherwise cancel it and fix the cause",
    },
  ],
  [
    "a pod that waits for its turn, with what is free",
    { pods: [makePod("a", unschedulable(busy))], placed: [makePod("b", ready, {}, { nodeName: "n" })] },
    {
      cause: "Unschedulable",
      where: "pod a",
      evidence: ["requests 1.5 CPUs; no node has more than 0.5 CPUs free right now", busy],
      remedy:
        "wait until other pods have finished, request less, cancel another experiment (`windlass list`), or add nodes",
    },
  ],
  [
    "a request that is larger than the node",
    {
      pods: [
        makePod(
          "a",
          unschedulable(busy),
          {},
          {
            containers: [{ name: "c", resources: { requests: { cpu: "3k", memory: "25Gi" } } }],
          },
        ),
      ],
    },
    {
      cause: "NeverFits",
      where: "pod a",
      evidence: [
        "requests 3,000 CPUs; the largest node has 2 CPUs: it can never run here",
        "requests 25 GiB of memory; the largest node has 23.5 GiB of memory: it can never run here",
        busy,
      ],
      remedy: "request less, or run on larger nodes (`--context`; on the local cluster: `windlass up --cpus N`)",
    },
  ],
  [
    "a claim that is not there",
    { pods: [makePod("a", unschedulable('0/1 nodes are available: persistentvolumeclaim "data" not found.'))] },
    {
      cause: "VolumeMissing",
      where: "pod a",
      evidence: ['0/1 nodes are available: persistentvolumeclaim "data" not found.'],
      remedy: "create the claim data (`kubectl get pvc` lists existing claims), or fix the name in the manifest",
    },
  ],
  [
    "a Secret that is not there",
    {
      pods: [
        makePod("a", {
          phase: "Pending",
          containerStatuses: [
            makeContainer({
              state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "token" not found' } },
            }),
          ],
        }),
      ],
    },
    {
      cause: "ConfigMissing",
      where: "pod a",
      evidence: ['secret "token" not found'],
      remedy:
        "create it: `kubectl create secret generic token --from-literal=KEY=VALUE`, or fix the name in the manifest",
    },
  ],
  [
    "a volume of a ConfigMap that is not there",
    {
      pods: [makePod("a", { phase: "Pending" })],
      events: [
        makeEvent("FailedMount", 'MountVolume.SetUp failed for volume "conf" : configmap "conf" not found', "a"),
      ],
    },
    {
      cause: "VolumeMissing",
      where: "pod a",
      evidence: ['MountVolume.SetUp failed for volume "conf" : configmap "conf" not found'],
      remedy: "create it: `kubectl create configmap conf --from-file=FILE`, or fix the name in the manifest",
    },
  ],
  [
    "a worker that waits for the head, by name",
    { pods: [makePod("w", initializing("wait-gcs-ready"), ray("worker")), makePod("h", ready, ray("head"))] },
    {
      cause: "WaitingForHead",
      where: "pod w",
      evidence: ["waiting for the head's GCS; the head, pod h, is ready"],
      remedy: "wait: it continues when the head is ready; otherwise see `windlass logs NAME --pod head`",
      log: { pod: "w", container: "wait-gcs-ready", previous: false },
    },
  ],
  [
    "tasks of a Ray program that no node can take, though all of them together could",
    {
      workloads: [{ apiVersion: "", kind: "RayCluster", metadata: { name: "r" }, status: { state: "ready" } }],
      pods: [
        makePod("h", ready, ray("head"), rayNode("--num-cpus=2  --memory=2000000000 ")),
        makePod("w", ready, ray("worker"), rayNode(`--num-cpus=2  --resources='{"cpu":100000}' `)),
      ],
      demands: [
        { what: "tasks/actors", resources: { CPU: 3 }, count: 2 },
        { what: "tasks/actors", resources: { CPU: 1, cpu: 5 }, count: 9 },
        { what: "placement groups", resources: { GPU: 1, "node:10.0.0.1": 1 }, count: 1 },
      ],
    },
    {
      cause: "WaitingForResources",
      where: "raycluster r",
      evidence: [
        "2 or more tasks or actors wait forever: each requests 3 CPU; the largest Ray node has 2 CPU",
        "1 or more placement groups wait forever: each requests 1 GPU; no Ray node has it",
      ],
      remedy:
        "request less in the program (`num_cpus`, `num_gpus`, `resources=`), or give the groups in the manifest more resources, and run it again",
    },
  ],
  [
    "a rank that waits for another, by name",
    { pods: [makePod("s-0", initializing("wait-for-ranks"), rank), makePod("s-1", { phase: "Pending" }, rank)] },
    {
      cause: "WaitingForRanks",
      where: "pod s-0",
      evidence: ["waiting for ranks that have not started: pod s-1"],
      remedy: "wait: it continues when all ranks have started; its log names the missing ones, so check their pods",
      log: { pod: "s-0", container: "wait-for-ranks", previous: false },
    },
  ],
  [
    "a quota, in figures",
    {
      events: [
        makeEvent(
          "FailedCreate",
          'pods "a" is forbidden: exceeded quota: team, requested: requests.cpu=3k,pods=1, used: requests.cpu=1,pods=3, limited: requests.cpu=2,pods=10',
          "j",
          "Job",
        ),
      ],
    },
    {
      cause: "Forbidden",
      where: "job j",
      evidence: [
        "requests 3,000 CPUs more; the quota team allows 2 CPUs (1 CPU in use)",
        expect.stringContaining("FailedCreate: pods"),
      ],
      remedy:
        "ask for a higher quota or for the permission in this namespace, or request less (`kubectl describe quota`)",
    },
  ],
  [
    "a process of a pod that was killed for memory while the pod went on",
    { pods: [makePod("w", ready)], events: [makeEvent("OOMKilling", "process 7 (ray::f) was killed", "w")] },
    {
      cause: "OutOfMemory",
      where: "pod w",
      evidence: ["OOMKilling: process 7 (ray::f) was killed", "the container continues without that process"],
      remedy: "request more memory (`ramRatio` or `resources.limits.memory`), or make the program use less",
    },
  ],
  [
    "a network that is broken while the pods wait for each other",
    {
      pods: [makePod("w", { phase: "Running", conditions: [{ type: "Ready", status: "False" }] })],
      nodes: [withNetwork("Broken", "cannot repair the pods' network: connect wl0a: Operation not supported")],
    },
    {
      cause: "NetworkBroken",
      where: "node n",
      evidence: ["cannot repair the pods' network: connect wl0a: Operation not supported"],
      remedy:
        "restore what the message names; if you cannot, `windlass down` and `windlass up` make the network anew (the pods are restarted or fail, the results stay)",
    },
  ],
  [
    "a network that is shared is not broken",
    { pods: [makePod("a", ready)], nodes: [withNetwork("SharedNetwork", "as configured")] },
    { cause: "Running", where: "experiment x", evidence: ["it is running and nothing waits"] },
  ],
  [
    "a container that is on its second run",
    {
      pods: [
        makePod("h", {
          phase: "Running",
          conditions: [{ type: "Ready", status: "False" }],
          containerStatuses: [
            makeContainer({
              restartCount: 1,
              state: { running: {} },
              lastState: { terminated: { exitCode: 1, message: "one\ntwo" } },
            }),
          ],
        }),
      ],
    },
    {
      cause: "NotReady",
      where: "pod h",
      evidence: [
        "running, not ready yet",
        "container c terminated with exit code 1: the command failed",
        "it has exited once and is restarted each time",
      ],
      remedy: "see the log for the reason, fix the program and run it again",
      log: { pod: "h", container: "c", previous: true },
      printed: ["one", "two"],
    },
  ],
])("%s", (_, given, wanted) => {
  const [first] = explain(subjectOf(given));
  expect(first).toEqual(wanted);
});

test("pods that were ended by a time-out are no cause of their own", () => {
  const ended: PodStatus = {
    phase: "Failed",
    containerStatuses: [makeContainer({ state: { terminated: { exitCode: 143, reason: "Error" } } })],
  };
  const late = makeExperiment({ state: "Failed", reason: "Timeout", message: "exceeded its timeout of 60 s" });
  const findings = explain(subjectOf({ experiment: late, pods: [makePod("a", ended)] }));
  expect(findings.map(({ cause }) => cause)).toEqual(["Timeout"]);
});

test("a machine that slept is told beside what else there is", () => {
  const annotations = {
    "windlass.dev/slept": "2026-01-01T22:00:00Z/2026-01-02T06:00:00Z 2026-01-02T07:00:00Z/2026-01-02T08:00:00Z",
  };
  const running = { ...makeExperiment({ state: "Processing", step: "Running" }), metadata: { name: "x", annotations } };
  const findings = explain(subjectOf({ experiment: running, pods: [makePod("a", ready)] }));
  expect(findings.map(({ cause, evidence }) => [cause, ...evidence])).toEqual([
    ["Running", "it is running and nothing waits"],
    [
      "Slept",
      "the machine slept, or the local cluster was paused, for 9h in all, 2 times, until 2026-01-02T08:00:00Z; time limits do not count it",
    ],
  ]);
});
