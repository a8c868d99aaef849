/** How a container ended, as a reason and a sentence with its last words. Pure. */
import { containerNames } from "../../../api/containers.ts";
import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../../api/core/pod.ts";
import { addLastLines } from "../../../api/experiment/last-lines.ts";
import type { Reason } from "../../../api/experiment/reasons.ts";
import { formatHumanAmount } from "../../../machinery/human-quantity.ts";

export interface Cause {
  readonly reason: Reason;
  readonly message: string;
}

export interface ContainerEnd {
  readonly pod: Pod;
  readonly container: string;
  readonly end: ContainerStateTerminated;
}

export const statusesOf = ({ status }: Pod): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** Of its present run, or of the one before. */
export function containerEndOf(pod: Pod, { name, state, lastState }: ContainerStatus): ContainerEnd | undefined {
  const end = state?.terminated ?? lastState?.terminated;
  return end && end.exitCode !== 0 ? { pod, container: name, end } : undefined;
}

const limitOf = ({ spec }: Pod, container: string): string => {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const limit = all.find(({ name }) => name === container)?.resources?.limits?.["memory"];
  return limit ? ` of ${formatHumanAmount("memory", limit)}` : "";
};

/** `times`: how often it ended, where that is part of the story. */
export function causeOf({ pod, container, end }: ContainerEnd, times = ""): Cause {
  const said = end.message?.trim();
  if (container === containerNames.waitForRanks && said) return { reason: "RanksMissing", message: said };
  const where = `container ${container} of pod ${pod.metadata.name}`;
  if (end.reason === "OOMKilled") {
    const message = `${where} exceeded its memory limit${limitOf(pod, container)}${times}`;
    return { reason: "OutOfMemory", message: addLastLines(message, said) };
  }
  const message = `${where} terminated with exit code ${end.exitCode}${times}`;
  return { reason: "CommandFailed", message: addLastLines(message, said) };
}
