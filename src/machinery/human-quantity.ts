/**
 * Quantities for people: `3,000 CPUs`, `23.5 GiB of memory`. Rounded down, so that what is offered is never more than what
 * there is; not for accounting, and nothing reads it back.
 */
import { parseQuantity, quantityToNumber } from "./quantity.ts";

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** At most `digits` decimals, thousands apart: `3,000`, `0.25`. */
function formatNumber(value: number, digits: number): string {
  const factor = 10 ** digits;
  // What a float cannot say exactly (1.001 × 1000) is not to lose a digit.
  const floored = Math.floor(value * factor + 1e-9) / factor;
  return floored.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** `23.5 GiB`, `512 MiB`, `0 B`. */
export function formatHumanBytes(bytes: number): string {
  const power = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)) : 0;
  const value = bytes / 1024 ** power;
  return `${formatNumber(value, power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`;
}

const isBytes = (resource: string): boolean =>
  resource === "memory" || resource.includes("storage") || resource.startsWith("hugepages-");

const valueOf = (quantity: string | number): number =>
  typeof quantity === "number" ? quantity : quantityToNumber(parseQuantity(quantity));

/** The amount alone, where a heading or a word beside it names the resource: `3,000`, `23.5 GiB`. Numbers are cores, bytes, pieces. */
export function formatHumanAmount(resource: string, quantity: string | number): string {
  const value = valueOf(quantity);
  return isBytes(resource) ? formatHumanBytes(value) : formatNumber(value, resource === "cpu" ? 3 : 1);
}

/** With the name of what it is: `1 CPU`, `3,000 CPUs`, `23.5 GiB of memory`, `2 nvidia.com/gpu`. */
export function formatHumanQuantity(resource: string, quantity: string | number): string {
  const amount = formatHumanAmount(resource, quantity);
  if (resource === "cpu") return amount === "1" ? "1 CPU" : `${amount} CPUs`;
  return isBytes(resource) ? `${amount} of ${resource}` : `${amount} ${resource}`;
}
