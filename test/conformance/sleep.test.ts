/** A machine that sleeps for hours: its wall clock jumps, its timers do not. What ran goes on, with the time that it had left. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Job, Pod as PodKind } from "../../src/api/core/kinds.ts";
import { sleepsOf } from "../../src/meta/sleeps.ts";
import { systemClock } from "../../src/runtime/clock.ts";
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
  await vi.waitFor(async () => {
    const job = await node.client.get({ kind: Job, namespace: "default", name: "job" });
    expect(job).toMatchObject({ status: { ready: 1 } });
  });
  aheadMs = 8 * hourMs;
  const slept = /Slept: this machine slept, or the local cluster was paused, for 8h .*; time limits do not count it/;
  await vi.waitFor(async () => expect((await node.events("local")).join("\n")).toMatch(slept), 10_000);
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
