/** Image references and what they stand for where there are no containers. Pure. */
import type { EnvironmentRequest } from "./environments/request.ts";

/** Ray's own images: `rayproject/ray:2.60.0-py311-cpu`, with any registry before it. */
export function rayVersionOf(reference: string): string | undefined {
  const match = /(?:^|\/)rayproject\/ray(?:-ml)?:v?(\d+\.\d+\.\d+(?:rc\d+)?)(?:[-.][\w.]+)*$/.exec(reference);
  return match?.[1];
}

/** What stands for one of Ray's own images: that Ray, and the Python of its tag (`2.60.0-py311`). */
export function rayRequest(reference: string): EnvironmentRequest | undefined {
  const ray = rayVersionOf(reference);
  if (!ray) return undefined;
  const [, major, minor] = /[-.]py(\d)(\d+)/.exec(reference) ?? [];
  return {
    python: major ? [{ version: `${major}.${minor}`, origin: `image ${reference}` }] : [],
    installs: [{ tool: "pip", arguments: [`ray[default]==${ray}`], folder: "." }],
  };
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

export interface DockerfileFacts {
  /** The image of a `FROM rayproject/ray:X`. */
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
    if (from && rayVersionOf(from)) ray = from;
    const assignments = /^\s*ENV\s+(.*)$/i.exec(line)?.[1] ?? "";
    for (const [, name = "", quoted, plain = ""] of assignments.matchAll(/([A-Za-z_]\w*)=(?:"([^"]*)"|(\S*))/g)) {
      const value = quoted ?? plain;
      // Paths and substitutions belong to the image's own file system.
      if (!value.includes("$") && !["PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME"].includes(name)) env[name] = value;
    }
  }
  return { env, ...(ray && { ray }) };
}
