import { describe, expect, test } from "vitest";
import type { ContainerStatus, Pod, PodStatus } from "../../../api/core/pod.ts";
import { findAbsentImage, findCrashLoop, findWait } from "./pod-wait.ts";

const pod = (status: PodStatus, more: Partial<Pod["metadata"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", ...more },
  spec: { containers: [{ name: "c", resources: { limits: { memory: "1Gi" } } }] },
  status,
});
const container = (more: Partial<ContainerStatus>): ContainerStatus => ({
  name: "c",
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...more,
});
const ended = (exitCode: number, message?: string, reason = "Error") => ({ terminated: { exitCode, reason, message } });
const backOff = { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } };
const withContainer = (more: Partial<ContainerStatus>): PodStatus => ({
  phase: "Running",
  containerStatuses: [container(more)],
});
const looping = (more: Partial<ContainerStatus> = {}) =>
  withContainer({ restartCount: 2, state: backOff, lastState: ended(1, "a\nCannot include dashboard"), ...more });
const slow = { startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:30Z" };
const message =
  "container c of pod p terminated with exit code 1, 3 times before the command started, last lines:\na\nCannot include dashboard";

describe("a crash loop is", () => {
  test.each<[string, Pod, unknown]>([
    ["a third bad end, with the last lines", pod(looping()), { reason: "CrashLoop", message }],
    [
      "no third one that came after a while",
      pod(looping({ lastState: { terminated: { ...slow, exitCode: 1 } } })),
      undefined,
    ],
    [
      "a fifth one, however long each took",
      pod(looping({ restartCount: 4, lastState: { terminated: { ...slow, exitCode: 1 } } })),
      {
        reason: "CrashLoop",
        message: "container c of pod p terminated with exit code 1, 5 times before the command started",
      },
    ],
    ["no second one", pod(looping({ restartCount: 1 })), undefined],
    [
      "a third bad end while it is tried for the fourth time",
      pod(looping({ restartCount: 3, state: { running: {} } })),
      { reason: "CrashLoop", message },
    ],
    [
      "nothing that got ready in the end",
      pod(looping({ restartCount: 3, state: { running: {} }, ready: true })),
      undefined,
    ],
    ["nothing that ends well", pod(looping({ lastState: ended(0) })), undefined],
    ["nothing that is being taken away", pod(looping(), { deletionTimestamp: "2026-01-01T00:00:00Z" }), undefined],
    [
      "an init container's, too",
      pod({ phase: "Pending", initContainerStatuses: looping().containerStatuses }),
      { reason: "CrashLoop", message },
    ],
    [
      "called by its cause when that is memory",
      pod(looping({ lastState: ended(137, undefined, "OOMKilled") })),
      {
        reason: "OutOfMemory",
        message: "container c of pod p exceeded its memory limit of 1 GiB, 3 times before the command started",
      },
    ],
  ])("%s", (_, one, wanted) => expect(findCrashLoop([pod({ phase: "Running" }), one])).toEqual(wanted));
});

describe("an image that there is not", () => {
  const waiting = (reason: string, message: string) => pod(withContainer({ state: { waiting: { reason, message } } }));
  test.each([
    ["ErrImagePull", 'Failed to pull image "x:1": the package index has no ray==0.0.1: check the version', true],
    ["ErrImagePull", 'failed to resolve reference "docker.io/library/x:1": docker.io/library/x:1: not found', true],
    ["ImagePullBackOff", 'Back-off pulling image "x:1": manifest for x:1 not found: manifest unknown', true],
    ["ErrImagePull", "pull access denied, repository does not exist or may require authorization", true],
    ["InvalidImageName", "couldn't parse image name", true],
    ["ErrImagePull", "dial tcp: lookup registry on 10.0.0.1:53: no such host", false],
    ["ImagePullBackOff", "cannot reach the package index: check the network", false],
    ["CreateContainerConfigError", "secret not found", false],
  ])("%s: %s: %s", (reason, text, wanted) => {
    const found = findAbsentImage([waiting(reason, text)]);
    expect(found).toEqual(wanted ? { reason: "ImageNotFound", message: `pod p: ${text}` } : undefined);
  });
});

test("workers end for a head that is not there: it is the head's end that counts", () => {
  const ofRay = (type: string) => ({ labels: { "ray.io/node-type": type } });
  const ready: PodStatus = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  const worker = pod(looping(), ofRay("worker"));
  expect(findCrashLoop([worker, pod({ phase: "Running" }, ofRay("head"))])).toBeUndefined();
  expect(findCrashLoop([worker, pod(looping(), ofRay("head"))])).toMatchObject({ reason: "CrashLoop" });
  expect(findCrashLoop([worker, pod(ready, ofRay("head"))])).toMatchObject({ reason: "CrashLoop" });
});

describe("what pods wait for:", () => {
  const waiting = (reason: string, text?: string) => withContainer({ state: { waiting: { reason, message: text } } });
  const unplaced = { type: "PodScheduled", status: "False", message: "0/1 nodes are available" } as const;
  test.each<[string, PodStatus, unknown]>([
    ["nothing", { phase: "Running" }, undefined],
    ["what passes by itself", waiting("ContainerCreating"), undefined],
    [
      "a place",
      { phase: "Pending", conditions: [unplaced] },
      { reason: "Unschedulable", message: "pod p: 0/1 nodes are available" },
    ],
    ["an image", waiting("ErrImagePull", "not found"), { reason: "ErrImagePull", message: "pod p: not found" }],
    [
      "a Secret",
      waiting("CreateContainerConfigError"),
      { reason: "CreateContainerConfigError", message: "pod p: CreateContainerConfigError" },
    ],
    [
      "a container that has ended badly once",
      looping({ restartCount: 1, lastState: ended(2) }),
      { reason: "CrashLoop", message: "container c of pod p terminated with exit code 2" },
    ],
    ["nothing, where a container has ended for good", withContainer({ state: ended(3) }), undefined],
  ])("%s", (_, status, wanted) => expect(findWait([pod({ phase: "Running" }), pod(status)])).toEqual(wanted));
});
