/** What a manifest comes to, before anything is created: objects, pods, and what they ask for. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { Container, EnvVar, PodTemplateSpec } from "../../api/core/pod.ts";
import { podRequests } from "../../api/core/requests.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { RayJob } from "../../api/ray/types.ts";
import { formatQuantity } from "../../machinery/quantity.ts";
import { addResources, parseResources, type Resources, timesResources } from "../../machinery/resources.ts";
import type { WorkloadContext } from "./workload-context.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Operator } from "../model/schema.ts";
import { deadlineOf } from "../model/timeout.ts";
import { jobSetCommandOf, toJobSet } from "./to-jobset.ts";
import { rayCommandOf, toRayJob } from "./to-rayjob.ts";
import { supportObjects } from "./volumes.ts";

type Requests = Readonly<Record<string, string>>;

const formatResources = (resources: Resources): Requests =>
  Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, formatQuantity(amount)]));

/** Pods of one group that run at once, and what each of them requests. */
export interface Demand {
  readonly name: string;
  readonly pods: number;
  readonly requests: Requests;
  /** Variables that the group's containers get, besides those that the platform and the operators add. */
  readonly env: readonly EnvVar[];
}

export interface ManifestPlan {
  readonly operator: Operator;
  readonly image?: string;
  /** What runs: in debugging, not the manifest's command. */
  readonly command: string;
  readonly timeoutSeconds?: number;
  readonly demands: readonly Demand[];
  /** Requests of all pods together. */
  readonly total: Requests;
  /** The workload comes last. */
  readonly objects: readonly KubeObject[];
}

/** The operator's own, on every worker: it waits for the head. */
const waitForHead: Container = {
  name: containerNames.waitForHead,
  resources: { requests: { cpu: "200m", memory: "256Mi" } },
};

const envOf = ({ spec }: PodTemplateSpec): readonly EnvVar[] => spec.containers[0]?.env ?? [];

/** `before`: init containers that the operator adds. */
function demand(name: string, pods: number, template: PodTemplateSpec, before: readonly Container[] = []): Demand {
  const spec = { ...template.spec, initContainers: [...(template.spec.initContainers ?? []), ...before] };
  return { name, pods, requests: formatResources(podRequests(spec)), env: envOf(template) };
}

function rayDemands({ spec }: RayJob): readonly Demand[] {
  const { headGroupSpec, workerGroupSpecs = [] } = spec.rayClusterSpec ?? {};
  return [
    ...(headGroupSpec ? [demand("head", 1, headGroupSpec.template)] : []),
    ...workerGroupSpecs.map(({ groupName, replicas = 0, numOfHosts = 1, template }) =>
      demand(groupName, replicas * numOfHosts, template, [waitForHead]),
    ),
    ...(spec.submitterPodTemplate ? [demand("submitter", 1, spec.submitterPodTemplate)] : []),
  ];
}

function jobSetDemands({ spec }: JobSet): readonly Demand[] {
  return (spec?.replicatedJobs ?? []).map(({ name, replicas = 1, template }) => {
    const { parallelism = 1, completions = 1 } = template.spec;
    return demand(name, replicas * Math.min(parallelism, completions), template.spec.template);
  });
}

const total = (demands: readonly Demand[]): Requests =>
  formatResources(
    demands.map(({ pods, requests }) => timesResources(parseResources(requests), pods)).reduce(addResources, {}),
  );

/** The image that the manifest names: what is run, else what is built, behind the builder's registry. */
export function imageOf({ spec, builder }: Manifest): string | undefined {
  const name = spec.image ?? builder?.image;
  const registry = builder?.registry?.replace(/\/+$/, "");
  return name && registry && !name.startsWith(`${registry}/`) ? `${registry}/${name}` : name;
}

/** Without a context the objects are those of an experiment called `experiment`. */
export function planManifest(manifest: Manifest, context?: WorkloadContext): ManifestPlan {
  const image = imageOf(manifest);
  const given = context ?? { name: "experiment", image: image ?? "experiment", labels: {}, env: {} };
  const ray = manifest.spec.operator === "kuberay" ? toRayJob(manifest, given) : undefined;
  const jobSet = ray ? undefined : toJobSet(manifest, given);
  const demands = ray ? rayDemands(ray) : jobSet ? jobSetDemands(jobSet) : [];
  const timeoutSeconds = ray ? ray.spec.activeDeadlineSeconds : deadlineOf(manifest.spec);
  return {
    operator: manifest.spec.operator,
    ...(image && { image }),
    command: ray ? rayCommandOf(manifest) : jobSetCommandOf(manifest),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    demands,
    total: total(demands),
    objects: [
      ...supportObjects(manifest, given).map(({ object }) => object),
      ...(ray ? [ray] : []),
      ...(jobSet ? [jobSet] : []),
    ],
  };
}
