import { expect, it } from "vitest";
import { countedEnd, jobSetCounters } from "./metrics.ts";
import { makeJobSet } from "./model.test-support.ts";

const running = makeJobSet({ status: { restarts: 0 } });
const completed = makeJobSet({ status: { restarts: 0, terminalState: "Completed" } });
const failed = makeJobSet({ status: { restarts: 0, terminalState: "Failed" } });
const labels = { jobset_name: "js", namespace: "ns" };

it.each([
  ["a JobSet that completes", running, completed, { counter: jobSetCounters.Completed, labels }],
  ["a JobSet that fails", running, failed, { counter: jobSetCounters.Failed, labels }],
  ["nothing while it runs", running, running, undefined],
  ["nothing a second time", completed, completed, undefined],
  ["nothing for one that had ended before it was seen", undefined, completed, undefined],
])("counts %s", (_, before, after, counted) => {
  expect(countedEnd(before, after)).toEqual(counted);
});
