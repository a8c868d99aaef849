/** A RayJob whose cluster is up: the submitter, Ray's own word, and what follows from both. Pure. */
import { formatTime } from "../../meta/condition.ts";
import type { RayJobStatus } from "../../api/ray/types.ts";
import type { RayJobInfo } from "../../api/ray/jobs-api.ts";
import { type Outcome, answerTo } from "../../runtime/action.ts";
import { act } from "../../runtime/steps.ts";
import { jobInfo, submission } from "./actions.ts";
import {
  checkDeadline,
  checkGrace,
  checkSilence,
  checkSubmission,
  checkUnreachable,
  conclude,
  failed,
  fromInfo,
} from "./checks.ts";
import { infoQuestion, submitQuestion } from "./questions.ts";
import { copyOf, ensureCluster } from "./ray-cluster.ts";
import { planService } from "./service.ts";
import { type Submitter, submitterOfHead, submitterOfJob } from "./submitter-state.ts";
import { replaceSubmitter } from "./submitter.ts";
import { hasSubmitter, type JobSteps, modeOf, move, type Pass, stay } from "./transition.ts";

export function planRunning(pass: Pass): JobSteps {
  const { job, world, now, options } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const isSidecar = modeOf(job) === "SidecarMode";
  const submitter = isSidecar ? submitterOfHead(world.headPod) : submitterOfJob(world.submitter);
  // Ray's last word stands, whatever has become of Ray since.
  const known = submitter.finishedAt !== undefined ? conclude(job.status?.jobStatus) : undefined;
  const over = known ?? checkDeadline(job, now) ?? checkGrace(job, now, options) ?? checkUnreachable(job, now, options);
  if (over) return move(pass, over);
  const children = [...ensureCluster(pass), ...planService(pass), ...replaceSubmitter(pass)];
  if (isSidecar && !world.headPod) return move(pass, failed("AppFailed", "Ray head pod not found."), children);
  const question = infoQuestion(pass, submitter);
  const more = [...children, act(jobInfo, question)];
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster?.status);
  const answer = answerTo(world.info, question);
  if (!answer) return stay(pass, { ...job.status, rayClusterStatus }, more);
  return fromAnswer({ pass, submitter, rayClusterStatus, more }, answer.outcome);
}

interface Answered {
  readonly pass: Pass;
  readonly submitter: Submitter;
  readonly rayClusterStatus: RayJobStatus["rayClusterStatus"];
  readonly more: JobSteps;
}

function fromAnswer(answered: Answered, outcome: Outcome<RayJobInfo | undefined>): JobSteps {
  const { pass, submitter, rayClusterStatus, more } = answered;
  if (!outcome.ok) return fromSilence(answered);
  if (!outcome.value) return fromNotFound(answered);
  const change = fromInfo(outcome.value);
  const isOver = !hasSubmitter(pass.job) || submitter.finishedAt !== undefined;
  const end = isOver ? conclude(change.jobStatus) : undefined;
  // A stream of logs that broke is no end of the job: while Ray says that it runs, it runs.
  const verdict = end ?? checkSubmission(submitter, change.jobStatus);
  return move(pass, { ...change, ...verdict, rayClusterStatus }, more);
}

/** Ray could not be asked. */
function fromSilence({ pass, submitter, rayClusterStatus, more }: Answered): JobSteps {
  const { job, now } = pass;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? checkSilence(submitter, job, now);
  if (verdict) return move(pass, { ...verdict, rayClusterStatus }, more);
  const since = job.status?.jobStatusCheckFailureStartTime ?? formatTime(now);
  return stay(pass, { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: since }, more);
}

/** Ray knows no such job: it is to be submitted, it is being submitted, or it is lost. */
function fromNotFound({ pass, submitter, rayClusterStatus, more }: Answered): JobSteps {
  const { job } = pass;
  const status: RayJobStatus = { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: undefined };
  if (modeOf(job) === "HTTPMode") return submit(pass, status, more);
  const text = "Submitter completed but Ray job not found in RayCluster.";
  const isLost = hasSubmitter(job) && submitter.finishedAt !== undefined;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? (isLost ? failed("AppFailed", text) : undefined);
  return verdict ? move(pass, { ...status, ...verdict }, more) : stay(pass, status, more);
}

/** HTTPMode: a submission that fails counts as Ray not answering. */
function submit(pass: Pass, status: RayJobStatus, more: JobSteps): JobSteps {
  const question = submitQuestion(pass);
  const outcome = answerTo(pass.world.submission, question)?.outcome;
  const before = pass.job.status?.jobStatusCheckFailureStartTime;
  const since = outcome?.ok === false ? (before ?? formatTime(pass.now)) : undefined;
  const message = outcome?.ok === false ? outcome.error : status.message;
  const next = { ...status, message, jobStatusCheckFailureStartTime: since };
  return stay(pass, next, [...more, act(submission, question)]);
}
