/** Copies what a client in this process handed over, as if it had travelled: its objects stay its own, undefined members go. */
export function cloneJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : cloneJson(item)));
  if (value instanceof Date) return value.toJSON();
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined || typeof member === "function") continue;
    if (key === "__proto__")
      Object.defineProperty(copy, key, {
        value: cloneJson(member),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else copy[key] = cloneJson(member);
  }
  return copy;
}
