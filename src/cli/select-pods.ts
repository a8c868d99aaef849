/** Which pods a flag means: by name, by rank or coordinates, by group. Pure; a name that fits nothing is told with what there is. */
import type { Pod } from "../api/core/pod.ts";
import { closest } from "../machinery/did-you-mean.ts";
import { coordinatesOf, formatCoordinates } from "./coordinates.ts";
import { nameOf, roleOf } from "./experiments.ts";
import { UserError } from "./user-error.ts";

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

/** The pod with this name, with this part of a name, or that plays this part alone. */
export function selectPod(pods: readonly Pod[], wanted: string): Pod {
  const exact = pods.find((pod) => nameOf(pod) === wanted);
  if (exact) return exact;
  const fitting = pods.filter((pod) => roleOf(pod) === wanted || nameOf(pod).includes(wanted));
  if (fitting.length > 1) throw ambiguous("pod", wanted, fitting.map(nameOf));
  if (fitting[0]) return fitting[0];
  throw refuse("pod", wanted, [...pods.map(nameOf), ...pods.map(roleOf)]);
}

/** The pod of a global rank (`3`) or of coordinates (`worker/2/3`); of several that stood there the youngest. */
export function selectRank(pods: readonly Pod[], wanted: string): Pod {
  const placed = pods.flatMap((pod) => {
    const coordinates = coordinatesOf(pod);
    return coordinates ? [{ pod, rank: String(coordinates.rank), at: formatCoordinates(coordinates) }] : [];
  });
  const fitting = placed.filter(({ rank, at }) => rank === wanted || at === wanted);
  const places = [...new Set(fitting.map(({ at }) => at))];
  if (places.length > 1) throw ambiguous("rank", wanted, places);
  const last = fitting.at(-1);
  if (last) return last.pod;
  const isNumber = /^\d+$/.test(wanted);
  throw refuse(
    "rank",
    wanted,
    placed.map(({ rank, at }) => (isNumber ? rank : at)),
  );
}

/** All pods that play a part: `head`, a worker group, a type of a JobSet, `submitter`. */
export function selectGroup(pods: readonly Pod[], wanted: string): readonly Pod[] {
  const fitting = pods.filter((pod) => roleOf(pod) === wanted);
  if (fitting.length > 0) return fitting;
  throw refuse("group", wanted, pods.map(roleOf));
}
