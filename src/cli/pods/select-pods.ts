/** Which pods a flag means: by name, by rank or coordinates, by group. Pure; a name that fits nothing is told with what there is. */
import { closest } from "../../machinery/did-you-mean.ts";
import { type Coordinates, formatCoordinates } from "./coordinates.ts";
import { findErrors, type Known } from "../errors/find.ts";

/** What of a pod decides; the oldest come first. */
export interface Candidate {
  readonly pod: string;
  /** The part it plays: `head`, a group or type name, or `submitter`. */
  readonly part: string;
  readonly coordinates?: Coordinates;
  readonly isGone: boolean;
}

const among = (wanted: string, there: readonly string[]): Known => {
  const known = [...new Set(there)];
  return { near: closest(wanted, known), known };
};

/** Pods that are there before those that were. */
function present<T extends Candidate>(pods: readonly T[]): readonly T[] {
  const there = pods.filter(({ isGone }) => !isGone);
  return there.length > 0 ? there : pods;
}

/** The pod with this name, with this part of a name, or that plays this part alone. */
export function selectPod<T extends Candidate>(pods: readonly T[], wanted: string): T {
  const exact = pods.find(({ pod }) => pod === wanted);
  if (exact) return exact;
  const fitting = present(pods.filter(({ part, pod }) => part === wanted || pod.includes(wanted)));
  if (fitting.length > 1)
    throw findErrors.POD_AMBIGUOUS(
      wanted,
      fitting.map(({ pod }) => pod),
    );
  if (fitting[0]) return fitting[0];
  throw findErrors.POD_NOT_FOUND(
    wanted,
    among(wanted, [...pods.map(({ pod }) => pod), ...pods.map(({ part }) => part)]),
  );
}

interface Placed<T extends Candidate> {
  readonly source: T;
  readonly coordinates: Coordinates;
  readonly at: string;
}

const order = ({ coordinates: a }: Placed<Candidate>, { coordinates: b }: Placed<Candidate>): number =>
  (a.rank ?? a.job) - (b.rank ?? b.job) || a.index - b.index;

/** By rank; those that stood at one place stay in their order. */
const placed = <T extends Candidate>(pods: readonly T[]): readonly Placed<T>[] =>
  pods
    .flatMap((source) => {
      const { coordinates } = source;
      return coordinates ? [{ source, coordinates, at: formatCoordinates(coordinates) }] : [];
    })
    .toSorted(order);

/** The pod of a global rank (`3`) or of coordinates (`worker/2/3`); of several that stood there the youngest. */
export function selectRank<T extends Candidate>(pods: readonly T[], wanted: string): T {
  const known = placed(pods);
  if (known.length === 0 && pods.length > 0) {
    throw findErrors.NO_RANKS([...new Set(pods.map(({ part }) => part))]);
  }
  const fitting = known.filter(({ coordinates, at }) => String(coordinates.rank) === wanted || at === wanted);
  const places = [...new Set(fitting.map(({ at }) => at))];
  if (places.length > 1) throw findErrors.RANK_AMBIGUOUS(wanted, places);
  const last = present(fitting.map(({ source }) => source)).at(-1);
  if (last) return last;
  const isNumber = /^\d+$/.test(wanted);
  const ranks = known.map(({ coordinates: { rank }, at }) => (isNumber && rank !== undefined ? String(rank) : at));
  throw findErrors.RANK_NOT_FOUND(wanted, among(wanted, ranks));
}

/** All pods that play a part: `head`, a worker group, a type of a JobSet, `submitter`. */
export function selectGroup<T extends Candidate>(pods: readonly T[], wanted: string): readonly T[] {
  const fitting = pods.filter(({ part }) => part === wanted);
  if (fitting.length > 0) return fitting;
  const groups = pods.map(({ part }) => part);
  throw findErrors.GROUP_NOT_FOUND(wanted, among(wanted, groups));
}

/** The pod whose log is the experiment's: the last submitter of a RayJob, the first pod of a JobSet (rank 0). */
export function selectMain<T extends Candidate>(pods: readonly T[]): T | undefined {
  const submitters = pods.filter(({ part }) => part === "submitter");
  if (submitters.length > 0) return present(submitters).at(-1);
  const first = placed(pods)[0];
  return first && selectRank(pods, first.at);
}
