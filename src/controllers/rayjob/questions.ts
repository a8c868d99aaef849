/** What exactly Ray is asked in a pass: an answer counts only for the question that it was given to. Pure. */
import { checkName } from "../../api/ray/names.ts";
import { isTerminal } from "./checks.ts";
import type { InfoQuestion, RayAddress, SubmitQuestion } from "./actions.ts";
import { parseEntrypointResources, parseRuntimeEnv } from "./submit-command.ts";
import type { Submitter } from "./submitter-state.ts";
import { modeOf, type PlanInput } from "./transition.ts";

export function addressOf({ job, world }: Pick<PlanInput, "job" | "world">): RayAddress {
  const { jobId = "", dashboardURL: address = "", rayClusterName: cluster = "" } = job.status ?? {};
  const { authOptions } = world.cluster?.spec ?? {};
  const asksForToken = authOptions?.mode === "token" && !authOptions.enableK8sTokenAuth;
  const tokenSecret = asksForToken ? { tokenSecret: authOptions.secretName || checkName(cluster) } : {};
  return { jobId, address, service: world.headService?.metadata.name ?? "", cluster, ...tokenSecret };
}

/** A new question, asked at once, when the submitter has ended or the job was submitted. */
export function infoQuestion(input: PlanInput, { finishedAt = "" }: Submitter): InfoQuestion {
  const { submission } = input.world;
  const submitted = modeOf(input.job) === "HTTPMode" && submission?.outcome.ok ? submission.at.toISOString() : "";
  return { ...addressOf(input), since: finishedAt || submitted };
}

export function submitQuestion(input: PlanInput): SubmitQuestion {
  const { spec, status } = input.job;
  const request = {
    entrypoint: spec.entrypoint ?? "",
    submission_id: status?.jobId ?? "",
    runtime_env: parseRuntimeEnv(spec.runtimeEnvYAML),
    metadata: spec.metadata,
    entrypoint_num_cpus: spec.entrypointNumCpus,
    entrypoint_num_gpus: spec.entrypointNumGpus,
    entrypoint_resources: parseEntrypointResources(spec.entrypointResources),
  };
  return { ...addressOf(input), request };
}

/** Whether a job that goes away has to be stopped in Ray first. */
export const stillRuns = ({ status }: PlanInput["job"]): boolean =>
  Boolean(status?.jobId && status.dashboardURL) && !isTerminal(status?.jobStatus);
