/** The fields of an Experiment, in one place: its types, its definition and its reference page are made from this. */
import type { Schema } from "../../machinery/schema/types.ts";
import { cancelledFlag, generation, string, time } from "../definition-frame.ts";

export const experimentSteps = ["Waiting", "Cloning", "Building", "Submitting", "Running", "Finished"] as const;

const uuid = { type: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" } as const;
const absolutePath = { type: "string", pattern: "^/" } as const;
const seconds = { type: "integer", format: "int64", minimum: 1 } as const;
const attempts = { type: "integer", format: "int32" } as const;

const reference = {
  type: "object",
  required: ["name"],
  properties: { name: { type: "string", minLength: 1 }, optional: { type: "boolean" } },
} as const;

export const vcs = {
  type: "object",
  description: "Git facts of the source: the variables VCS_* of every container.",
  properties: {
    authorName: string,
    authorEmail: string,
    refName: string,
    repository: string,
    sha: string,
    commitMessage: string,
    type: { ...string, description: "github, gitlab … as far as the remote's address tells." },
  },
} as const;

export const folderMount = {
  type: "object",
  description: "A folder of the node that every pod of the experiment sees.",
  required: ["hostPath", "mountPoint"],
  properties: {
    hostPath: { ...absolutePath, description: "Absolute path on the node." },
    mountPoint: { ...absolutePath, description: "Absolute path in the pods." },
    readOnly: { type: "boolean", description: "True when absent." },
  },
} as const;

export const experimentSpec = {
  type: "object",
  required: ["manifest"],
  properties: {
    manifest: { type: "string", minLength: 1, maxLength: 1_048_576, description: "The AIchorManifest as YAML text." },
    id: { ...uuid, description: "AICHOR_EXPERIMENT_ID; the object's uid when absent." },
    message: {
      type: "string",
      maxLength: 4096,
      description: "What the run is about: the title in lists, and AICHOR_EXPERIMENT_MESSAGE.",
    },
    sourceDirectory: {
      ...string,
      description:
        "Folder to snapshot and build the image from. Only the local cluster reads it; without it the image is run as it is.",
    },
    image: { ...string, description: "Image to run instead of the manifest's." },
    vcs,
    env: {
      type: "object",
      additionalProperties: string,
      description: "More variables for every container, such as a project's own.",
    },
    mounts: {
      type: "array",
      items: folderMount,
      description: "Besides those of the manifest, and in place of one of the manifest's at the same path.",
    },
    resumeFrom: {
      ...uuid,
      description: "Id of an earlier experiment, whose checkpoints folder this one goes on with.",
    },
    envFrom: {
      type: "array",
      items: { type: "object", properties: { prefix: string, configMapRef: reference, secretRef: reference } },
      description:
        "Secrets and ConfigMaps whose keys are variables of every container; env and the manifest's own win over them.",
    },
    startDeadlineSeconds: {
      ...seconds,
      description:
        "How long the ranks of a pytorch, jax or xgboost experiment wait for each other before they give up.",
    },
    cancelled: { ...cancelledFlag("experiment"), description: "Set to true to cancel; never goes back to false." },
  },
  "x-kubernetes-validations": [
    {
      rule: "self.manifest == oldSelf.manifest",
      message: "the manifest of an experiment is immutable; submit a new experiment",
    },
  ],
} as const satisfies Schema;

export const stepStatus = {
  type: "object",
  required: ["name", "state"],
  properties: {
    name: { type: "string", enum: experimentSteps },
    state: { type: "string", enum: ["Pending", "Active", "Done", "Skipped", "Failed"] },
    startTime: time,
    endTime: time,
    message: string,
  },
} as const;

export const workloadRef = {
  type: "object",
  description: "The RayJob or JobSet that runs.",
  required: ["apiVersion", "kind", "name"],
  properties: { apiVersion: string, kind: string, name: string },
} as const;

export const experimentStatus = {
  type: "object",
  properties: {
    state: { type: "string", enum: ["Processing", "Succeeded", "Failed", "Cancelled"] },
    step: { type: "string", enum: experimentSteps },
    steps: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: stepStatus,
    },
    reason: { ...string, description: "Why the state is what it is, as one word that stays the same." },
    message: string,
    operator: string,
    startTime: time,
    endTime: time,
    snapshot: {
      ...string,
      description:
        "The builder's id of the source as it was when it was cloned: what is built, whatever becomes of the source.",
    },
    image: { ...string, description: "The image that the pods run." },
    outputs: {
      ...string,
      description: "Folder of the node, or s3://BUCKET/PREFIX, that outlives the experiment: AICHOR_OUTPUT_PATH.",
    },
    workload: workloadRef,
    rayClusterName: { ...string, description: "RayCluster of a kuberay experiment." },
    attempt: { ...attempts, description: "From 1; absent where the manifest asks for one attempt only." },
    maxAttempts: attempts,
    lastFailure: { ...string, description: "How the attempt before this one failed, where its workload tells." },
    observedGeneration: generation,
  },
} as const satisfies Schema;
