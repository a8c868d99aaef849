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
import { hasSubmitter, type JobSteps, modeOf, move, type PlanInput, stay } from "./transition.ts";

export function planRunning(input: PlanInput): JobSteps {
  const { job, world, now, options } = input;
  if (job.spec.suspend) return move(input, { jobDeploymentStatus: "Suspending" });
  const isSidecar = modeOf(job) === "SidecarMode";
  const submitter = isSidecar ? submitterOfHead(world.headPod) : submitterOfJob(world.submitter);
  // Ray's last word stands, whatever has become of Ray since.
  const known = submitter.finishedAt !== undefined ? conclude(job.status?.jobStatus) : undefined;
  const over = known ?? checkDeadline(job, now) ?? checkGrace(job, now, options) ?? checkUnreachable(job, now, options);
  if (over) return move(input, over);
  const children = [...ensureCluster(input), ...planService(input), ...replaceSubmitter(input)];
  if (isSidecar && !world.headPod) return move(input, failed("AppFailed", "Ray head pod not found."), children);
  const question = infoQuestion(input, submitter);
  const more = [...children, act(jobInfo, question)];
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster?.status);
  const answer = answerTo(world.info, question);
  if (!answer) return stay(input, { ...job.status, rayClusterStatus }, more);
  return fromAnswer({ input, submitter, rayClusterStatus, more }, answer.outcome);
}

interface Answered {
  readonly input: PlanInput;
  readonly submitter: Submitter;
  readonly rayClusterStatus: RayJobStatus["rayClusterStatus"];
  readonly more: JobSteps;
}

function fromAnswer(answered: Answered, outcome: Outcome<RayJobInfo | undefined>): JobSteps {
  const { input, submitter, rayClusterStatus, more } = answered;
  if (!outcome.ok) return fromSilence(answered);
  if (!outcome.value) return fromNotFound(answered);
  const change = fromInfo(outcome.value);
  const isOver = !hasSubmitter(input.job) || submitter.finishedAt !== undefined;
  const end = isOver ? conclude(change.jobStatus) : undefined;
  // A stream of logs that broke is no end of the job: while Ray says that it runs, it runs.
  const verdict = end ?? checkSubmission(submitter, change.jobStatus);
  return move(input, { ...change, ...verdict, rayClusterStatus }, more);
}

/** Ray could not be asked. */
function fromSilence({ input, submitter, rayClusterStatus, more }: Answered): JobSteps {
  const { job, now } = input;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? checkSilence(submitter, job, now);
  if (verdict) return move(input, { ...verdict, rayClusterStatus }, more);
  const since = job.status?.jobStatusCheckFailureStartTime ?? formatTime(now);
  return stay(input, { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: since }, more);
}

/** Ray knows no such job: it is to be submitted, it is being submitted, or it is lost. */
function fromNotFound({ input, submitter, rayClusterStatus, more }: Answered): JobSteps {
  const { job } = input;
  const status: RayJobStatus = { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: undefined };
  if (modeOf(job) === "HTTPMode") return submit(input, status, more);
  const text = "Submitter completed but Ray job not found in RayCluster.";
  const isLost = hasSubmitter(job) && submitter.finishedAt !== undefined;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? (isLost ? failed("AppFailed", text) : undefined);
  return verdict ? move(input, { ...status, ...verdict }, more) : stay(input, status, more);
}

/** HTTPMode: a submission that fails counts as Ray not answering. */
function submit(input: PlanInput, status: RayJobStatus, more: JobSteps): JobSteps {
  const question = submitQuestion(input);
  const outcome = answerTo(input.world.submission, question)?.outcome;
  const before = input.job.status?.jobStatusCheckFailureStartTime;
  const since = outcome?.ok === false ? (before ?? formatTime(input.now)) : undefined;
  const message = outcome?.ok === false ? outcome.error : status.message;
  const next = { ...status, message, jobStatusCheckFailureStartTime: since };
  return stay(input, next, [...more, act(submission, question)]);
}
