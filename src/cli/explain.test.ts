import { expect, test } from "vitest";
import type { Pod, PodStatus } from "../api/core/pod.ts";
import { explainPod, explainPods } from "./explain.ts";

const pod = (status: PodStatus, name = "p"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "c" }] },
  status,
});
const container = { name: "c", image: "i", imageID: "", ready: false, restartCount: 4 };

test.each<[string, PodStatus, object | undefined]>([
  ["ready: nothing to wait for", { phase: "Running", conditions: [{ type: "Ready", status: "True" }] }, undefined],
  ["over: nothing to wait for", { phase: "Succeeded" }, undefined],
  [
    "the scheduler, in its own words",
    {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient cpu" }],
    },
    { gate: "Scheduling", message: "Insufficient cpu" },
  ],
  [
    "the image",
    {
      phase: "Pending",
      containerStatuses: [{ ...container, state: { waiting: { reason: "ErrImagePull", message: "no such package" } } }],
    },
    { gate: "Image", message: "no such package" },
  ],
  [
    "a container that keeps ending",
    {
      phase: "Running",
      containerStatuses: [
        {
          ...container,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 3, reason: "Error" } },
        },
      ],
    },
    { gate: "CrashLoop", message: "container c keeps ending (last exit code 3, Error); 4 restarts" },
  ],
  [
    "the head",
    { phase: "Pending", initContainerStatuses: [{ ...container, name: "wait-gcs-ready", state: { running: {} } }] },
    { gate: "Init", message: "waiting for the head's GCS to answer" },
  ],
  [
    "readiness",
    { phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] },
    { gate: "Readiness" },
  ],
])("%s", (_, status, wanted) => {
  const wait = explainPod(pod(status));
  if (wanted === undefined) expect(wait).toBeUndefined();
  else expect(wait).toMatchObject(wanted);
});

test("what needs a person comes first", () => {
  const ready = pod({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] }, "a");
  const broken = pod(
    {
      phase: "Pending",
      containerStatuses: [
        { ...container, state: { waiting: { reason: "CreateContainerConfigError", message: "no secret" } } },
      ],
    },
    "b",
  );
  expect(explainPods([ready, broken]).map((wait) => wait.pod)).toEqual(["b", "a"]);
});
