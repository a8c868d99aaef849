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
