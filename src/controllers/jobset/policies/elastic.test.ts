import { describe } from "vitest";
import {
  counts,
  type Made,
  makeChild,
  makeJobSet,
  makeReplicatedJob,
  patchOf,
  running,
  statusOf,
} from "../model.test-support.ts";
import { rows } from "../plan.test-support.ts";

const scaled = (parallelism?: number, completions?: number): Made => ({
  spec: { replicatedJobs: [makeReplicatedJob("w", {}, { parallelism, completions })] },
  status: statusOf([counts("w", { active: 1, ready: 1 })]),
});
const single = () => [makeChild(makeJobSet(), "w-0", running)];

describe("growing, behind the gate", () => {
  const gates = { elasticJobSet: true };
  rows({
    "passes both numbers on": {
      gates,
      jobSet: scaled(3, 3),
      jobs: single,
      plan: ({ status }) => ({ apply: [patchOf("w-0", { spec: { parallelism: 3, completions: 3 } })], status }),
    },
    "does nothing when the Job has them": {
      gates,
      jobSet: scaled(1, 1),
      jobs: single,
      plan: ({ status }) => ({ status }),
    },
    "does nothing when they differ": { gates, jobSet: scaled(2, 3), jobs: single, plan: ({ status }) => ({ status }) },
    "does nothing when there are none": { gates, jobSet: scaled(), jobs: single, plan: ({ status }) => ({ status }) },
    "does nothing without the gate": { jobSet: scaled(3, 3), jobs: single, plan: ({ status }) => ({ status }) },
  });
});
