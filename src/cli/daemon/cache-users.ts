/** Which local clusters use a cache: what one of them no longer needs may be another's. A file for each, with its state folder. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folderOf = (cache: string) => join(cache, "users");

export function registerCacheUser(cache: string, state: string): void {
  mkdirSync(folderOf(cache), { recursive: true });
  const name = createHash("sha256").update(state).digest("hex").slice(0, 16);
  writeFileSync(join(folderOf(cache), name), state);
}

/** Whether no other cluster that still has its state uses the cache. */
export function isSoleUser(cache: string, state: string): boolean {
  const folder = folderOf(cache);
  const states = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")) : [];
  return states.every((other) => other === state || !existsSync(other));
}
