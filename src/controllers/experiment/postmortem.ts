/** Why the pods of a JobSet failed: a JobSet only knows that one of its Jobs did. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { type Cause, causeOf, type Death, deathOf, statusesOf } from "./death.ts";

const deathsOf = (pod: Pod): readonly Death[] =>
  statusesOf(pod)
    .map((status) => deathOf(pod, status))
    .filter((death) => death !== undefined);

/** Times have seconds only: within one, a container that ended by itself comes before those that were told to. */
const order = ({ end, pod }: Death): string =>
  [end.finishedAt ?? "", pod.metadata.deletionTimestamp ? 1 : 0, end.exitCode > 128 ? 1 : 0, pod.metadata.name].join(
    " ",
  );

/** The first thing that went wrong; undefined when no pod tells of any. */
export function findCause(pods: readonly Pod[]): Cause | undefined {
  const evicted = pods.find(({ status }) => status?.phase === "Failed" && status.reason);
  const [first] = pods.flatMap(deathsOf).toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  if (evicted && evicted.status?.reason !== "DeadlineExceeded" && (!first || first.pod === evicted)) {
    const { reason = "", message = "" } = evicted.status ?? {};
    return { reason, message: `pod ${evicted.metadata.name}: ${message || reason}` };
  }
  return first && causeOf(first);
}
