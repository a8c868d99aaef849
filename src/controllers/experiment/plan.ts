/**
 * The experiment's state machine: Waiting → Cloning → Building → Submitting → Running → Finished.
 * Pure: given the experiment, its workload and what the builder reported, what comes next.
 */
import {
  type Experiment,
  type ExperimentStatus,
  type ExperimentStep,
  isExperimentFinished,
} from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { answerTo } from "../../runtime/action.ts";
import { act, type Steps, setStatus } from "../../runtime/steps.ts";
import { examine } from "./actions.ts";
import { compile } from "./compile/compile.ts";
import { cancelled, cleanUp, failed } from "./end.ts";
import { follow } from "./workload/follow.ts";
import { prepareImage } from "./image/prepare-image.ts";
import type { PlanInput, World } from "./observe.ts";
import type { Settings } from "./options.ts";
import { outcomeOf } from "./workload/outcome.ts";
import { needsExamination, withCause } from "./diagnosis/postmortem.ts";
import { begin } from "./status.ts";
import { submit, submittedStatus } from "./workload/submit.ts";

/** Who reads the reference docs knows them by these names. */
export const phases: Readonly<Record<ExperimentStep, string>> = {
  Waiting: "waits for the image that `builder.skipBuild` names",
  Cloning: "takes a snapshot of the source (local cluster)",
  Building: "makes an image of the snapshot (local cluster)",
  Submitting: "makes the workload, and waits until its command runs",
  Running: "follows the workload to its end, and holds it to its time limits",
  Finished: "keeps the workload, or deletes it after a while; nothing changes any more",
};

export function planExperiment(root: Experiment, world: World, now: Date, settings: Settings): Steps<ExperimentStatus> {
  const { spec, status = {} } = root;
  if (isExperimentFinished(root)) return [setStatus(status), ...cleanUp({ root, world, now, settings, status })];
  const input: PlanInput = { root, world, now, settings, status: begin(root, now) };
  const workload = world.rayJob ?? world.jobSet;
  if (workload) return withWorkload({ ...input, status: knownStatus(input) }, workload);
  if (status.workload) return withoutWorkload(input, status.workload);
  return spec.cancelled ? cancelled(input, "cancelled before submission") : prepare(input);
}

function prepare(input: PlanInput): Steps<ExperimentStatus> {
  const { root, settings, status } = input;
  const compiled = compile(root, settings.platform, status.image);
  if ("problems" in compiled)
    return failed(input, "ManifestInvalid", `manifest failed validation: ${compiled.problems.join("; ")}`);
  const named = { ...input, status: { ...status, operator: compiled.operator } };
  return prepareImage(named, compiled) ?? submit(named, compiled);
}

/** Of a workload that was made, and that the status does not name: the operator ended before it could write. */
function knownStatus({ root, settings, status }: PlanInput): ExperimentStatus {
  if (status.workload) return status;
  const compiled = compile(root, settings.platform, status.image);
  return "problems" in compiled ? status : submittedStatus(status, compiled);
}

function withWorkload(input: PlanInput, workload: KubeObject): Steps<ExperimentStatus> {
  const { world, settings, status } = input;
  const outcome = outcomeOf(world);
  if (!settings.examines || !needsExamination(world, outcome)) return follow(input, workload, outcome);
  const { uid = "", resourceVersion = "" } = workload.metadata;
  const question = { uid, resourceVersion };
  const answer = answerTo(world.postmortem, question)?.outcome;
  if (!answer) return [setStatus(status), act(examine, question)];
  return follow(input, workload, withCause(outcome, answer));
}

function withoutWorkload(
  input: PlanInput,
  { kind, name }: NonNullable<ExperimentStatus["workload"]>,
): Steps<ExperimentStatus> {
  if (input.root.spec.cancelled) return cancelled(input, "cancelled by the user");
  return failed(input, "WorkloadDeleted", `the ${kind} ${name} was deleted by somebody else`);
}
