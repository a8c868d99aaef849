/** Ray versions as manifests write them. Pure. */

/** What a manifest means that names none: the platform's own default. */
export const defaultRayVersion = "2.23.0";

/** What `windlass init` writes where the program asks for none. */
export const recommendedRayVersion = "2.60.0";

/** Optional `v`, at least two numbers; what follows is ignored (`2.53.0rc1` = 2.53.0). Undefined for `nightly` and the like. */
export function parseRayVersion(text: string | undefined): readonly [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec((text ?? "").trim());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

export function isAtLeast(version: string | undefined, major: number, minor: number): boolean {
  const parsed = parseRayVersion(version);
  return parsed !== undefined && (parsed[0] > major || (parsed[0] === major && parsed[1] >= minor));
}
