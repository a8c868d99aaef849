/** The gauges of RayClusters, under KubeRay's names: each is read from the object when metrics are asked for. Pure. */
import { findCondition, isConditionTrue } from "../../meta/condition.ts";
import type { KubeObject } from "../../meta/object.ts";
import { conditions, labels as names } from "../../api/ray/labels.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { Metric, Sample } from "../../runtime/metric.ts";

export const identityLabels = ["name", "namespace", "uid"] as const;

export const identityOf = ({ metadata: { name = "", namespace = "", uid = "" } }: KubeObject) => ({
  name,
  namespace,
  uid,
});

/** Seconds from creation until all pods ran for the first time. */
function provisionedSeconds(cluster: RayCluster): Sample | undefined {
  const provisioned = findCondition(cluster.status?.conditions, conditions.provisioned);
  const created = cluster.metadata.creationTimestamp;
  if (provisioned?.status !== "True" || created === undefined) return undefined;
  const value = (Date.parse(provisioned.lastTransitionTime) - Date.parse(created)) / 1000;
  return { labels: identityOf(cluster), value };
}

export const metrics: readonly Metric<RayCluster>[] = [
  {
    type: "read",
    name: "kuberay_cluster_info",
    help: "RayClusters and the kind that made them",
    labelNames: [...identityLabels, "owner_kind"],
    sample: (cluster) => ({
      labels: { ...identityOf(cluster), owner_kind: cluster.metadata.labels?.[names.originatedFromKind] ?? "None" },
      value: 1,
    }),
  },
  {
    type: "read",
    name: "kuberay_cluster_condition_provisioned",
    help: "Whether all pods of a RayCluster have run",
    labelNames: [...identityLabels, "condition"],
    sample: (cluster) => {
      const condition = String(isConditionTrue(cluster.status?.conditions, conditions.provisioned));
      return { labels: { ...identityOf(cluster), condition }, value: 1 };
    },
  },
  {
    type: "read",
    name: "kuberay_cluster_provisioned_duration_seconds",
    help: "Seconds from the creation of a RayCluster until all its pods ran",
    labelNames: identityLabels,
    sample: provisionedSeconds,
  },
];
