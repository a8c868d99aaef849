/**
 * Equality as Kubernetes' `equality.Semantic` means it for templates: absent equals empty, and quantities compare by value
 * (`1000m` is `1`). Quantities are known by where they stand.
 */

const quantityMaps = new Set(["requests", "limits", "capacity", "overhead"]);
const quantity = /^([+-]?\d*\.?\d*)(?:([eE][+-]?\d+)|([numkMGTPE]i?|Ki))?$/;
const scales: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function amount(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const parts = typeof value === "string" ? quantity.exec(value) : null;
  if (!parts?.[1]) return undefined;
  return Number(parts[1] + (parts[2] ?? "")) * (scales[parts[3] ?? ""] ?? 1);
}

function isSameQuantity(a: unknown, b: unknown): boolean {
  const left = amount(a);
  const right = amount(b);
  if (left === undefined || right === undefined) return a === b;
  // Decimal fractions times a scale differ in the last bit.
  return Math.abs(left - right) <= Math.abs(left) * 1e-12;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return (
    typeof value === "object" && Object.values(value).every(isEmpty) && !(Array.isArray(value) && value.length > 0)
  );
}

export function isSemanticallyEqual(a: unknown, b: unknown, key = ""): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && a.length !== (b as readonly unknown[]).length) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const same = quantityMaps.has(key) ? isSameQuantity : isSemanticallyEqual;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
    same(left[name], right[name], name),
  );
}
