/**
 * How an experiment comes to its image: another experiment's (`builder.skipBuild`), or one that is built from a
 * snapshot of its source. Pure.
 */
import type { ExperimentStatus } from "../../../api/experiment/types.ts";
import { answerTo } from "../../../runtime/action.ts";
import { act, again, type Steps, setStatus } from "../../../runtime/steps.ts";
import type { ImageSource } from "../../../api/experiment/source.ts";
import { build, clone } from "../actions.ts";
import type { Compiled } from "../compile/compile.ts";
import { failed } from "../end.ts";
import type { PlanInput } from "../observe.ts";
import { findSource } from "./reuse.ts";
import { enterStep } from "../status.ts";

/** What is still to be done for the image; undefined when the workload can run. */
export function prepareImage(input: PlanInput, compiled: Compiled): Steps<ExperimentStatus> | undefined {
  const { root, status, settings } = input;
  if (status.image || root.spec.image) return undefined;
  const reused = reuse(input, compiled);
  if (reused) return reused;
  const directory = root.spec.sourceDirectory;
  if (!settings.builds || !directory) return undefined;
  const source = { directory, name: compiled.image, builder: compiled.builder };
  return status.snapshot === undefined ? cloneSource(input, source) : buildImage(input, source, status.snapshot);
}

/** Undefined for an experiment that may build its own. */
function reuse(input: PlanInput, { reuse: wanted }: Compiled): Steps<ExperimentStatus> | undefined {
  const { root, status, world, now } = input;
  if (!wanted || status.step !== "Waiting") return undefined;
  const { experimentId, isRequired } = wanted;
  const source = findSource(root, experimentId, world.experiments ?? []);
  switch (source.found) {
    case "image":
      return [setStatus({ ...status, image: source.image }), again];
    case "experiment": {
      // Nothing to requeue for: the controller's watch of experiments brings the next reconcile.
      const message = `builder.skipBuild: waiting for the image of ${source.name}`;
      return [setStatus({ ...enterStep(status, "Waiting", now, message), reason: "WaitingForImage", message })];
    }
    case "nothing": {
      const message = `builder.skipBuild: this cluster has no experiment ${experimentId} with an image, and failIfNotFound is set`;
      return isRequired ? failed(input, "ImageNotFound", message) : undefined;
    }
  }
}

function cloneSource(input: PlanInput, source: ImageSource): Steps<ExperimentStatus> {
  const status = enterStep(input.status, "Cloning", input.now);
  const answer = answerTo(input.world.clone, source)?.outcome;
  if (!answer) return [setStatus(status), act(clone, source)];
  if (!answer.ok) return failed({ ...input, status }, "CloneFailed", answer.error);
  return buildImage({ ...input, status }, source, answer.value);
}

/** The snapshot is in the status before its build begins: an operator that is restarted meanwhile builds this very one. */
function buildImage(input: PlanInput, source: ImageSource, snapshot: string): Steps<ExperimentStatus> {
  const { world, now } = input;
  const question = { ...source, snapshot };
  const status = { ...enterStep(input.status, "Building", now), snapshot };
  const answer = answerTo(world.build, question)?.outcome;
  if (!answer) return [setStatus(status), act(build, question)];
  if (!answer.ok) return failed({ ...input, status }, "BuildFailed", answer.error);
  const { reference, warning } = answer.value;
  return [setStatus({ ...enterStep(status, "Building", now, warning), image: reference }), again];
}
