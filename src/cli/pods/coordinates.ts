/** Where a pod stands in the array of a JobSet: its type, the Job of that type, the place in the Job; and its rank. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { jobGlobalIndexLabel, jobIndexLabel, replicatedJobNameLabel } from "../../api/jobset/labels.ts";

const completionIndex = "batch.kubernetes.io/job-completion-index";

export interface Coordinates {
  readonly type: string;
  readonly job: number;
  readonly index: number;
  /** What `RANK` says in a program whose Jobs have one pod each: the Job's number among all of the set. */
  readonly rank?: number;
}

/** Undefined for a pod that belongs to no JobSet. */
export function coordinatesOf({ metadata }: Pod): Coordinates | undefined {
  const { labels = {}, annotations = {} } = metadata;
  const type = labels[replicatedJobNameLabel];
  if (type === undefined) return undefined;
  const job = Number(labels[jobIndexLabel] ?? 0);
  const index = Number(labels[completionIndex] ?? annotations[completionIndex] ?? 0);
  return { type, job, index, rank: Number(labels[jobGlobalIndexLabel] ?? job) };
}

/** The same from a pod's name, `SET-TYPE-JOB-INDEX-xxxxx`, where that is all that is left of it; the rank is not in it. */
export function coordinatesOfName(jobSet: string, pod: string): Coordinates | undefined {
  const [, type, job, index] = /^-(.+)-(\d+)-(\d+)-[^-]+$/.exec(pod.slice(jobSet.length)) ?? [];
  if (!pod.startsWith(jobSet) || type === undefined) return undefined;
  return { type, job: Number(job), index: Number(index) };
}

/** `worker/2/3`: the third index of the second Job of `worker`, all counted from 0. */
export const formatCoordinates = ({ type, job, index }: Omit<Coordinates, "rank">): string => `${type}/${job}/${index}`;

const createdAt = ({ metadata }: Pod) => metadata.creationTimestamp ?? "";

/** Pods by their coordinates; of several that stood at one place the youngest. */
export function byCoordinates(pods: readonly Pod[]): ReadonlyMap<string, Pod> {
  const places = new Map<string, Pod>();
  for (const pod of pods.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))) {
    const coordinates = coordinatesOf(pod);
    if (coordinates) places.set(formatCoordinates(coordinates), pod);
  }
  return places;
}
