/**
 * What a JobSet must be to be accepted: the rules of JobSet's admission webhook as functions, for tools that check before
 * they send and for places without CEL. The CRD (crd-rules.ts) says the same to the API server, as far as CEL can.
 * Expects defaults (`defaultJobSet`) to be filled in. What needs a look at the cluster (existing claims) is not here.
 */
import { isDns1035Label, isDns1123Subdomain, isLabelValue } from "../../machinery/names.ts";
import type { JobSetGates } from "./crd-rules.ts";
import { claimNameOf, coordinatorEndpoint, jobNameOf } from "./names.ts";
import { jobFailureReasons, type JobSet, type JobSetSpec, type ReplicatedJob } from "./types.ts";

export interface JobSetProblem {
  /** `spec.replicatedJobs[0].name`. */
  readonly field: string;
  readonly message: string;
}

type Report = (field: string, message: string) => void;

const maxInt32 = 2_147_483_647;
const maxRestartableReplicas = 1024;
const ruleName = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const path = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const isDns1035 = (text: string) => isDns1035Label(text).length === 0;
const notDns1035 = "must be a DNS-1035 label: at most 63 lower case letters, digits and '-', beginning with a letter";

/** `acme.io/foo`. */
function isManager(text: string): boolean {
  const slash = text.indexOf("/");
  return (
    text.length <= 63 &&
    isDns1123Subdomain(text.slice(0, Math.max(0, slash))).length === 0 &&
    path.test(text.slice(slash + 1))
  );
}

/** The longest name that a generateName may end in. */
function nameOf({ metadata }: JobSet): string {
  return metadata.name ?? `${(metadata.generateName ?? "").slice(0, 58)}xxxxx`;
}

function checkNames(jobSet: JobSet, job: ReplicatedJob, report: Report): void {
  const { replicas = 1, template } = job;
  const longest = jobNameOf(nameOf(jobSet), job.name, replicas - 1);
  if (!isDns1035(longest)) return report("name", `Job name "${longest}" ${notDns1035}`);
  const { completionMode, completions } = template.spec;
  if (completionMode !== "Indexed" || completions === undefined) return;
  const pod = `${longest}-${completions - 1}-abcde`;
  if (!isDns1035(pod)) report("name", `pod name "${pod}" of Job ${longest} ${notDns1035}`);
}

/** What the Job API would refuse of every Job. */
function checkJobTemplate({ template: { spec } }: ReplicatedJob, report: Report): void {
  if (spec.completionMode === "Indexed" && spec.completions === undefined && spec.parallelism !== undefined) {
    report("template.spec.completions", "required when completionMode is Indexed and parallelism is set");
  }
  if (spec.template.spec.restartPolicy === "Always") {
    report("template.spec.template.spec.restartPolicy", "must be OnFailure or Never");
  }
}

function checkReplicatedJob(jobSet: JobSet, index: number, report: Report): void {
  const all = jobSet.spec?.replicatedJobs ?? [];
  const job = all[index] as ReplicatedJob;
  const { replicas = 1, groupName = "default", dependsOn, template } = job;
  if ((template.spec.parallelism ?? 1) * replicas > maxInt32) {
    report("replicas", `the product of replicas and parallelism must not exceed ${maxInt32}`);
  }
  if (!isDns1035(groupName)) report("groupName", notDns1035);
  checkJobTemplate(job, report);
  checkNames(jobSet, job, report);
  if (index === 0 && dependsOn) report("dependsOn", "DependsOn can't be set for the first ReplicatedJob");
  const earlier = new Set(all.slice(0, index).map(({ name }) => name));
  for (const { name } of dependsOn ?? []) {
    if (!earlier.has(name)) report("dependsOn", `"${name}" is not a replicated job that comes earlier in the list`);
  }
}

function checkInPlace({ template: { spec } }: ReplicatedJob, report: Report): void {
  if (spec.backoffLimit !== maxInt32) report("template.spec.backoffLimit", `must be ${maxInt32} for InPlaceRestart`);
  if (spec.podReplacementPolicy !== "Failed")
    report("template.spec.podReplacementPolicy", "must be Failed for InPlaceRestart");
  if (spec.completions === undefined || spec.completions !== spec.parallelism) {
    report("template.spec.completions", "must be equal to parallelism for InPlaceRestart");
  }
}

function checkTargets(spec: JobSetSpec, targets: readonly string[] | undefined, report: Report): void {
  const known = new Set((spec.replicatedJobs ?? []).map(({ name }) => name));
  for (const target of targets ?? [])
    if (!known.has(target)) report("targetReplicatedJobs", `there is no replicated job "${target}"`);
}

/** Whether the policy may restart single Jobs at all; with it off, its other rules are not looked at. */
function checkSingleRestarts(
  { failurePolicy, replicatedJobs = [] }: JobSetSpec,
  gates: JobSetGates,
  report: Report,
): boolean {
  const single = failurePolicy?.rules?.some(
    ({ action }) => action === "RestartJob" || action === "RestartJobAndIgnoreMaxRestarts",
  );
  if (!single) return true;
  if (!gates.restartJob) {
    report("rules", "RestartJob and RestartJobAndIgnoreMaxRestarts need the RestartJob feature gate");
    return false;
  }
  for (const { name, replicas = 1 } of replicatedJobs) {
    if (replicas > maxRestartableReplicas)
      report("rules", `replicated job ${name} has more than ${maxRestartableReplicas} replicas`);
  }
  return true;
}

function checkFailurePolicy(spec: JobSetSpec, gates: JobSetGates, report: Report): void {
  const { failurePolicy } = spec;
  if (!failurePolicy || !checkSingleRestarts(spec, gates, report)) return;
  const rules = failurePolicy.rules ?? [];
  const uses = new Map<string, number[]>();
  for (const [index, { name = "", onJobFailureReasons = [], targetReplicatedJobs }] of rules.entries()) {
    const at: Report = (field, message) => report(`rules[${index}].${field}`, message);
    uses.set(name, [...(uses.get(name) ?? []), index]);
    if (name.length < 1 || name.length > 128) at("name", "must be 1 to 128 characters");
    else if (!ruleName.test(name)) at("name", `must match ${ruleName.source}`);
    checkTargets(spec, targetReplicatedJobs, at);
    const known: readonly string[] = jobFailureReasons;
    for (const reason of onJobFailureReasons) {
      if (!known.includes(reason)) at("onJobFailureReasons", `"${reason}" is none of ${known.join(", ")}`);
    }
  }
  for (const [name, indexes] of uses) {
    if (indexes.length > 1)
      report(
        "rules",
        `rule names are not unique: rules with indices [${indexes.join(" ")}] have the same name "${name}"`,
      );
  }
}

function checkCoordinator(jobSet: JobSet, report: Report): void {
  const { coordinator, replicatedJobs = [] } = jobSet.spec ?? {};
  if (!coordinator) return;
  const { replicatedJob, jobIndex = 0, podIndex = 0 } = coordinator;
  const job = replicatedJobs.find(({ name }) => name === replicatedJob);
  if (!job) return report("replicatedJob", `there is no replicated job "${replicatedJob}"`);
  const { completionMode, completions } = job.template.spec;
  if (jobIndex < 0 || jobIndex >= (job.replicas ?? 1))
    report("jobIndex", `must be between 0 and ${(job.replicas ?? 1) - 1}`);
  if (completionMode !== "Indexed" || completions === undefined) {
    report("replicatedJob", `replicated job ${replicatedJob} must be Indexed and have completions`);
  } else if (podIndex < 0 || podIndex >= completions) report("podIndex", `must be between 0 and ${completions - 1}`);
  const endpoint = coordinatorEndpoint(
    { ...jobSet, metadata: { ...jobSet.metadata, name: nameOf(jobSet) } },
    coordinator,
  );
  if (isLabelValue(endpoint).length > 0) report("", `the coordinator's address "${endpoint}" is not a label value`);
}

function mountsAndVolumes(spec: JobSetSpec) {
  const pods = (spec.replicatedJobs ?? []).map(({ template }) => template.spec.template.spec);
  const containers = pods.flatMap((pod) => [...pod.containers, ...(pod.initContainers ?? [])]);
  return {
    mounted: new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))),
    volumes: new Set(pods.flatMap((pod) => (pod.volumes ?? []).map(({ name }) => name))),
  };
}

function checkClaims(jobSet: JobSet, report: Report): void {
  const { mounted, volumes } = mountsAndVolumes(jobSet.spec ?? {});
  const seen = new Set<string>();
  for (const [policy, { templates = [] }] of (jobSet.spec?.volumeClaimPolicies ?? []).entries()) {
    for (const [template, { metadata }] of templates.entries()) {
      const { name = "", namespace = "" } = metadata ?? {};
      const at = (message: string) => report(`[${policy}].templates[${template}].metadata`, message);
      const claim = claimNameOf(nameOf(jobSet), name);
      if (namespace !== "") at("namespace cannot be set for VolumeClaimPolicies templates");
      if (isDns1123Subdomain(name).length > 0) at(`"${name}" is not a DNS-1123 subdomain`);
      else if (claim.length > 63) at(`the claim's name "${claim}" must be no more than 63 characters`);
      if (seen.has(name)) at(`there is another template "${name}"`);
      if (!mounted.has(name)) at(`no container mounts a volume "${name}"`);
      if (volumes.has(name)) at(`a pod template has a volume "${name}" already`);
      seen.add(name);
    }
  }
}

function checkStrategy(spec: JobSetSpec, gates: JobSetGates, report: Report): void {
  if (spec.failurePolicy?.restartStrategy !== "InPlaceRestart") return;
  if (!gates.inPlaceRestart) {
    return report(
      "spec.failurePolicy.restartStrategy",
      "InPlaceRestart restart strategy cannot be set when the InPlaceRestart feature gate is disabled",
    );
  }
  for (const [index, job] of (spec.replicatedJobs ?? []).entries()) {
    checkInPlace(job, (field, message) => report(`spec.replicatedJobs[${index}].${field}`, message));
  }
}

/** Everything that is wrong with a JobSet to be created; empty when it would be accepted. */
export function validateJobSet(jobSet: JobSet, gates: JobSetGates = {}): readonly JobSetProblem[] {
  const problems: JobSetProblem[] = [];
  const report: Report = (field, message) => problems.push({ field, message });
  const below =
    (path: string): Report =>
    (field, message) =>
      report(field === "" || field.startsWith("[") ? `${path}${field}` : `${path}.${field}`, message);
  const spec = jobSet.spec ?? {};
  const { replicatedJobs = [], network, managedBy, startupPolicy } = spec;
  checkStrategy(spec, gates, report);
  if (startupPolicy?.startupPolicyOrder === "InOrder" && replicatedJobs.some(({ dependsOn }) => dependsOn)) {
    report("spec", "StartupPolicy and DependsOn APIs are mutually exclusive");
  }
  if (network?.subdomain && !isDns1035(network.subdomain)) report("spec.network.subdomain", notDns1035);
  if (managedBy !== undefined && !isManager(managedBy)) {
    report("spec.managedBy", "must be a domain-prefixed path (such as acme.io/foo) of at most 63 characters");
  }
  for (const index of replicatedJobs.keys()) checkReplicatedJob(jobSet, index, below(`spec.replicatedJobs[${index}]`));
  checkTargets(spec, spec.successPolicy?.targetReplicatedJobs, below("spec.successPolicy"));
  checkFailurePolicy(spec, gates, below("spec.failurePolicy"));
  checkCoordinator(jobSet, below("spec.coordinator"));
  checkClaims(jobSet, below("spec.volumeClaimPolicies"));
  return problems;
}
