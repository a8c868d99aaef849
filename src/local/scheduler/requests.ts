/** What a pod asks of a node and what a node offers, as plain numbers: cpu in thousandths, everything else in units. */
import type { Pod, ResourceList } from "../../api/core/pod.ts";
import { podRequests as exactRequests } from "../../api/core/requests.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { quantityCeil, quantityMilli } from "../../machinery/quantity.ts";
import { parseResources, type Resources } from "../../machinery/resources.ts";

export type Amounts = Readonly<Record<string, number>>;

function amountsOf(resources: Resources): Amounts {
  const amounts: Record<string, number> = {};
  for (const [resource, quantity] of Object.entries(resources)) {
    amounts[resource] = resource === "cpu" ? quantityMilli(quantity) : quantityCeil(quantity);
  }
  return amounts;
}

export const parseAmounts = (list: ResourceList | undefined): Amounts => amountsOf(parseResources(list));

export function addAmounts(one: Amounts, other: Amounts): Amounts {
  const sum: Record<string, number> = { ...one };
  for (const [resource, amount] of Object.entries(other)) sum[resource] = (sum[resource] ?? 0) + amount;
  return sum;
}

/** Pods are frozen, so that what one asks for is worked out once. */
const known = new WeakMap<Pod["spec"], Amounts>();

export function podRequests({ spec }: Pod): Amounts {
  const found = known.get(spec);
  if (found) return found;
  const total = amountsOf(exactRequests(spec));
  known.set(spec, total);
  return total;
}

/** For people: `1.2`, `3.5 GiB`, `4`. */
export const formatAmount = (resource: string, amount: number): string =>
  formatHumanAmount(resource, resource === "cpu" ? amount / 1000 : amount);
