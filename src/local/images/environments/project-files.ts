/**
 * What of a local project decides the environment in which it is installed for editing: its metadata and the names of
 * its packages, not its code, which is seen where the experiment runs. A project that compiles something counts whole.
 */
import { createHash, type Hash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

const metadata = /\.(?:toml|cfg|lock|txt|in|yml|yaml)$|^setup\.py$|^\.python-version$|^VERSION$/;
const largestMetadata = 1024 * 1024;
const deepest = 3;

const isPackage = (folder: string) => existsSync(join(folder, "__init__.py"));

function* metadataOf(root: string, folder: string, depth: number): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth <= 1 && isPackage(join(root, path))) yield `${path}/`;
      if (depth < deepest) yield* metadataOf(root, path, depth + 1);
    } else if (metadata.test(entry.name) && statSync(join(root, path)).size <= largestMetadata) yield path;
  }
}

function* filesOf(root: string, folder = ""): Generator<string> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = join(folder, name);
    if (lstatSync(join(root, path)).isDirectory()) yield* filesOf(root, path);
    else yield path;
  }
}

const textOf = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Whether building it compiles something, which an edit of its code would have to do again. */
export function isCompiled(project: string): boolean {
  const build = textOf(join(project, "pyproject.toml"));
  const setup = textOf(join(project, "setup.py"));
  return (
    /maturin|scikit[_-]build|mesonpy|meson-python|setuptools[_-]rust|cython|pybind11|cffi_modules/i.test(build) ||
    /ext_modules|Extension\(|cythonize|CMake|RustExtension/.test(setup)
  );
}

/** Adds a file, or all of a folder, to the digest; what is not there counts, too. */
export function hashPath(hash: Hash, root: string, path: string): void {
  const full = join(root, path);
  const stat = lstatSync(full, { throwIfNoEntry: false });
  if (stat?.isDirectory()) for (const file of filesOf(full)) hashPath(hash, full, file);
  else
    hash.update(`${path}\0${!stat ? "-" : stat.isSymbolicLink() ? readlinkSync(full) : digest(readFileSync(full))}\0`);
}

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

export function hashProject(hash: Hash, root: string, path: string): void {
  const project = join(root, path);
  hash.update(`${path}\0`);
  if (isCompiled(project)) return hashPath(hash, root, path);
  for (const file of metadataOf(project, "", 0)) {
    if (file.endsWith("/")) hash.update(`${file}\0`);
    else hashPath(hash, project, file);
  }
}
