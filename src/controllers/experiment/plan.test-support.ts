/** An experiment, its RayJob, and what the controller plans for them at a fixed time. */
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createExperimentController } from "./controller.ts";
import type { World } from "./observe.ts";
import type { Settings } from "./options.ts";
import { planExperiment as planSteps } from "./plan.ts";
import { enterStep } from "./status.ts";
import type { RayJobLike } from "./workload/outcome.ts";

export const now = new Date("2026-01-01T00:00:00Z");
export const later = new Date("2026-01-01T00:01:00Z");
const spec = createExperimentController({ platform: {} });
export const planExperiment = (...args: Parameters<typeof planSteps>) => checkedPlan(spec, planSteps, ...args);
export const settings: Settings = { platform: { projectId: "p", storage: { outputs: "/out/" } }, builds: true };
export const empty: World = { failures: [] };

export const manifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: kuberay
  image: demo
  command: python3 main.py
  rayVersion: "2.60.0"
  types:
    Head: { resources: { cpus: 1, ramRatio: 2 } }
    Workers: []
`;

export function experiment(spec: Partial<Experiment["spec"]> = {}, status?: ExperimentStatus): Experiment {
  const metadata = { name: "experiment-6f4a850d-2281", namespace: "default", uid: "u", generation: 1 };
  const id = "6f4a850d-2281-4a6e-8d9e-68aa5d69034e";
  return {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata,
    spec: { manifest, id, ...spec },
    ...(status && { status }),
  };
}

export const rayJob = (status: RayJobLike["status"]): World => ({
  failures: [],
  rayJob: {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: "experiment-6f4a850d-2281", namespace: "default" },
    status,
  },
});

export const plan = (root: Experiment, world: World = empty) => planExperiment(root, world, now, settings);
export const submitted: ExperimentStatus = {
  ...enterStep({ state: "Processing", startTime: "2026-01-01T00:00:00Z" }, "Submitting", now),
  workload: { apiVersion: "ray.io/v1", kind: "RayJob", name: "experiment-6f4a850d-2281" },
};
