/** Experiments as the command line sees them: finding them, their pods and their events. */
import { LegacyEvent, Namespace, Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { isForbidden, isNotFound } from "../../kube/errors.ts";
import { chooseExperiment } from "./choose.ts";
import { coordinatesOf } from "../pods/coordinates.ts";
import { findErrors } from "../errors/find.ts";
import { selectMain } from "../pods/select-pods.ts";
import type { Target } from "../connect/target.ts";

const versionOf = ({ metadata }: Experiment): number => Number(metadata.resourceVersion ?? 0);

/** The youngest first. Times have seconds only: within one, those that have not ended, then what was written last. */
export const youngestFirst = (a: Experiment, b: Experiment): number =>
  (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "") ||
  Number(isExperimentFinished(a)) - Number(isExperimentFinished(b)) ||
  versionOf(b) - versionOf(a);

export async function listExperiments(target: Target): Promise<readonly Experiment[]> {
  const list = await target.client.list<Experiment>(ExperimentKind, { namespace: target.namespace });
  return list.items.toSorted(youngestFirst);
}

/** Without a namespace there is nothing to find, nor to make; who may not ask is told by the request itself. */
export async function requireNamespace(target: Target): Promise<void> {
  try {
    await target.client.get({ kind: Namespace, name: target.namespace });
  } catch (error) {
    if (isForbidden(error)) return;
    if (!isNotFound(error)) throw error;
    throw findErrors.NAMESPACE_NOT_FOUND(target.namespace, target.name).because(error);
  }
}

/** Resolves a full name, a unique prefix of the name or of the id, or `latest`. */
export async function findExperiment(target: Target, wanted: string): Promise<Experiment> {
  const { namespace } = target;
  const found =
    wanted && (await ifThere(target.client.get<Experiment>({ kind: ExperimentKind, namespace, name: wanted })));
  if (found) return found;
  const all = await listExperiments(target);
  if (all.length === 0) await requireNamespace(target);
  return chooseExperiment(all, wanted, namespace);
}

export async function requestCancel(target: Target, name: string): Promise<void> {
  const ref = { kind: ExperimentKind, namespace: target.namespace, name };
  await target.client.patch(ref, { spec: { cancelled: true } }, { type: "merge" });
}

/** Undefined for an object that is not there, or that one may not see. */
export const ifThere = async <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (isNotFound(error) || isForbidden(error)) return undefined;
    throw error;
  });

export const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

/** Selectors that together cover every pod of an experiment: its own label, the submitter's, and the Ray cluster's. */
function podSelectors(experiment: Experiment): string[] {
  const name = nameOf(experiment);
  const selectors = [`${experimentLabel}=${name}`];
  const { workload, rayClusterName } = experiment.status ?? {};
  if (workload?.kind === "RayJob") selectors.push(`ray.io/originated-from-cr-name=${name}`);
  if (rayClusterName) selectors.push(`ray.io/cluster=${rayClusterName}`);
  if (workload?.kind === "JobSet") selectors.push(`jobset.sigs.k8s.io/jobset-name=${name}`);
  return selectors;
}

/** Every pod of the experiment, oldest first. */
export async function podsOf(target: Target, experiment: Experiment): Promise<readonly Pod[]> {
  const lists = await Promise.all(
    podSelectors(experiment).map((labelSelector) =>
      target.client.list<Pod>(PodKind, { namespace: target.namespace, labelSelector }),
    ),
  );
  const byUid = new Map(lists.flatMap((list) => list.items.map((pod) => [pod.metadata.uid, pod] as const)));
  return [...byUid.values()].sort(
    (a, b) =>
      (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
      nameOf(a).localeCompare(nameOf(b)),
  );
}

/** The part a pod plays: `head`, a group or type name, or `submitter`. */
export function roleOf(pod: Pod): string {
  const labels = pod.metadata.labels ?? {};
  if (labels["ray.io/node-type"] === "head") return "head";
  const group = labels["ray.io/group"] ?? labels["jobset.sigs.k8s.io/replicatedjob-name"];
  if (group) return group;
  return labels["ray.io/originated-from-crd"] === "RayJob" ? "submitter" : "pod";
}

/** The pod whose log is the experiment's: the submitter of a RayJob, rank 0 of a JobSet. */
export const mainPod = (pods: readonly Pod[]): Pod | undefined =>
  selectMain(
    pods.map((object) => ({
      object,
      pod: nameOf(object),
      part: roleOf(object),
      coordinates: coordinatesOf(object),
      isGone: false,
    })),
  )?.object;

/** The main pod as the watching goes on: when rank 0 is gone, a later rank does not take its place. */
export function nextMainPod(earlier: Pod | undefined, pods: readonly Pod[]): Pod | undefined {
  const found = mainPod(pods);
  const [was, is] = [earlier, found].map((pod) => pod && coordinatesOf(pod));
  const isLater = was && is && ((is.rank ?? 0) - (was.rank ?? 0) || is.index - was.index) > 0;
  return isLater ? earlier : (found ?? earlier);
}

export interface CoreEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly eventTime?: string;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly series?: { readonly lastObservedTime?: string; readonly count?: number };
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

export function eventTime(event: CoreEvent): string {
  return (
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ""
  );
}

/** Events about the experiment, its workload, its Ray cluster and its pods, oldest first. */
export async function eventsOf(target: Target, experiment: Experiment): Promise<readonly CoreEvent[]> {
  const [list, pods] = await Promise.all([
    target.client.list<CoreEvent>(LegacyEvent, { namespace: target.namespace }),
    podsOf(target, experiment),
  ]);
  const name = nameOf(experiment);
  const names = new Set([name, experiment.status?.rayClusterName, ...pods.map(nameOf)]);
  const concerns = (event: CoreEvent) =>
    names.has(event.involvedObject.name) || event.involvedObject.name?.startsWith(`${name}-`);
  return list.items.filter(concerns).sort((a, b) => eventTime(a).localeCompare(eventTime(b)));
}
