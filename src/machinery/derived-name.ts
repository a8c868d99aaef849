/** Names that are the same whenever they are derived again: from what an object belongs to, its place there, and the attempt. */
import { suffixAlphabet } from "./names.ts";
import { sha1 } from "./sha1.ts";

/** `length` (at most 10) characters of the alphabet that the API server uses for generateName, from a digest of all parts. */
export function derivedSuffix(parts: readonly (string | number)[], length = 5): string {
  const digest = sha1(JSON.stringify(parts));
  const wordAt = (at: number) => Number.parseInt(digest.slice(at * 4, at * 4 + 4), 16);
  return Array.from({ length }, (_, at) => suffixAlphabet[wordAt(at) % suffixAlphabet.length]).join("");
}
