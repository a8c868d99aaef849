/** Names that are the same whenever they are derived again: from what an object belongs to, its place there, and the attempt. */
import { createHash } from "node:crypto";
import { suffixAlphabet } from "./names.ts";

/** `length` characters of the alphabet that the API server uses for generateName, from a digest of all parts. */
export function derivedSuffix(parts: readonly (string | number)[], length = 5): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  return Array.from({ length }, (_, at) => suffixAlphabet[(digest[at] ?? 0) % suffixAlphabet.length]).join("");
}
