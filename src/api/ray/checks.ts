/** What the rules of RayCluster and RayJob are made of: looking for the first that is broken, names, environment. Pure. */
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

const dns1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Names become labels and parts of other names: hence the limit. */
export function validateName(kind: string, name: string, max: number): Check {
  if (name.length > max) return `${kind} name should be no more than ${max} characters`;
  const rule = "a lowercase letter first, then lowercase letters, digits or '-', and no '-' at the end";
  return when(!dns1035.test(name), `${kind} name should be a valid DNS1035 label: ${rule}`);
}

/** Environment of the Ray container, which is always the first. */
const rayEnv = (template: PodTemplateSpec): readonly EnvVar[] => template.spec?.containers?.[0]?.env ?? [];
export const hasEnv = (template: PodTemplateSpec, name: string): boolean =>
  rayEnv(template).some((env) => env.name === name);
export const isEnvOn = (template: PodTemplateSpec, name: string): boolean =>
  rayEnv(template).some((env) => env.name === name && (env.value === "1" || env.value === "true"));

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelKey =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Every label that Kubernetes would refuse. */
export function invalidLabels(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(labelKey.test(key) && key.indexOf("/") <= 253 ? [] : [`invalid label key ${key}`]),
    ...(value.length <= 63 && labelValue.test(value) ? [] : [`invalid label value ${value} of ${key}`]),
  ]);
}
