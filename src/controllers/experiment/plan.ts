/**
 * The experiment's state machine: Waiting → Cloning → Building → Submitting → Running → Finished.
 * Pure: given the experiment, its workload and what the builder reported, what comes next.
 */
import { PersistentVolumeClaim } from "../../api/core/kinds.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, type ExperimentStatus, isExperimentFinished } from "../../api/experiment/types.ts";
import { formatTime } from "../../api/meta/condition.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { Apply, Observation, Remove, WriteFailure } from "../../runtime/plan.ts";
import { type Compiled, compile, type ManifestProblems } from "./compile.ts";
import type { Cause } from "./death.ts";
import { submitted } from "./events.ts";
import { dayMs, follow } from "./follow.ts";
import type { World } from "./observe.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type End, end, type ExperimentPlan, idle, kindOf, settled } from "./pass.ts";
import type { Platform } from "./platform-env.ts";
import { enterStep } from "./steps.ts";

/** What the cluster that runs the experiment offers. */
export interface Settings {
  readonly platform: Platform;
  /** Whether images are built from `spec.sourceDirectory` here (the local cluster does). */
  readonly builds: boolean;
  /** Whether pods and their logs can be asked why. */
  readonly examines?: boolean;
  /** How long the workload of a finished experiment stays, with its pods and Services; for ever when absent. */
  readonly keepWorkloadSeconds?: number;
}

/** The shared volume goes when the experiment ends; the pods' protection keeps it until the last has let go. */
const removal = ({ metadata: { namespace, name = "", uid } }: KubeObject): Remove => ({
  target: { kind: PersistentVolumeClaim, namespace, name, ...(uid && { uid }) },
});

export function planExperiment(root: Experiment, world: World, now: Date, settings: Settings): ExperimentPlan {
  const plan = advance(root, world, now, settings);
  return isExperimentFinished(plan) ? cleanUp(plan, world, now, settings) : plan;
}

/** Volumes go at once; the workload, by which one sees what ran, when its time is over. */
function cleanUp(plan: ExperimentPlan, world: World, now: Date, { keepWorkloadSeconds }: Settings): ExperimentPlan {
  const remove = (world.claims ?? []).map(removal);
  const workload = world.rayJob ?? world.jobSet;
  const ended = plan.status?.endTime;
  if (!workload || !ended || keepWorkloadSeconds === undefined) return { ...plan, remove };
  const leftMs = Date.parse(ended) + keepWorkloadSeconds * 1000 - now.getTime();
  if (leftMs > 0) return { ...plan, remove, requeueAfterMs: Math.min(leftMs, dayMs) };
  const { namespace, name = "", uid } = workload.metadata;
  const target = { kind: kindOf(workload), namespace, name, ...(uid && { uid }) };
  return { ...plan, remove: [...remove, { target, propagationPolicy: "Background" }] };
}

function advance(root: Experiment, world: World, now: Date, settings: Settings): ExperimentPlan {
  if (isExperimentFinished(root)) return idle(root.status as ExperimentStatus);
  const status = begin(root, now);
  const workload = world.rayJob ?? world.jobSet;
  if (workload) {
    const outcome = outcomeOf(world);
    const examination = settings.examines && needsExamination(world, outcome) ? examine(workload) : undefined;
    const found = examination && settled(world.postmortem, examination.input);
    if (examination && !found) return idle(status, { actions: [examination] });
    return follow({ root, status, workload, world, outcome: withCause(outcome, found), now, settings });
  }
  if (status.workload) return withoutWorkload(root, status, now);
  if (root.spec.cancelled) return end(status, cancelledBeforeStart, now);
  const compiled = compile(root, settings.platform, status.image);
  if ("problems" in compiled) return end(status, invalid(compiled), now);
  const named: ExperimentStatus = { ...status, operator: compiled.operator };
  const reused = named.image || root.spec.image ? undefined : reuse({ status: named, compiled, world, now });
  if (reused) return reused;
  if (settings.builds && root.spec.sourceDirectory && !root.spec.image && !named.image) {
    return prepare({ root, status: named, compiled, world, now });
  }
  const imaged = {
    ...named,
    image: named.image ?? compiled.image,
    ...(compiled.outputs && { outputs: compiled.outputs }),
  };
  return submit({ root, status: imaged, compiled, failures: world.failures, now });
}

const cancelledBeforeStart: End = {
  state: "Cancelled",
  reason: "Cancelled",
  message: "cancelled before submission",
};

/** The plan for a manifest that asks for another experiment's image; undefined when it does not, or may build its own. */
function reuse({ status, compiled, world, now }: Omit<Preparing, "root">): ExperimentPlan | undefined {
  if (!compiled.reuse) return undefined;
  const { experimentId, isRequired } = compiled.reuse;
  const image = world.images?.get(experimentId);
  if (image) return idle({ ...status, image }, { requeueAfterMs: 1 });
  if (!isRequired) return undefined;
  const message = `builder.skipBuild: this cluster has no experiment ${experimentId} with an image, and failIfNotFound is set`;
  return end(status, { state: "Failed", reason: "ImageNotFound", message }, now);
}

function begin(root: Experiment, now: Date): ExperimentStatus {
  // Why it waits is said anew in each pass.
  const { reason: _, message: __, ...status } = root.status ?? {};
  const started: ExperimentStatus = {
    ...status,
    state: "Processing",
    startTime: status.startTime ?? formatTime(now),
    observedGeneration: root.metadata.generation,
  };
  return status.step ? started : enterStep(started, "Waiting", now);
}

function invalid(compiled: ManifestProblems): End {
  return {
    state: "Failed",
    reason: "ManifestInvalid",
    message: `manifest failed validation: ${compiled.problems.join("; ")}`,
  };
}

function withoutWorkload(root: Experiment, status: ExperimentStatus, now: Date): ExperimentPlan {
  const { kind, name } = status.workload ?? { kind: "", name: "" };
  if (root.spec.cancelled)
    return end(status, { state: "Cancelled", reason: "Cancelled", message: "cancelled by the user" }, now);
  return end(
    status,
    { state: "Failed", reason: "WorkloadDeleted", message: `the ${kind} ${name} was deleted by somebody else` },
    now,
  );
}

interface Preparing {
  readonly root: Experiment;
  readonly status: ExperimentStatus;
  readonly compiled: Compiled;
  readonly world: World;
  readonly now: Date;
}

/** Cloning (a snapshot of the source), then Building (an environment from it): two actions, one after the other. */
function prepare({ root, status, compiled, world, now }: Preparing): ExperimentPlan {
  const source = { directory: root.spec.sourceDirectory, name: compiled.image, builder: compiled.builder };
  const clone = settled(world.clone, source);
  const cloning = enterStep(status, "Cloning", now);
  const actions = [{ key: "clone", type: "Clone", input: source }];
  if (!clone) return idle(cloning, { actions });
  if (!clone.ok) return end(cloning, { state: "Failed", reason: "CloneFailed", message: clone.error }, now);
  const input = { ...source, snapshot: clone.value };
  const build = settled(world.build, input);
  const building = enterStep(cloning, "Building", now);
  if (!build) return idle(building, { actions: [...actions, { key: "build", type: "Build", input }] });
  if (!build.ok) return end(building, { state: "Failed", reason: "BuildFailed", message: build.error }, now);
  const { reference, warning } = build.value as { readonly reference: string; readonly warning?: string };
  return idle({ ...enterStep(building, "Building", now, warning), image: reference }, { requeueAfterMs: 1 });
}

interface Submitting {
  readonly root: Experiment;
  readonly status: ExperimentStatus;
  readonly compiled: Compiled;
  readonly failures: readonly WriteFailure[];
  readonly now: Date;
}

/** The status names the workload once it has been seen: what was never created cannot have been deleted. */
function submit({ root, status, compiled, failures, now }: Submitting): ExperimentPlan {
  const owner = ownerReference(ExperimentKind, root);
  const owned = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: root.metadata.namespace, ownerReferences: [owner] },
  });
  const { workload } = compiled;
  const apply: Apply[] = compiled.objects.map(({ kind, object }) => ({ kind, target: owned(object), mode: "create" }));
  apply.push({
    kind: kindOf(workload),
    target: owned(workload),
    mode: "create",
    order: 1,
    onSuccess: submitted(workload.kind, workload.metadata.name ?? ""),
    onFailure: {
      type: "Warning",
      reason: "FailedToSubmit",
      action: "Submit",
      message: `Cannot create ${workload.kind}`,
    },
    failureReason: "FailedToSubmit",
  });
  const [failure] = failures;
  if (!failure) return idle(enterStep(status, "Submitting", now), { apply });
  const message = `retrying: ${failure.message}`;
  return idle({ ...enterStep(status, "Submitting", now, message), reason: "FailedToSubmit", message }, { apply });
}

/** A JobSet knows that a Job failed, its pods know why. One that ran out of time has said all there is to say. */
const needsExamination = ({ jobSet }: World, outcome: Outcome): boolean =>
  jobSet !== undefined && outcome.phase === "Failed" && outcome.reason !== "Timeout";

const examine = ({ metadata }: KubeObject) => ({
  key: "postmortem",
  type: "Examine",
  input: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
});

function withCause(outcome: Outcome, found: Observation["outcome"] | undefined): Outcome {
  if (outcome.phase !== "Failed" || !found?.ok || !found.value) return outcome;
  const { reason, message } = found.value as Cause;
  const more = outcome.reason === "FailedJobs" ? "" : `; ${outcome.message}`;
  return { phase: "Failed", reason, message: message + more };
}
