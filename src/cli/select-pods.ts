/** Which pods a flag means: by name, by rank or coordinates, by group. Pure; a name that fits nothing is told with what there is. */
import { closest } from "../machinery/did-you-mean.ts";
import { type Coordinates, formatCoordinates } from "./coordinates.ts";
import type { LogSource } from "./log-sources.ts";
import { UserError } from "./user-error.ts";

/** What of a pod decides; the oldest come first. */
export type Candidate = Pick<LogSource, "pod" | "part" | "coordinates" | "isGone">;

const mostShown = 20;

function list(words: readonly string[]): string {
  const shown = words.slice(0, mostShown).join(", ");
  return words.length > mostShown ? `${shown} and ${words.length - mostShown} more` : shown;
}

function refuse(what: string, wanted: string, there: readonly string[]): UserError {
  const known = [...new Set(there)];
  const near = closest(wanted, known);
  const remedy = [near ? `did you mean ${near}?` : "", known.length > 0 ? `there are: ${list(known)}` : ""];
  return new UserError(`${what.toUpperCase()}_NOT_FOUND`, `there is no ${what} "${wanted}"`, {
    remedy: remedy.filter(Boolean).join(" ") || `the experiment has no pods with a ${what} any more`,
  });
}

const ambiguous = (what: string, wanted: string, fitting: readonly string[]): UserError =>
  new UserError(`${what.toUpperCase()}_AMBIGUOUS`, `"${wanted}" fits several pods`, {
    remedy: `name one: ${list(fitting)}`,
  });

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
    throw ambiguous(
      "pod",
      wanted,
      fitting.map(({ pod }) => pod),
    );
  if (fitting[0]) return fitting[0];
  throw refuse("pod", wanted, [...pods.map(({ pod }) => pod), ...pods.map(({ part }) => part)]);
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
    const parts = [...new Set(pods.map(({ part }) => part))];
    throw new UserError("NO_RANKS", "the pods of this experiment have no ranks", {
      remedy: `name one by --pod, or those of a part by --group: ${list(parts)}`,
    });
  }
  const fitting = known.filter(({ coordinates, at }) => String(coordinates.rank) === wanted || at === wanted);
  const places = [...new Set(fitting.map(({ at }) => at))];
  if (places.length > 1) throw ambiguous("rank", wanted, places);
  const last = present(fitting.map(({ source }) => source)).at(-1);
  if (last) return last;
  const isNumber = /^\d+$/.test(wanted);
  throw refuse(
    "rank",
    wanted,
    known.map(({ coordinates: { rank }, at }) => (isNumber && rank !== undefined ? String(rank) : at)),
  );
}

/** All pods that play a part: `head`, a worker group, a type of a JobSet, `submitter`. */
export function selectGroup<T extends Candidate>(pods: readonly T[], wanted: string): readonly T[] {
  const fitting = pods.filter(({ part }) => part === wanted);
  if (fitting.length > 0) return fitting;
  throw refuse(
    "group",
    wanted,
    pods.map(({ part }) => part),
  );
}

/** The pod whose log is the experiment's: the last submitter of a RayJob, the first pod of a JobSet (rank 0). */
export function selectMain<T extends Candidate>(pods: readonly T[]): T | undefined {
  const submitters = pods.filter(({ part }) => part === "submitter");
  if (submitters.length > 0) return present(submitters).at(-1);
  const first = placed(pods)[0];
  return first && selectRank(pods, first.at);
}
