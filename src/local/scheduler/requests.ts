/**
 * What a pod asks of a node and what a node offers, as plain numbers: cpu in thousandths, everything else in units.
 * The sum over containers and sidecars, or the largest init container where that is more; overhead on top.
 */
import type { Container, Pod, ResourceList } from "../../api/core/pod.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { parseQuantity, quantityCeil, quantityMilli } from "../../machinery/quantity.ts";

export type Amounts = Readonly<Record<string, number>>;

export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Record<string, number> = {};
  for (const [resource, quantity] of Object.entries(list ?? {})) {
    const parsed = parseQuantity(quantity);
    amounts[resource] = resource === "cpu" ? quantityMilli(parsed) : quantityCeil(parsed);
  }
  return amounts;
}

/** A limit without a request is the request. */
const requestsOf = ({ resources }: Pick<Container, "resources">): Amounts =>
  amountsOf({ ...resources?.limits, ...resources?.requests });

function combine(one: Amounts, other: Amounts, how: (a: number, b: number) => number): Amounts {
  const combined: Record<string, number> = { ...one };
  for (const [resource, amount] of Object.entries(other)) combined[resource] = how(combined[resource] ?? 0, amount);
  return combined;
}

export const addAmounts = (one: Amounts, other: Amounts): Amounts => combine(one, other, (a, b) => a + b);
const largest = (one: Amounts, other: Amounts): Amounts => combine(one, other, Math.max);

/** Pods are frozen, so that what one asks for is worked out once. */
const known = new WeakMap<Pod["spec"], Amounts>();

export function podRequests({ spec }: Pod): Amounts {
  const found = known.get(spec);
  if (found) return found;
  let running: Amounts = {};
  let starting: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === "Always") running = addAmounts(running, own);
    else starting = largest(starting, addAmounts(running, own));
  }
  for (const container of spec.containers) running = addAmounts(running, requestsOf(container));
  const extra = spec as { readonly overhead?: ResourceList; readonly resources?: Container["resources"] };
  const sum = { ...largest(running, starting), ...(extra.resources && requestsOf(extra)) };
  const total = addAmounts(sum, amountsOf(extra.overhead));
  known.set(spec, total);
  return total;
}

/** For people: `1.2`, `3.5 GiB`, `4`. */
export const formatAmount = (resource: string, amount: number): string =>
  formatHumanAmount(resource, resource === "cpu" ? amount / 1000 : amount);
