/** What an image reference or a source folder asks of a Python environment. Pure. */
import { createHash } from "node:crypto";

/** Everything that decides an environment's content. */
export interface EnvironmentSpec {
  /** Lines for pip, sorted and without comments. */
  readonly requirements: readonly string[];
  readonly python: string;
}

/** Ray's own images: `rayproject/ray:2.60.0-py311-cpu`, with any registry before it. */
export function rayVersionOf(reference: string): string | undefined {
  const match = /(?:^|\/)rayproject\/ray(?:-ml)?:v?(\d+\.\d+\.\d+(?:rc\d+)?)(?:[-.][\w.]+)*$/.exec(reference);
  return match?.[1];
}

/** References that Windlass made itself. */
export const builtPrefix = "windlass.local/";

export function builtReference(name: string, digest: string): string {
  const clean = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9./_-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return `${builtPrefix}${clean || "source"}:${digest.slice(0, 12)}`;
}

/** Requirement lines as they count: no comments, no blank lines, continuation lines joined. */
export function requirementLines(text: string): readonly string[] {
  return text
    .replaceAll(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);
}

/** `[project] dependencies` of a pyproject.toml; enough TOML for that one list. */
export function pyprojectDependencies(text: string): readonly string[] {
  const project = /^\[project\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text)?.[1] ?? "";
  const list = /^dependencies\s*=\s*\[([\s\S]*?)\]\s*$/m.exec(project)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"|'([^']+)'/g)].map((match) => (match[1] ?? match[2] ?? "").trim());
}

export interface DockerfileFacts {
  /** Ray version of a `FROM rayproject/ray:X`. */
  readonly ray?: string;
  /** Plain `ENV NAME=value` lines. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a Dockerfile says that matters without containers: the base image's Ray, and simple variables. */
export function dockerfileFacts(text: string): DockerfileFacts {
  const env: Record<string, string> = {};
  let ray: string | undefined;
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)/i.exec(line)?.[1];
    if (from) ray = rayVersionOf(from) ?? ray;
    const assignments = /^\s*ENV\s+(.*)$/i.exec(line)?.[1] ?? "";
    for (const [, name = "", quoted, plain = ""] of assignments.matchAll(/([A-Za-z_]\w*)=(?:"([^"]*)"|(\S*))/g)) {
      const value = quoted ?? plain;
      // Paths and substitutions belong to the image's own file system.
      if (!value.includes("$") && !["PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME"].includes(name)) env[name] = value;
    }
  }
  return { env, ...(ray && { ray }) };
}

const nameOf = (line: string) => /^[A-Za-z0-9._-]+/.exec(line)?.[0].toLowerCase().replaceAll(/[._]+/g, "-") ?? "";

/** Adds Ray where nothing asks for it yet. */
export function withRay(lines: readonly string[], version: string | undefined): readonly string[] {
  if (!version || lines.some((line) => nameOf(line) === "ray")) return lines;
  return [...lines, `ray[default]==${version}`];
}

export function environmentDigest({ requirements, python }: EnvironmentSpec): string {
  return createHash("sha256")
    .update(JSON.stringify([python, ...requirements].sort()))
    .digest("hex");
}
