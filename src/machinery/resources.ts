/** Amounts of resources by name (`cpu`, `memory`, `nvidia.com/gpu`), exact, and their sums. Pure. */
import { addQuantities, compareQuantities, type ParsedQuantity, parseQuantity } from "./quantity.ts";

export type Resources = Readonly<Record<string, ParsedQuantity>>;

const zero = parseQuantity("0");

export const parseResources = (list: Readonly<Record<string, string | number>> | undefined): Resources =>
  Object.fromEntries(Object.entries(list ?? {}).map(([name, quantity]) => [name, parseQuantity(quantity)]));

function combine(
  one: Resources,
  other: Resources,
  how: (a: ParsedQuantity, b: ParsedQuantity) => ParsedQuantity,
): Resources {
  const combined: Record<string, ParsedQuantity> = { ...one };
  for (const [name, amount] of Object.entries(other)) combined[name] = how(combined[name] ?? zero, amount);
  return combined;
}

export const addResources = (one: Resources, other: Resources): Resources => combine(one, other, addQuantities);

/** Of each resource the larger amount. */
export const largestResources = (one: Resources, other: Resources): Resources =>
  combine(one, other, (a, b) => (compareQuantities(a, b) < 0 ? b : a));

export const timesQuantity = (quantity: ParsedQuantity, count: number): ParsedQuantity => ({
  ...quantity,
  nano: quantity.nano * BigInt(count),
});

export const timesResources = (resources: Resources, count: number): Resources =>
  Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, timesQuantity(amount, count)]));
