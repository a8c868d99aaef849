/** The failed pods of a JobSet, asked of the API when they are needed: a set may have thousands that did well. */
import { Pod as PodKind } from "../api/core/kinds.ts";
import type { Pod } from "../api/core/pod.ts";
import { jobSetNameLabel } from "../api/jobset/labels.ts";
import type { Client } from "../kube/client.ts";

export const failedPodsOf =
  (client: Client) =>
  async (namespace: string | undefined, jobSet: string): Promise<readonly Pod[]> => {
    const labelSelector = `${jobSetNameLabel}=${jobSet}`;
    return (await client.list<Pod>(PodKind, { namespace, labelSelector, fieldSelector: "status.phase=Failed" })).items;
  };
