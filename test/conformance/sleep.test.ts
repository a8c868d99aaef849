/** A machine that sleeps for hours: its wall clock jumps, its timers do not. What ran goes on, with the time that it had left. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job as JobObject } from "../../src/api/batch/job.ts";
import { Job, Pod as PodKind } from "../../src/api/core/kinds.ts";
import { sleepsOf } from "../../src/meta/sleeps.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";

const hourMs = 3_600_000;
let aheadMs = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
let node: TestNode;
beforeAll(async () => {
  node = await startTestNode("auto", undefined, { clock });
});
afterAll(() => node?.stop());

test("pods and Jobs with deadlines go on, those that have ended are left alone, and the node tells", async () => {
  const deadline = { activeDeadlineSeconds: 600 };
  await node.run("ended", "true", deadline);
  await node.ended("ended");
  await node.run("pod", "echo up; sleep 1000", { ...deadline, terminationGracePeriodSeconds: 0 });
  const main = { name: "main", image: "machine", command: ["sleep", "1000"] };
  const template = { spec: { containers: [main], restartPolicy: "Never", terminationGracePeriodSeconds: 0 } };
  await node.create(Job, { name: "job" }, { spec: { ...deadline, template } });
  await node.logged("pod", "up");
  const isReady = async () =>
    (await node.client.get<JobObject>({ kind: Job, namespace: "default", name: "job" })).status?.ready === 1;
  await eventually(isReady, "the Job's pod is ready");
  aheadMs = 8 * hourMs;
  const slept = /Slept: this machine slept, or the local cluster was paused, for 8h .*; time limits do not count it/;
  await eventually(async () => slept.test((await node.events("local")).join("\n")), "the node tells of the sleep");
  // Whatever the controllers do with the new time they have done when a new pod has run.
  await node.run("later", "true", deadline);
  await node.ended("later");
  const { items } = await node.client.list(PodKind, { namespace: "default" });
  const found = items.map((pod) => {
    const { phase } = (pod as { status?: { phase?: string } }).status ?? {};
    return `${pod.metadata.name?.replace(/-.*/, "")} ${phase} ${sleepsOf(pod).length}`;
  });
  expect(found.toSorted()).toEqual(["ended Succeeded 0", "job Running 1", "later Succeeded 0", "pod Running 1"]);
});
