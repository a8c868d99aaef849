/** A project of Poetry without Poetry: its lock file becomes pins for pip, and the project is installed for editing. Pure. */
import { EnvironmentError } from "./environment-error.ts";
import { type PyProject, readToml } from "./pyproject.ts";

interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly groups?: readonly string[];
  /** One marker for all groups, or one for each. */
  readonly markers?: string | Readonly<Record<string, string>>;
  readonly source?: { readonly type?: string; readonly url?: string; readonly resolved_reference?: string };
}

export interface PoetryInstall {
  /** Lines of a constraints file; none without a lock. */
  readonly constraints: readonly string[];
  /** What pip is to install. */
  readonly arguments: readonly string[];
}

function requirementOf({ name, version, source }: LockedPackage): string {
  if (source?.type === "git") return `${name} @ git+${source.url}@${source.resolved_reference}`;
  if (source?.type === "url") return `${name} @ ${source.url}`;
  return `${name}==${version}`;
}

function markerOf({ markers, groups = ["main"] }: LockedPackage): string {
  const text = typeof markers === "string" ? markers : (markers?.["main"] ?? markers?.[groups[0] ?? ""]);
  return text ? ` ; ${text}` : "";
}

/** Local folders of a lock are installed by their project, not pinned. */
const isPinned = ({ source }: LockedPackage) => source?.type !== "directory" && source?.type !== "file";
const isMain = ({ groups = ["main"] }: LockedPackage) => groups.includes("main");

function lockedPackages(lock: string): readonly LockedPackage[] {
  const found = readToml<{ readonly package?: readonly LockedPackage[] }>(lock, "poetry.lock").package ?? [];
  return found.filter(isPinned);
}

export function poetryInstall(project: PyProject, lock: string | undefined): PoetryInstall {
  const packages = lock === undefined ? [] : lockedPackages(lock);
  const lines = packages.map((each) => `${requirementOf(each)}${markerOf(each)}`);
  const isPackage = project["build-system"] !== undefined && project.tool?.poetry?.["package-mode"] !== false;
  if (isPackage) return { constraints: lines, arguments: ["-e", "."] };
  if (lock !== undefined)
    return {
      constraints: [],
      arguments: packages.filter(isMain).map((each) => `${requirementOf(each)}${markerOf(each)}`),
    };
  const dependencies = project.project?.dependencies;
  if (dependencies) return { constraints: [], arguments: dependencies };
  throw new EnvironmentError(
    "pyproject.toml sets Poetry's `package-mode = false`, but poetry.lock is missing: run `poetry lock` and try again",
  );
}
