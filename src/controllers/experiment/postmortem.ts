/** Why the pods of a JobSet failed: a JobSet only knows that one of its Jobs did. Pure. */
import type { ContainerStateTerminated, Pod } from "../../api/core/pod.ts";
import { waitForRanksName } from "../../manifest/index.ts";

export interface Cause {
  readonly reason: string;
  readonly message: string;
}

interface Death {
  readonly pod: Pod;
  readonly container: string;
  readonly end: ContainerStateTerminated;
}

const longest = 1000;

function deathsOf(pod: Pod): readonly Death[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].flatMap(({ name, state, lastState }) => {
    const end = state?.terminated ?? lastState?.terminated;
    return end && end.exitCode !== 0 ? [{ pod, container: name, end }] : [];
  });
}

/** Times have seconds only: within one, a container that ended by itself comes before those that were told to. */
const order = ({ end, pod }: Death): string =>
  [end.finishedAt ?? "", pod.metadata.deletionTimestamp ? 1 : 0, end.exitCode > 128 ? 1 : 0, pod.metadata.name].join(
    " ",
  );

function causeOf({ pod, container, end }: Death): Cause {
  const said = end.message?.trim().slice(-longest);
  if (container === waitForRanksName && said) return { reason: "RanksMissing", message: said };
  const where = `container ${container} of pod ${pod.metadata.name}`;
  const more = said ? `: ${said}` : "";
  if (end.reason === "OOMKilled") {
    const limit = pod.spec.containers.find(({ name }) => name === container)?.resources?.limits?.["memory"];
    return {
      reason: "OutOfMemory",
      message: `${where} took more memory than its limit${limit ? ` of ${limit}` : ""}${more}`,
    };
  }
  return { reason: "CommandFailed", message: `${where} ended with exit code ${end.exitCode}${more}` };
}

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
