/** The files of a snapshot where a Dockerfile puts them: a folder for the program, and single files for elsewhere. */
import { existsSync, cpSync, linkSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { markUsed } from "./cache.ts";
import type { Layout } from "./dockerfile/files.ts";
import type { Snapshot } from "./snapshot.ts";

export interface PlacedSource {
  /** Entry of the cache that holds it. */
  readonly entry: string;
  /** The program's folder. */
  readonly folder: string;
  /** Where containers see `folder`; absent: a place of the kubelet's choice. */
  readonly target?: string;
  readonly others: readonly { readonly source: string; readonly target: string }[];
}

const program = "program";

/** Whether the layout is the snapshot as it is, so that nothing has to be made. */
function isSnapshot({ files, folders, others }: Layout, snapshot: Snapshot): boolean {
  const isInPlace = [...files].every(([path, file]) => path === file);
  return isInPlace && files.size === snapshot.files && folders.length === 0 && others.size === 0;
}

/** A second name for the same content where the file system allows one: what runs writes to a layer above it. */
function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) return cpSync(from, to, { verbatimSymlinks: true });
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

function fill(fresh: string, { files, folders, others }: Layout, snapshot: Snapshot): void {
  mkdirSync(join(fresh, program));
  for (const folder of folders) mkdirSync(join(fresh, program, folder), { recursive: true });
  for (const [path, file] of files) place(join(snapshot.folder, file), join(fresh, program, path));
  for (const [at, file] of [...others.values()].entries()) place(join(snapshot.folder, file), join(fresh, String(at)));
}

/** Below `store`, made once per content. */
export function placeSource(layout: Layout, snapshot: Snapshot, store: string): PlacedSource {
  const target = layout.root === undefined ? {} : { target: layout.root };
  if (isSnapshot(layout, snapshot)) return { entry: snapshot.folder, folder: snapshot.folder, others: [], ...target };
  const { files, folders, others } = layout;
  const content = JSON.stringify([snapshot.digest, [...files], folders, [...others]]);
  const entry = join(store, createHash("sha256").update(content).digest("hex"));
  const placed: PlacedSource = {
    entry,
    folder: join(entry, program),
    others: [...others.keys()].map((path, at) => ({ source: join(entry, String(at)), target: path })),
    ...target,
  };
  if (existsSync(entry)) {
    markUsed(entry);
    return placed;
  }
  mkdirSync(store, { recursive: true });
  const fresh = mkdtempSync(join(store, ".new-"));
  try {
    fill(fresh, layout, snapshot);
    renameSync(fresh, entry);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(entry)) throw error;
  }
  return placed;
}
