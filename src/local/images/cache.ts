/** What the cache on the disk holds and when it was last used: environments, copies of sources, and which image is which. */
import { lstatSync, readdirSync, statSync, utimesSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

export type CacheKind = "environment" | "source" | "image" | "packages";

export interface CacheEntry {
  readonly kind: CacheKind;
  readonly name: string;
  readonly path: string;
  readonly usedAt: Date;
}

const folders: Readonly<Record<Exclude<CacheKind, "packages">, string>> = {
  environment: "environments",
  source: "sources",
  image: "images",
};

/** Where the entries of a kind are, below the cache. */
export const cacheFolder = (cacheDir: string, kind: keyof typeof folders): string => join(cacheDir, folders[kind]);

/** Where uv keeps packages; environments are links to them. */
export const packagesFolder = (cacheDir: string): string => join(cacheDir, "packages");

/** Programs that Windlass fetches for itself. */
export const toolsFolder = (cacheDir: string): string => join(cacheDir, "tools");

/** Its presence says that an environment is whole; its time, when it was last used. */
export const completeMark = ".complete";

/** Remembers that an entry is used now: by the time of its file, its folder, or its mark. */
export function markUsed(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Bytes of a file, or of a folder with all in it: looks at every file. One of several links counts by its share. */
export function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return Math.ceil(stat.size / stat.nlink);
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), stat.size);
}

const timeOf = (path: string): Date | undefined => statSync(path, { throwIfNoEntry: false })?.mtime;

/** What lies beside the entries while they are made. */
const isAside = (name: string) => /\.(?:lock|new|requirements\.txt)$/.test(name) || name.startsWith(".");

function entriesOf(cacheDir: string, kind: keyof typeof folders): readonly CacheEntry[] {
  const folder = cacheFolder(cacheDir, kind);
  const names = timeOf(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => !isAside(name) && !names.includes(`${name}.lock`))
    .map((name) => {
      const path = join(folder, name);
      const usedAt = timeOf(join(path, completeMark)) ?? timeOf(path) ?? new Date(0);
      return { kind, name, path, usedAt };
    });
}

/** What uv keeps counts as one: environments that are links to it stay whole when it goes. */
function packagesOf(cacheDir: string): readonly CacheEntry[] {
  const path = packagesFolder(cacheDir);
  const usedAt = timeOf(path);
  return usedAt ? [{ kind: "packages", name: "downloaded packages", path, usedAt }] : [];
}

/** Everything but what is being made just now. */
export const listCache = (cacheDir: string): readonly CacheEntry[] => [
  ...(["environment", "source", "image"] as const).flatMap((kind) => entriesOf(cacheDir, kind)),
  ...packagesOf(cacheDir),
];

/** Those that nobody needs (`needed`: paths) and that were last used before `before`. Pure. */
export const unusedEntries = (
  entries: readonly CacheEntry[],
  needed: ReadonlySet<string>,
  before: Date,
): readonly CacheEntry[] => entries.filter(({ path, usedAt }) => !needed.has(path) && usedAt < before);

/** The mark goes first, so that half of an environment never counts as one. */
export async function removeEntry({ kind, path }: CacheEntry): Promise<void> {
  if (kind === "environment") await rm(join(path, completeMark), { force: true });
  await rm(path, { recursive: true, force: true });
}
