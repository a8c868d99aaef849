/** What the rules of RayCluster and RayJob are made of: looking for the first that is broken, names, environment. Pure. */
import { isDns1035Label, isLabelValue, isQualifiedName } from "../../machinery/names.ts";
import type { EnvVar, PodTemplateSpec } from "../core/pod.ts";

/** A broken rule in words, or undefined. */
export type Check = string | undefined;

/** The first broken rule. */
export function first(...checks: readonly (() => Check)[]): Check {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

export const when = (isBroken: unknown, text: string): Check => (isBroken ? text : undefined);

/** Names become labels and parts of other names: hence the limit. */
export function validateName(kind: string, name: string, max: number): Check {
  if (name.length > max) return `${kind} name should be no more than ${max} characters`;
  const rule = "a lowercase letter first, then lowercase letters, digits or '-', and no '-' at the end";
  return when(isDns1035Label(name).length > 0, `${kind} name should be a valid DNS1035 label: ${rule}`);
}

/** Environment of the Ray container, which is always the first. */
const rayEnv = (template: PodTemplateSpec): readonly EnvVar[] => template.spec?.containers?.[0]?.env ?? [];
export const hasEnv = (template: PodTemplateSpec, name: string): boolean =>
  rayEnv(template).some((env) => env.name === name);
export const isEnvOn = (template: PodTemplateSpec, name: string): boolean =>
  rayEnv(template).some((env) => env.name === name && (env.value === "1" || env.value === "true"));

/** Every label that Kubernetes would refuse. */
export function invalidLabels(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(isQualifiedName(key).length === 0 ? [] : [`invalid label key ${key}`]),
    ...(isLabelValue(value).length === 0 ? [] : [`invalid label value ${value} of ${key}`]),
  ]);
}
