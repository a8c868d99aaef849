/** The pods' network as the nodes tell of it: what cannot be repaired holds up everything, and shows as anything but itself. Pure. */
import type { NodeLike } from "./explain-schedule.ts";
import type { Finding } from "./finding.ts";

/** Set by the kubelet of the local cluster, with the reason `Broken` while it cannot repair the network. */
const networkCondition = "WindlassNetwork";

const remedy =
  "restore what the message names; if you cannot, `windlass down` and `windlass up` make the network anew (the pods are restarted or fail, the results stay)";

export function explainNetwork(nodes: readonly NodeLike[]): readonly Finding[] {
  return nodes.flatMap(({ metadata, status }) => {
    const condition = status?.conditions?.find(({ type, reason }) => type === networkCondition && reason === "Broken");
    if (!condition) return [];
    const evidence = [condition.message ?? "the pods' network is broken"];
    return [
      { cause: "NetworkBroken", where: `node ${metadata.name}`, evidence, remedy, time: condition.lastTransitionTime },
    ];
  });
}
