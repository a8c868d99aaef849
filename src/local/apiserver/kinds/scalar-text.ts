/** A JSON value as text: strings as they are, the rest as JSON. */
export function scalarText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}
