/** A quota's refusal with figures a person reads: what is asked for, what the quota allows, what of it is used. Pure. */
import { formatHumanQuantity } from "../../machinery/human-quantity.ts";
import { addQuantities, compareQuantities, isQuantity, parseQuantity } from "../../machinery/quantity.ts";

const shape = /exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+?)(?=[;\s]|$)/;

const amountsIn = (list: string): ReadonlyMap<string, string> =>
  new Map(
    list
      .split(",")
      .map((pair) => pair.split("=", 2) as [string, string])
      .filter(([, amount]) => isQuantity(amount)),
  );

const show = (resource: string, amount: string): string =>
  formatHumanQuantity(resource.replace(/^(?:requests|limits)\./, ""), amount);

/** A sentence for each resource that is short; none for any other message. */
export function explainQuota(message: string): readonly string[] {
  const [, quota = "", ...lists] = shape.exec(message) ?? [];
  const [requested, used, limited] = lists.map(amountsIn);
  if (!requested || !used || !limited) return [];
  return [...requested].flatMap(([resource, amount]) => {
    const taken = used.get(resource) ?? "0";
    const most = limited.get(resource);
    const wanted = addQuantities(parseQuantity(taken), parseQuantity(amount));
    if (most === undefined || compareQuantities(wanted, parseQuantity(most)) <= 0) return [];
    return [
      `requests ${show(resource, amount)} more; the quota ${quota} allows ${show(resource, most)} (${show(resource, taken)} in use)`,
    ];
  });
}
