import { expect, it } from "vitest";
import { metrics } from "./metrics.ts";
import { makeJobSet } from "./model.test-support.ts";

const running = makeJobSet({ status: { restarts: 0 } });
const completed = makeJobSet({ status: { restarts: 0, terminalState: "Completed" } });
const failed = makeJobSet({ status: { restarts: 0, terminalState: "Failed" } });

it.each([
  ["a JobSet that completes", running, completed, ["jobset_completed_total"]],
  ["a JobSet that fails", running, failed, ["jobset_failed_total"]],
  ["nothing while it runs", running, running, []],
  ["nothing a second time", completed, completed, []],
  ["nothing for one that had ended before it was seen", undefined, completed, []],
])("counts %s", (_, before, after, counted) => {
  const found = metrics.map(({ name, count }) => ({ name, labels: count(before, after) })).filter((one) => one.labels);
  const labels = { jobset_name: "js", namespace: "ns" };
  expect(found).toEqual(counted.map((name) => ({ name, labels })));
});
