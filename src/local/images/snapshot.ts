/** Snapshots of source folders: a copy by content, so that what runs is what was there when it was submitted. */
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { markUsed } from "./cache.ts";
import { type Ignored, parseIgnoreFile } from "./ignore.ts";
import { explainSize, sourceLimit } from "./source-size.ts";

/** Never part of a source: version control, caches, environments. */
const alwaysIgnored = new Set([
  ".git",
  "__pycache__",
  ".venv",
  "venv",
  "node_modules",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".DS_Store",
  ".windlass",
]);
const ignoreFiles = [".windlassignore", ".dockerignore", ".gitignore"];

export class SnapshotError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SnapshotError";
  }
}

/** Everything in the folder that an ignore file does not name, as paths below it. Throws SnapshotError. */
export function listSource(folder: string): readonly string[] {
  const root = resolve(folder);
  if (!existsSync(root) || !lstatSync(root).isDirectory())
    throw new SnapshotError(`the source folder ${root} does not exist`);
  return listFiles(root).map(({ path }) => path);
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
}

function walk(root: string, folder: string, ignored: Ignored, found: Entry[]): void {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = folder ? `${folder}/${name}` : name;
    if (alwaysIgnored.has(name)) continue;
    const stat = lstatSync(join(root, path));
    const isIgnored = ignored.has(stat.isDirectory() ? `${path}/` : path);
    if (stat.isDirectory()) {
      if (!isIgnored || ignored.mayHoldOthers(path)) walk(root, path, ignored, found);
    } else if (!isIgnored && (stat.isFile() || stat.isSymbolicLink())) found.push({ path, bytes: stat.size });
  }
}

function listFiles(root: string): readonly Entry[] {
  const name = ignoreFiles.find((file) => existsSync(join(root, file)));
  const ignored = parseIgnoreFile(name ? readFileSync(join(root, name), "utf8") : "", name === ".dockerignore");
  const found: Entry[] = [];
  walk(root, "", ignored, found);
  return found;
}

function digestOf(root: string, entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { path } of entries) {
    const full = join(root, path);
    const stat = lstatSync(full);
    hash.update(`${path}\0${stat.mode & 0o111 ? "x" : "-"}\0`);
    hash.update(stat.isSymbolicLink() ? readlinkSync(full) : readFileSync(full));
    hash.update("\0");
  }
  return hash.digest("hex");
}

/** A link may only point inside the source: anything else would not be there where it runs. */
function checkLink(root: string, path: string): void {
  const full = join(root, path);
  if (!lstatSync(full).isSymbolicLink()) return;
  const target = resolve(dirname(full), readlinkSync(full));
  if (target !== root && !target.startsWith(root + sep))
    throw new SnapshotError(`${path} links to ${target}, outside the source folder ${root}`);
}

export interface Snapshot {
  readonly digest: string;
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/** Files that are there whatever an ignore file says: a Dockerfile is often named in one. */
function withKept(root: string, entries: readonly Entry[], keep: readonly string[]): readonly Entry[] {
  const known = new Set(entries.map(({ path }) => path));
  const more = keep.filter(
    (path) => !known.has(path) && statSync(join(root, path), { throwIfNoEntry: false })?.isFile(),
  );
  return [...entries, ...more.map((path) => ({ path, bytes: statSync(join(root, path)).size }))];
}

export interface SnapshotOptions {
  /** Files of the source that are never ignored. */
  readonly keep?: readonly string[];
  /** Bytes that the source may have; 512 MiB when absent. */
  readonly limit?: number;
}

/** Copies `source` into `store/<digest>` unless that content is there already. Throws SnapshotError. */
export function takeSnapshot(
  source: string,
  store: string,
  { keep = [], limit = sourceLimit(undefined) }: SnapshotOptions = {},
): Snapshot {
  const root = resolve(source);
  if (!existsSync(root) || !lstatSync(root).isDirectory())
    throw new SnapshotError(`the source folder ${root} does not exist`);
  const entries = withKept(root, listFiles(root), keep);
  const tooLarge = explainSize(root, entries, limit);
  if (tooLarge) throw new SnapshotError(tooLarge);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const digest = digestOf(root, entries);
  const folder = join(store, digest);
  const snapshot = { digest, folder, files: entries.length, bytes };
  if (existsSync(folder)) {
    markUsed(folder);
    return snapshot;
  }
  mkdirSync(store, { recursive: true });
  const fresh = mkdtempSync(join(store, ".new-"));
  try {
    for (const { path } of entries) {
      checkLink(root, path);
      mkdirSync(dirname(join(fresh, path)), { recursive: true });
      cpSync(join(root, path), join(fresh, path), { verbatimSymlinks: true, mode: 2 });
    }
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return snapshot;
}
