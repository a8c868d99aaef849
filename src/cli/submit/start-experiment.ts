/** Submits an experiment that was made, and stays with it as the flags say. */
import { asCalled } from "../program/called-as.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { attend } from "../watch/attend.ts";
import { checkPullable } from "./cluster-image.ts";
import { dashboards, dashboardsOf } from "../pods/dashboards.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import { type Io, paint, writeJson } from "../program/io.ts";
import { checkMounts } from "./mounts.ts";
import { headline } from "../display/experiment-table.ts";
import { createExperiment } from "../secrets/create-experiment.ts";
import type { Secrets } from "../secrets/read-secrets.ts";
import { checkImage, preflight } from "./preflight.ts";
import type { Target } from "../connect/target.ts";

/** What becomes of an experiment once it is submitted. */
export interface StartFlags {
  readonly detach?: boolean;
  readonly output?: string;
}

export interface Submission {
  readonly experiment: Experiment;
  readonly secrets: Secrets;
}

/** Whether the experiment can run where it is to run: told before anything is submitted. */
export async function checkFit(io: Io, target: Target, { spec }: Pick<Experiment, "spec">): Promise<void> {
  if (!target.local) return checkPullable(spec.manifest, spec.image);
  await Promise.all([preflight(target, spec.manifest), checkMounts(target, spec.manifest, spec.mounts ?? [])]);
  if (spec.image) await checkImage(spec.manifest, spec.image, io.env["PATH"] ?? "");
}

/** The address that Jupyter or TensorBoard prints is one of its pod: here is how to reach it. */
function linkLines(experiment: Experiment): readonly string[] {
  const pages = dashboardsOf(experiment.spec.manifest).filter((page) => page !== "ray");
  return pages.map((page) => `${dashboards[page].title}: \`windlass open ${nameOf(experiment)} ${page}\``);
}

/** Submits an experiment and watches it to its end, or as the flags say; resolves with the exit status. */
export async function startExperiment(
  io: Io,
  target: Target,
  { experiment, secrets }: Submission,
  flags: StartFlags,
): Promise<number> {
  await checkFit(io, target, experiment);
  const created = await createExperiment(target, experiment, secrets);
  const json = flags.output === "json";
  if (flags.detach) {
    if (json) writeJson(io, created);
    else io.stdout.write(`${nameOf(created)}\n`);
    return 0;
  }
  if (!json) {
    io.stdout.write(`${[paint(io, "bold", nameOf(created)), headline(created)].filter(Boolean).join(" ")}\n`);
    for (const line of linkLines(created)) io.stdout.write(`${paint(io, "dim", asCalled(io, line))}\n`);
    return attend(io, { target, name: nameOf(created), as: "owner" });
  }
  const quiet: Io = { ...io, stdout: io.stderr, isTTY: false };
  const status = await attend(quiet, { target, name: nameOf(created), as: "owner" });
  writeJson(io, await findExperiment(target, nameOf(created)));
  return status;
}
