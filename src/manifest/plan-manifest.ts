/** What a manifest would create, before anything is created. Pure. */
import { addQuantities, formatQuantity, parseQuantity } from "../machinery/quantity.ts";
import { groupsOf, type Manifest } from "./model.ts";
import { podsOf, requirementsOf } from "./resources.ts";
import { submitterDemand } from "./to-rayjob.ts";

/** Pods of one group that run at once, and what each requests. */
export interface Demand {
  readonly name: string;
  readonly pods: number;
  /** Pods in all, when they do not all run at once. */
  readonly total: number;
  readonly requests: Readonly<Record<string, string>>;
}

export interface ManifestPlan {
  readonly operator: string;
  readonly demands: readonly Demand[];
  /** Sum over all pods that run at once, by resource. */
  readonly totals: Readonly<Record<string, string>>;
}

const strings = (list: Readonly<Record<string, string | number>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(list).map(([name, value]) => [name, String(value)]));

function sum(demands: readonly Demand[]): Record<string, string> {
  const totals = new Map<string, ReturnType<typeof parseQuantity>>();
  for (const { pods, requests } of demands) {
    for (const [name, value] of Object.entries(requests)) {
      const each = parseQuantity(value);
      totals.set(
        name,
        addQuantities(totals.get(name) ?? parseQuantity("0"), { ...each, nano: each.nano * BigInt(pods) }),
      );
    }
  }
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

export function planManifest(manifest: Manifest): ManifestPlan {
  const isRay = manifest.spec.operator === "kuberay";
  const groups = groupsOf(manifest).map(([name, group]): Demand => {
    const { atOnce, total } = podsOf(group, isRay && name !== "Head" ? 0 : 1);
    return { name, pods: atOnce, total, requests: strings(requirementsOf(group.resources).requests) };
  });
  const submitter: Demand = { name: "submitter", pods: 1, total: 1, requests: submitterDemand };
  const demands = isRay ? [...groups, submitter] : groups;
  return { operator: manifest.spec.operator, demands, totals: sum(demands) };
}
