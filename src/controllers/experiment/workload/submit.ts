/** The workload of an experiment: a RayJob or a JobSet, with what it needs beside it. Pure. */
import { Experiment as ExperimentKind } from "../../../api/experiment/kinds.ts";
import type { ExperimentStatus } from "../../../api/experiment/types.ts";
import { JobSet } from "../../../api/jobset/kinds.ts";
import type { Kind, KubeObject } from "../../../meta/object.ts";
import { RayJob } from "../../../api/ray/kinds.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, patch, type Step, type Steps, setStatus } from "../../../runtime/steps.ts";
import type { Compiled } from "../compile/compile.ts";
import { workloadNoun } from "../events.ts";
import type { PlanInput } from "../observe.ts";
import { enterStep } from "../status.ts";

export const kindOf = (object: KubeObject): Kind => (object.kind === "RayJob" ? RayJob : JobSet);

/** What the status tells of what is submitted, whether or not the workload has been seen. */
export const submittedStatus = (
  status: ExperimentStatus,
  { operator, image, outputs }: Compiled,
): ExperimentStatus => ({
  ...status,
  operator,
  image: status.image ?? image,
  ...(outputs && { outputs }),
});

/** The status names the workload once it has been seen: what was never created cannot have been deleted. */
export function submit(input: PlanInput, compiled: Compiled): Steps<ExperimentStatus> {
  const { root, world, now } = input;
  const { workload, objects } = compiled;
  const owner = ownerReference(ExperimentKind, root);
  const owned = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: root.metadata.namespace, ownerReferences: [owner] },
  });
  const status = submittedStatus(input.status, compiled);
  const [failure] = world.failures;
  const reason = "FailedToSubmit";
  const message = failure && `retrying: ${failure.message}`;
  return [
    ...objects.map(({ kind, object }) => create(kind, owned(object))),
    create(kindOf(workload), owned(workload), { as: workloadNoun(workload), order: 1 }),
    setStatus({ ...enterStep(status, "Submitting", now, message), ...(message && { reason, message }) }),
  ];
}

/** Suspending frees every pod and keeps the workload to look at. */
export function suspend(workload: KubeObject): Step {
  const { apiVersion, kind, metadata } = workload;
  const { name, namespace } = metadata;
  const target = { apiVersion, kind, metadata: { name, namespace }, spec: { suspend: true } };
  return patch(kindOf(workload), target);
}
