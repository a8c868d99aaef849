/** A RayJob before its command runs: names, a cluster, a dashboard, a submitter. Pure. */
import { findCondition, formatTime } from "../../meta/condition.ts";
import { conditions, labels, ports } from "../../api/ray/labels.ts";
import { serviceFqdn } from "../../api/ray/names.ts";
import type { RayJobStatus } from "../../api/ray/types.ts";
import { derivedSuffix } from "../../machinery/derived-name.ts";
import { again, setStatus } from "../../runtime/steps.ts";
import { checkDeadline, checkPreRunningDeadline } from "./checks.ts";
import { copyOf, ensureCluster } from "./ray-cluster.ts";
import { submitterOfHead } from "./submitter-state.ts";
import { createSubmitter } from "./submitter.ts";
import { type JobSteps, modeOf, move, type PlanInput, stay } from "./transition.ts";

/** The same for the same attempt, however often it is planned: the last attempt's start tells a resumed one from it. */
function namesOf({ job }: PlanInput): { readonly jobId?: string; readonly rayClusterName: string } {
  const { metadata, spec, status } = job;
  const attempt = [metadata.uid ?? "", status?.failed ?? 0, status?.startTime ?? ""];
  const fresh = (what: string) => `${metadata.name}-${derivedSuffix([what, ...attempt])}`;
  const jobId = status?.jobId || (modeOf(job) === "InteractiveMode" ? undefined : spec.jobId || fresh("job"));
  const rayClusterName = status?.rayClusterName || spec.clusterSelector?.[labels.cluster] || fresh("cluster");
  return { ...(jobId && { jobId }), rayClusterName };
}

/** A first attempt, or the next one: a start time of its own. */
export function planNew(input: PlanInput, startTime = formatTime(input.now)): JobSteps {
  const { status } = input.job;
  const next: RayJobStatus = {
    ...status,
    ...namesOf(input),
    jobStatus: "",
    jobDeploymentStatus: "Initializing",
    reason: undefined,
    message: undefined,
    startTime,
    succeeded: status?.succeeded ?? 0,
    failed: status?.failed ?? 0,
  };
  return [setStatus(next), again];
}

/** The spec has been mended: go on with what there is, which is nothing when it was broken from the start. */
export const planMended = (input: PlanInput): JobSteps => planNew(input, input.job.status?.startTime);

/** Ready, or so far that its sidecar has ended: a head with an ended container is never ready. */
const isUp = ({ job, world }: PlanInput) =>
  world.cluster?.status?.state === "ready" ||
  (modeOf(job) === "SidecarMode" && submitterOfHead(world.headPod).finishedAt !== undefined);

/** `host:port` of the dashboard, as the head Service tells it. */
function dashboardAddress({ job, world, options }: PlanInput): string | undefined {
  const { metadata, spec } = world.headService ?? {};
  const port = spec?.ports?.find(({ name }) => name === "dashboard")?.port;
  if (!metadata?.name || !port) return undefined;
  return `${serviceFqdn(metadata.name, job.metadata.namespace ?? "default", options.clusterDomain)}:${port}`;
}

/** What the cluster waits for, where that is known: a refused write, pods that cannot be made, a spec that breaks a rule. */
function explainWait(input: PlanInput): string | undefined {
  const { failures, cluster, headService } = input.world;
  const { conditions: list, reason } = cluster?.status ?? {};
  const failure = findCondition(list, conditions.replicaFailure);
  const found = failures[0]?.message ?? failure?.message ?? reason;
  if (found !== undefined || !headService || !isUp(input) || dashboardAddress(input)) return found;
  return `dashboard port is not found: Service ${headService.metadata.name} has no port of that name. Name the port of the head's Ray container that serves the dashboard (${ports.dashboard}) so.`;
}

export function planInitializing(input: PlanInput): JobSteps {
  const { job, world, now } = input;
  if (job.spec.suspend) return move(input, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(input, over);
  const waiting: RayJobStatus = { ...job.status, message: explainWait(input) };
  if (!world.cluster) return stay(input, waiting, ensureCluster(input));
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster.status);
  const dashboardURL = job.status?.dashboardURL || (isUp(input) ? dashboardAddress(input) : undefined);
  if (!dashboardURL) return stay(input, { ...waiting, rayClusterStatus });
  const status: Partial<RayJobStatus> = { rayClusterStatus, dashboardURL, message: undefined };
  if (modeOf(job) === "InteractiveMode") return move(input, { ...status, jobDeploymentStatus: "Waiting" });
  // Running is what the submitter's being there makes it: until then a failure to create it is tried again.
  if (modeOf(job) === "K8sJobMode" && !world.submitter)
    return stay(input, waiting, [createSubmitter(input, dashboardURL)]);
  return move(input, { ...status, jobDeploymentStatus: "Running" });
}

/** InteractiveMode: somebody else submits, and then tells the id. */
export function planWaiting(input: PlanInput): JobSteps {
  const { job, now } = input;
  if (job.spec.suspend) return move(input, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(input, over);
  if (!job.spec.jobId) return stay(input, job.status ?? {});
  return move(input, { jobId: job.spec.jobId, jobDeploymentStatus: "Running" });
}
