/** Every cause that `why` knows, on objects as clusters show them. */
import { expect, test } from "vitest";
import type { PodStatus } from "../../api/core/pod.ts";
import { explain, type Subject } from "./explain.ts";
import { explainPod } from "./explain-pod.ts";
import type { NodeLike } from "./explain-schedule.ts";
import type { WorkloadLike } from "./explain-workload.ts";
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

const pod = (status: PodStatus, name = "p") =>
  makePod(
    name,
    status,
    {},
    { containers: [{ name: "c", resources: { requests: { cpu: "6" }, limits: { memory: "1Gi" } } }] },
  );
const waiting = (reason: string, message: string): PodStatus => ({
  phase: "Pending",
  containerStatuses: [makeContainer({ state: { waiting: { reason, message } } })],
});
const exited = (exitCode: number, reason = "Error", message?: string): PodStatus => ({
  phase: "Failed",
  containerStatuses: [makeContainer({ state: { terminated: { exitCode, reason, message } } })],
});
const crashing: PodStatus = {
  phase: "Running",
  containerStatuses: [
    makeContainer({
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 3, reason: "Error" } },
    }),
  ],
};
const noExec =
  'failed to create shim task: OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown';
const missingRanks = "rank 2 (x-2) did not appear within 4 s: 1 of 3 ranks missing";

test.each<[string, PodStatus, readonly [string, string] | undefined]>([
  ["ready: nothing", ready, undefined],
  ["over and well: nothing", { phase: "Succeeded" }, undefined],
  ["busy nodes", unschedulable("1 Insufficient cpu (needs 2, 1 of 4 free)"), ["Unschedulable", "needs 2, 1 of 4 free"]],
  [
    "a request that never fits",
    unschedulable("1 Insufficient cpu. Can never be scheduled: request"),
    ["NeverFits", "Can never be scheduled"],
  ],
  ["a claim that is missing", unschedulable('persistentvolumeclaim "data" not found'), ["VolumeMissing", '"data"']],
  ["an image", waiting("ErrImagePull", "no such package"), ["ImageFailed", "no such package"]],
  ["a Secret", waiting("CreateContainerConfigError", 'secret "s" not found'), ["ConfigMissing", '"s"']],
  ["an image on its way", waiting("ContainerCreating", "pulling i"), ["Preparing", "pulling i"]],
  ["the head of a Ray cluster", initializing("wait-gcs-ready"), ["WaitingForHead", "head's GCS"]],
  ["the other ranks", initializing("wait-for-ranks"), ["WaitingForRanks", "other ranks"]],
  ["any init container", initializing("fetch"), ["Init", "fetch"]],
  ["a crash loop", crashing, ["CrashLoop", "exit code 3"]],
  ["memory", exited(137, "OOMKilled"), ["OutOfMemory", "limit of 1 GiB"]],
  ["exit code 1", exited(1, "Error", "boom"), ["CommandFailed", "boom"]],
  ["a program that a runtime cannot start", exited(128, "StartError", noExec), ["CommandNotFound", 'exec: "nope"']],
  ["the same, tried again", waiting("RunContainerError", noExec), ["CommandNotFound", 'exec: "nope"']],
  [
    "a program that may not be executed",
    exited(128, "StartError", noExec.replace("executable file not found in $PATH", "permission denied")),
    ["CommandNotFound", "is not executable"],
  ],
  ["exit code 127", exited(127), ["CommandNotFound", "command not found"]],
  ["exit code 137", exited(137), ["Killed", "SIGKILL"]],
  ["exit code 139", exited(139), ["Segfault", "SIGSEGV"]],
  ["exit code 143", exited(143), ["Killed", "SIGTERM"]],
  ["any other signal", exited(129), ["Killed", "signal 1"]],
  ["a deadline", { phase: "Failed", reason: "DeadlineExceeded", message: "too long" }, ["Timeout", "too long"]],
  ["an eviction", { phase: "Failed", reason: "Evicted", message: "disk" }, ["Evicted", "disk"]],
  [
    "missing ranks by name",
    {
      phase: "Failed",
      initContainerStatuses: [
        makeContainer({ state: { terminated: { exitCode: 1, message: missingRanks } } }, "wait-for-ranks"),
      ],
    },
    ["RanksMissing", missingRanks],
  ],
  ["readiness", { phase: "Running", conditions: [{ type: "Ready", status: "False" }] }, ["NotReady", "not ready yet"]],
])("a pod: %s", (_, status, wanted) => {
  const finding = explainPod(pod(status));
  expect(finding && [finding.cause, finding.evidence.join("\n")]).toEqual(
    wanted && [wanted[0], expect.stringContaining(wanted[1])],
  );
});

test("what no node has is never to be had, and the figures are given", () => {
  const nodes = [makeNode({ cpu: "4", memory: "8Gi" })];
  expect(explainPod(pod(unschedulable("0/1 nodes are available: 1 Insufficient cpu.")), { nodes })).toMatchObject({
    cause: "NeverFits",
    evidence: ["requests 6 CPUs; the largest node has 4 CPUs: it can never run here", expect.any(String)],
  });
});

test("a volume that cannot be mounted shows in its event only", () => {
  const events = [makeEvent("FailedMount", 'configmap "conf" not found', "p")];
  expect(explainPod(pod(waiting("ContainerCreating", "")), { events })).toMatchObject({
    cause: "VolumeMissing",
    evidence: ['configmap "conf" not found'],
  });
});

const workload = (kind: string, more: Partial<WorkloadLike>): WorkloadLike => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "w" },
  ...more,
});
const failed = (reason: string, message: string) =>
  makeSubject({ experiment: makeExperiment({ state: "Failed", reason, message }) });
const condition = (type: string, reason: string, message: string) => ({
  conditions: [{ type, status: "True" as const, reason, message, lastTransitionTime: "" }],
});
const queued = {
  metadata: { name: "w", labels: { "kueue.x-k8s.io/queue-name": "team" } },
  spec: { suspend: true },
};

test.each<[string, Subject, readonly string[], string]>([
  ["nothing to say", makeSubject({ pods: [pod(ready)] }), ["Running"], "nothing waits"],
  ["nobody who cares", makeSubject({ workloads: [workload("JobSet", {})] }), ["Starting"], "no controller"],
  [
    "an operator that has just begun",
    makeSubject({ workloads: [workload("JobSet", { status: {} })] }),
    ["Starting"],
    "pods are not created yet",
  ],
  ["a success", makeSubject({ experiment: makeExperiment({ state: "Succeeded" }) }), ["Succeeded"], "succeeded"],
  [
    "cancelled",
    makeSubject({ experiment: makeExperiment({ state: "Cancelled", reason: "Cancelled" }) }),
    ["Cancelled"],
    "Canc",
  ],
  ["a wrong manifest", failed("ManifestInvalid", "spec.operator: unknown"), ["Invalid"], "spec.operator"],
  ["pip's words", failed("BuildFailed", "No matching distribution"), ["BuildFailed"], "No matching distribution"],
  ["the time is up", failed("Timeout", "5m"), ["Timeout"], "5m"],
  ["a reason nobody knows", failed("Strange", "words"), ["Failed"], "Strange: words"],
  [
    "an image that another experiment builds",
    makeSubject({
      experiment: makeExperiment({
        step: "Waiting",
        steps: [{ name: "Waiting", state: "Active", message: "builder.skipBuild: waiting for the image of other" }],
      }),
    }),
    ["Preparing"],
    "the image of other",
  ],
  [
    "a build under way",
    makeSubject({ experiment: makeExperiment({ step: "Building" }) }),
    ["Preparing"],
    "environment",
  ],
  [
    "a refused RayJob",
    makeSubject({
      workloads: [workload("RayJob", { status: { jobDeploymentStatus: "ValidationFailed", message: "no head" } })],
    }),
    ["Invalid"],
    "no head",
  ],
  [
    "a RayJob that is done",
    makeSubject({ workloads: [workload("RayJob", { status: { jobDeploymentStatus: "Complete" } })] }),
    ["Succeeded"],
    "succeeded",
  ],
  ["a queue", makeSubject({ workloads: [workload("JobSet", queued)] }), ["Suspended"], "Kueue in team"],
  [
    "a suspension by hand",
    makeSubject({ workloads: [workload("JobSet", { spec: { suspend: true } })] }),
    ["Suspended"],
    "spec.suspend",
  ],
  [
    "no more retries",
    makeSubject({ workloads: [workload("JobSet", { status: condition("Failed", "FailedJobs", "w-0") })] }),
    ["BackoffLimit"],
    "w-0",
  ],
  [
    "a quota",
    makeSubject({
      workloads: [workload("RayCluster", { status: condition("ReplicaFailure", "FailedCreate", "exceeded quota: q") })],
    }),
    ["Forbidden"],
    "exceeded quota",
  ],
  [
    "a refusal in an event",
    makeSubject({ events: [makeEvent("FailedCreate", 'pods "p" is forbidden: no', "p")] }),
    ["Forbidden"],
    "forbidden",
  ],
])("%s", (_, input, wanted, words) => {
  const findings = explain(input);
  expect(findings.map(({ cause }) => cause)).toEqual(wanted);
  expect(findings[0]?.evidence[0]).toContain(words);
});

const ofRay = (exitCode: number) =>
  `Job entrypoint command failed with exit code ${exitCode}, last available logs (truncated to 20,000 chars):\nbefore\n\nbash: nope: not found\n`;

test.each<[string, number, string, string]>([
  ["127", 127, "CommandNotFound", "exit code 127: command not found"],
  ["3", 3, "CommandFailed", "exit code 3: the command failed"],
  ["-9, which is a signal", -9, "Killed", "exit code -9: killed (SIGKILL)"],
])("Ray's message with exit code %s is told by what it means, with the end of the log", (_, exitCode, cause, words) => {
  const [finding] = explain(failed("CommandFailed", ofRay(exitCode)));
  expect(finding).toMatchObject({
    cause,
    evidence: [
      `Job entrypoint command failed with ${words}`,
      "last lines it printed:\n  before\n  bash: nope: not found",
    ],
  });
});

test("a pod's own exit code, with its log, stands for what the experiment says of it", () => {
  const findings = explain({
    ...failed("CommandFailed", "container c terminated with exit code 127"),
    pods: [pod(exited(127))],
  });
  expect(findings.map(({ cause, where }) => `${cause} ${where}`)).toEqual(["CommandNotFound pod p"]);
});

test("a Job out of time says more than the JobSet that failed for it", () => {
  const set = workload("JobSet", { status: condition("Failed", "FailedJobs", "first failed job: w-0") });
  const job = workload("Job", { status: condition("Failed", "DeadlineExceeded", "Job was active too long") });
  expect(explain(makeSubject({ workloads: [set, job] })).map(({ cause }) => cause)).toEqual(["Timeout"]);
});

test.each<[string, string, readonly NodeLike[], RegExp]>([
  ["less, where a node has some of it", "Insufficient cpu", [makeNode({ cpu: "4", memory: "8Gi" })], /^request less/],
  ["nothing of it, where no node has any", "Insufficient cpu", [makeNode({ memory: "8Gi" })], /^remove the request/],
  ["another place, where no node is meant", "didn't match. Can never be scheduled", [], /^fix its node selector/],
])("what never fits is to ask for %s", (_, message, nodes, remedy) => {
  expect(explainPod(pod(unschedulable(message)), { nodes })?.remedy).toMatch(remedy);
});

test("the pod that failed is more exact than what stands above it, and comes before those ended for it", () => {
  const pods = [pod(exited(143), "a"), pod(exited(5), "b")];
  const findings = explain({ ...failed("CommandFailed", "exit code 5"), pods });
  expect(findings.map(({ cause, where }) => `${cause} ${where}`)).toEqual(["CommandFailed pod b", "Killed pod a"]);
});

test("what needs a person comes before what passes", () => {
  const notReady = pod({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] }, "a");
  const findings = explain(
    makeSubject({ pods: [notReady, pod(waiting("CreateContainerConfigError", "no secret"), "b")] }),
  );
  expect(findings.map(({ where }) => where)).toEqual(["pod b", "pod a"]);
});

test("a success is not spoilt by what its pods went through", () => {
  const over = makeExperiment({ state: "Succeeded" });
  expect(explain(makeSubject({ experiment: over, pods: [pod(exited(143))] })).map(({ cause }) => cause)).toEqual([
    "Succeeded",
  ]);
});
