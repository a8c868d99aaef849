/**
 * The admission rules of JobSets as CEL, for the CRD: with them no webhook is needed. Costs are bounded by the maxItems of
 * the schema. validation.ts has the same rules (and those that CEL cannot say) as functions.
 *
 * A rule costs the API server whenever the object it stands on is there, and with every status too: each step into a field
 * builds the list of all fields beside it. So rules stand as deep as they can, and begin with what most often settles them.
 *
 * What may not change is compared field by field and without telling absent from empty: Go clients write `resources: {}`
 * and drop `value: ""` whenever they update an object, and must not be refused for it.
 */
import { jobFailureReasons } from "./types.ts";

export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: "FieldValueInvalid" | "FieldValueForbidden";
}

/** Feature gates that change which JobSets are accepted. */
export interface JobSetGates {
  readonly inPlaceRestart?: boolean;
  readonly restartJob?: boolean;
  readonly elasticJobSet?: boolean;
}

export const immutableRules: readonly Rule[] = [{ rule: "self == oldSelf", message: "Value is immutable" }];

const replicas = "(has(r.replicas) ? r.replicas : 1)";
const lastIndex = `string(${replicas} - 1)`;

const jobs = "self.replicatedJobs";
const eachJob = (condition: string) => `(!has(${jobs}) || ${jobs}.all(r, ${condition}))`;
const allJobs = (condition: string) =>
  `!has(self.spec.replicatedJobs) || self.spec.replicatedJobs.all(r, ${condition})`;

/** The names of the replicated jobs, made once and bound to `names`, where the first condition does not hold already. */
const withNames = (unless: string, condition: string) =>
  `!has(${jobs}) || ${unless} || [${jobs}.map(r, r.name)].all(names, ${condition})`;

/** Of the largest index. Names that are short enough for any are not looked at further. */
const digits = 10;

/** Rules that need the JobSet's name. */
const nameRules: readonly Rule[] = [
  {
    rule: `self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') || !has(self.spec.replicatedJobs) || self.spec.replicatedJobs.size() == 0`,
    message: "metadata.name must be a DNS-1035 label: it begins the names of Jobs and pods",
  },
  {
    rule: allJobs(
      `self.metadata.name.size() + r.name.size() <= ${63 - 2 - digits} || self.metadata.name.size() + r.name.size() + ${lastIndex}.size() + 2 <= 63`,
    ),
    message: "the names of the Jobs, <jobset>-<replicatedJob>-<index>, must be no more than 63 characters",
    fieldPath: ".spec.replicatedJobs",
  },
  {
    rule: allJobs(
      `self.metadata.name.size() + r.name.size() <= ${63 - 9 - 2 * digits} || !has(r.template.spec.completions) || r.template.spec.completionMode != 'Indexed' || self.metadata.name.size() + r.name.size() + ${lastIndex}.size() + string(r.template.spec.completions - 1).size() + 9 <= 63`,
    ),
    message:
      "the names of the pods, <jobset>-<replicatedJob>-<index>-<completion>-<5 characters>, must be no more than 63 characters",
    fieldPath: ".spec.replicatedJobs",
  },
  {
    rule: "!has(self.spec.coordinator) || self.metadata.name.size() + self.spec.coordinator.replicatedJob.size() + string(has(self.spec.coordinator.jobIndex) ? self.spec.coordinator.jobIndex : 0).size() + string(has(self.spec.coordinator.podIndex) ? self.spec.coordinator.podIndex : 0).size() + (has(self.spec.network) && has(self.spec.network.subdomain) && self.spec.network.subdomain != '' ? self.spec.network.subdomain.size() : self.metadata.name.size()) + 4 <= 63",
    message: "the coordinator's address is a label value: it must be no more than 63 characters",
    fieldPath: ".spec.coordinator",
  },
  {
    rule: "!has(self.spec.volumeClaimPolicies) || self.spec.volumeClaimPolicies.all(p, !has(p.templates) || p.templates.all(t, has(t.metadata) && has(t.metadata.name) && t.metadata.name.size() + self.metadata.name.size() + 1 <= 63))",
    message: "volume claim templates need a name, and <template>-<jobset> must be no more than 63 characters",
    fieldPath: ".spec.volumeClaimPolicies",
  },
];

const knownTarget = (name: string) => `(has(${jobs}) && ${jobs}.exists(r, r.name == ${name}))`;
const ruleTargets = "self.failurePolicy.rules.all(f, !has(f.targetReplicatedJobs) || f.targetReplicatedJobs.all(t, ";
const coordinatorJob = "r.name == self.coordinator.replicatedJob";
const index = (name: string) => `(has(self.coordinator.${name}) ? self.coordinator.${name} : 0)`;

const policyRules: readonly Rule[] = [
  {
    rule: `!has(self.startupPolicy) || self.startupPolicy.startupPolicyOrder != 'InOrder' || !has(${jobs}) || !${jobs}.exists(r, has(r.dependsOn))`,
    message: "StartupPolicy and DependsOn APIs are mutually exclusive",
  },
  {
    rule: `!has(${jobs}) || ${jobs}.size() == 0 || [${jobs}[0]].all(r, !has(r.dependsOn))`,
    message: "DependsOn can't be set for the first ReplicatedJob",
  },
  {
    rule: withNames(
      `!${jobs}.exists(r, has(r.dependsOn))`,
      `${jobs}.all(r, !has(r.dependsOn) || r.dependsOn.all(d, d.name in names && names.indexOf(d.name) < names.indexOf(r.name)))`,
    ),
    message: "dependsOn must name other replicated jobs of this JobSet",
  },
  {
    rule: `!has(self.successPolicy) || !has(self.successPolicy.targetReplicatedJobs) || self.successPolicy.targetReplicatedJobs.all(t, ${knownTarget("t")})`,
    message: "successPolicy.targetReplicatedJobs must name replicated jobs of this JobSet",
    fieldPath: ".successPolicy",
  },
  {
    rule: withNames("!has(self.failurePolicy) || !has(self.failurePolicy.rules)", `${ruleTargets}t in names))`),
    message: "targetReplicatedJobs of a failure policy rule must name replicated jobs of this JobSet",
    fieldPath: ".failurePolicy",
  },
  {
    rule: `!has(self.coordinator) || has(${jobs}) && ${jobs}.exists(r, ${coordinatorJob} && ${index("jobIndex")} >= 0 && ${index("jobIndex")} < ${replicas} && r.template.spec.completionMode == 'Indexed' && has(r.template.spec.completions) && ${index("podIndex")} >= 0 && ${index("podIndex")} < r.template.spec.completions)`,
    message:
      "the coordinator must be a pod of an Indexed replicated job with completions: replicatedJob exists, jobIndex below its replicas, podIndex below its completions",
    fieldPath: ".coordinator",
  },
];

/** The same list made of every replicated job, before and after. */
const same = (projection: string) =>
  `self.replicatedJobs.map(r, ${projection}) == oldSelf.replicatedJobs.map(r, ${projection})`;
const jobField = (name: string, fallback: string) =>
  `(has(r.template.spec.${name}) ? r.template.spec.${name} : ${fallback})`;
const podSpec = "r.template.spec.template.spec";
const podField = (name: string, fallback: string) => `(has(${podSpec}.${name}) ? ${podSpec}.${name} : ${fallback})`;
const podMeta = "r.template.spec.template.metadata";
const podMetaField = (name: string) => `(has(${podMeta}) && has(${podMeta}.${name}) ? ${podMeta}.${name} : {})`;
const fixedJob = (elastic: boolean): readonly string[] => [
  replicas,
  "(has(r.groupName) ? r.groupName : '')",
  "(has(r.dependsOn) ? r.dependsOn : [])",
  "(has(r.template.metadata) && has(r.template.metadata.labels) ? r.template.metadata.labels : {})",
  "(has(r.template.metadata) && has(r.template.metadata.annotations) ? r.template.metadata.annotations : {})",
  jobField("completionMode", "''"),
  jobField("backoffLimit", "-1"),
  jobField("backoffLimitPerIndex", "-1"),
  jobField("maxFailedIndexes", "-1"),
  jobField("activeDeadlineSeconds", "-1"),
  jobField("ttlSecondsAfterFinished", "-1"),
  jobField("managedBy", "''"),
  jobField("podReplacementPolicy", "''"),
  ...(elastic ? [] : [jobField("parallelism", "-1"), jobField("completions", "-1")]),
];
const fixedPod: readonly string[] = [
  // Of the containers, their own rules look at the rest.
  `(has(${podSpec}.initContainers) ? ${podSpec}.initContainers.size() : 0)`,
  podField("restartPolicy", "''"),
  podField("serviceAccountName", "''"),
  podField("subdomain", "''"),
  podField("hostNetwork", "false"),
  podField("schedulerName", "''"),
  podField("priorityClassName", "''"),
];
/** Open to change while the JobSet is suspended before or after: queues inject placement this way. */
const placement: readonly string[] = [
  podMetaField("labels"),
  podMetaField("annotations"),
  podField("nodeSelector", "{}"),
  podField("tolerations", "[]"),
  podField("schedulingGates", "[]"),
];

const suspended = (spec: string) => `(has(${spec}.suspend) && ${spec}.suspend)`;

/**
 * Nearly all updates are of the status: that nothing changed is one comparison, and each field is many. What is a map by name
 * is equal in any order, so the order of names is compared apart.
 */
const fixedRule = (elastic: boolean): Rule => {
  const fields = [...fixedJob(elastic), ...fixedPod].map(same).join(" && ");
  const isPlaced = `${suspended("self")} || ${suspended("oldSelf")} || ${placement.map(same).join(" && ")}`;
  return {
    rule: `!has(self.replicatedJobs) || !has(oldSelf.replicatedJobs) || ${same("r.name")} && (self.replicatedJobs == oldSelf.replicatedJobs || ${fields} && (${isPlaced}))`,
    message: "field is immutable",
    fieldPath: ".replicatedJobs",
  };
};

const finished = (status: string) =>
  `(has(${status}) && has(${status}.conditions) && ${status}.conditions.exists(c, (c.type == 'Completed' || c.type == 'Failed') && c.status == 'True'))`;
const scales = ["parallelism", "completions"];
const sameScale = scales
  .map((name) => jobField(name, "-1"))
  .map((value) => `self.spec.replicatedJobs.map(r, ${value}) == oldSelf.spec.replicatedJobs.map(r, ${value})`)
  .join(" && ");
/** Over the whole object: it needs the status. */
const elasticObjectRules: readonly Rule[] = [
  {
    rule: `!has(self.spec) || !has(oldSelf.spec) || !has(self.spec.replicatedJobs) || !has(oldSelf.spec.replicatedJobs) || !${finished("oldSelf.status")} || (${sameScale})`,
    message: "a finished JobSet cannot be scaled",
    fieldPath: ".spec.replicatedJobs",
    reason: "FieldValueForbidden",
  },
];

const template = "self.template.spec";
const isUnscaled = scales
  .map((name) => {
    const value = (spec: string) => `(has(${spec}.${name}) ? ${spec}.${name} : -1)`;
    return `${value(template)} == ${value("oldSelf.template.spec")}`;
  })
  .join(" && ");
const whenScaled = (condition: string, message: string): Rule => ({
  rule: `(${isUnscaled}) || ${condition}`,
  message,
  fieldPath: ".template.spec",
});
/** Of one replicated job, before and after: those beside it may be such as cannot be scaled. */
const elasticJobRules: readonly Rule[] = [
  whenScaled(`${template}.completionMode == 'Indexed'`, "field is immutable"),
  whenScaled(`!has(${template}.parallelism) || ${template}.parallelism >= 1`, "parallelism must be >= 1"),
  whenScaled(`!has(${template}.completions) || ${template}.completions >= 1`, "completions must be >= 1"),
  whenScaled(
    `!has(${template}.parallelism) || !has(${template}.completions) || ${template}.parallelism == ${template}.completions`,
    "completions must be equal to parallelism for Elastic Indexed Jobs",
  ),
];

const inPlaceRules: readonly Rule[] = [
  {
    rule: `!has(self.failurePolicy) || self.failurePolicy.restartStrategy != 'InPlaceRestart' || ${eachJob("has(r.template.spec.backoffLimit) && r.template.spec.backoffLimit == 2147483647 && has(r.template.spec.podReplacementPolicy) && r.template.spec.podReplacementPolicy == 'Failed' && has(r.template.spec.completions) && has(r.template.spec.parallelism) && r.template.spec.completions == r.template.spec.parallelism")}`,
    message:
      "restartStrategy InPlaceRestart needs backoffLimit 2147483647, podReplacementPolicy Failed and completions equal to parallelism in every replicated job",
    fieldPath: ".replicatedJobs",
  },
];
const noInPlaceRules: readonly Rule[] = [
  {
    rule: "self.restartStrategy != 'InPlaceRestart'",
    message: "InPlaceRestart restart strategy cannot be set when the InPlaceRestart feature gate is disabled",
  },
];
const individual = (rules: string) =>
  `${rules}.exists(f, f.action == 'RestartJob' || f.action == 'RestartJobAndIgnoreMaxRestarts')`;
const restartJobRules: readonly Rule[] = [
  {
    rule: `!has(self.failurePolicy) || !has(self.failurePolicy.rules) || !${individual("self.failurePolicy.rules")} || ${eachJob(`${replicas} <= 1024`)}`,
    message: "replicas must be no more than 1024 where the failure policy restarts single Jobs",
    fieldPath: ".failurePolicy",
  },
];
const noRestartJobRules: readonly Rule[] = [
  {
    rule: `!has(self.rules) || !${individual("self.rules")}`,
    message: "RestartJob and RestartJobAndIgnoreMaxRestarts need the RestartJob feature gate",
  },
];

/** Rules over the whole object. */
export const objectRules = (gates: JobSetGates): readonly Rule[] => [
  ...nameRules,
  ...(gates.elasticJobSet ? elasticObjectRules : []),
];

export const specRules = (gates: JobSetGates): readonly Rule[] => [
  ...policyRules,
  {
    rule: "has(self.managedBy) == has(oldSelf.managedBy) && (!has(self.managedBy) || self.managedBy == oldSelf.managedBy)",
    message: "field is immutable",
    fieldPath: ".managedBy",
  },
  {
    rule: "has(self.replicatedJobs) == has(oldSelf.replicatedJobs)",
    message: "field is immutable",
    fieldPath: ".replicatedJobs",
  },
  fixedRule(gates.elasticJobSet === true),
  ...(gates.inPlaceRestart ? inPlaceRules : []),
  ...(gates.restartJob ? restartJobRules : []),
];

const eachJobRules: readonly Rule[] = [
  {
    rule: `!has(self.replicas) || self.replicas <= 1 || (has(self.template.spec.parallelism) ? self.template.spec.parallelism : 1) * self.replicas <= 2147483647`,
    message: "the product of replicas and parallelism must not exceed 2147483647",
  },
];

/** The Job API's: what it would refuse of every Job is refused before there are any. */
export const jobSpecRules: readonly Rule[] = [
  {
    rule: "has(self.completions) || !has(self.parallelism) || self.completionMode != 'Indexed'",
    message: "completions are required when completionMode is Indexed and parallelism is set",
  },
];

export const replicatedJobRules = (gates: JobSetGates): readonly Rule[] => [
  ...eachJobRules,
  ...(gates.elasticJobSet ? elasticJobRules : []),
];

/** Absent and empty are the same. */
const sameField = (name: string, absent: string) => {
  const of = (container: string) => `(has(${container}.${name}) ? ${container}.${name} : ${absent})`;
  return `${of("self")} == ${of("oldSelf")}`;
};

/** Of one container, before and after. */
export const containerRules: readonly Rule[] = [
  {
    rule: [sameField("image", "''"), sameField("command", "[]"), sameField("args", "[]")].join(" && "),
    message: "field is immutable",
  },
];

/** Of the containers of one pod template, before and after. */
export const containerListRules: readonly Rule[] = [
  { rule: "self.map(c, c.name) == oldSelf.map(c, c.name)", message: "field is immutable" },
];

export const failurePolicyRules = (gates: JobSetGates): readonly Rule[] => [
  ...(gates.inPlaceRestart ? [] : noInPlaceRules),
  ...(gates.restartJob ? [] : noRestartJobRules),
  {
    rule: "!has(self.rules) || self.rules.all(r, !has(r.name) || r.name == '' || self.rules.exists_one(o, has(o.name) && o.name == r.name))",
    message: "rule names are not unique",
    fieldPath: ".rules",
  },
];

export const failureReasonRules: readonly Rule[] = [
  {
    rule: `self.all(reason, reason in [${jobFailureReasons.map((reason) => `'${reason}'`).join(", ")}])`,
    message: `must be one of ${jobFailureReasons.join(", ")}`,
  },
];

export const claimTemplateRules: readonly Rule[] = [
  {
    rule: "!has(self.templates) || self.templates.all(t, !has(t.metadata) || !has(t.metadata.namespace) || t.metadata.namespace == '')",
    message: "namespace cannot be set for VolumeClaimPolicies templates",
  },
  {
    rule: "!has(self.templates) || self.templates.all(t, !has(t.metadata) || !has(t.metadata.name) || self.templates.exists_one(o, has(o.metadata) && has(o.metadata.name) && o.metadata.name == t.metadata.name))",
    message: "volume claim templates must have unique names",
  },
];
